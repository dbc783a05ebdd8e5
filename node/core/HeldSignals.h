#pragma once

#include <deque>
#include <string>
#include <utility>

namespace gimlet::core
{

/// What a refused peer's transport has said through signaling, for the case that a person admits the peer: it
/// will not be said again. The latest, bounded; what is there is of one session. A machine.
class HeldSignals
{
public:
	static constexpr std::size_t MAX_SIGNALS = 32;
	static constexpr std::size_t MAX_BYTES = 64 * 1024; // four of the longest (docs/PROTOCOL.md, section 1)

	void hold(const std::string& session, const std::string& data)
	{
		if (session != _session)
			clear();
		_session = session;
		_signals.push_back(data);
		_bytes += data.size();
		while (_signals.size() > MAX_SIGNALS || _bytes > MAX_BYTES)
		{
			_bytes -= _signals.front().size();
			_signals.pop_front();
		}
	}

	/// Those of a session, oldest first; none is held any more.
	std::deque<std::string> take(const std::string& session)
	{
		auto result = session == _session ? std::exchange(_signals, {}) : std::deque<std::string>{};
		clear();
		return result;
	}

private:
	void clear()
	{
		_signals.clear();
		_bytes = 0;
	}

	std::string _session;
	std::deque<std::string> _signals;
	std::size_t _bytes = 0;
};

}
