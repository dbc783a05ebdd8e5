#pragma once

#include <set>
#include <vector>

#include "node/api/Signaling.h"
#include "node/api/Time.h"

namespace gimlet::rendezvous_client
{

/// Who has been offered and has not left. While there is no connection nobody tells who leaves, so those
/// who are not offered again some time after the next one are taken to have left.
class RoomMembers
{
public:
	/// The others may come back as late as the longest pause between their attempts allows.
	static constexpr std::chrono::seconds PATIENCE{60};
	/// A room that is larger is not remembered as a whole; whoever is forgotten only seems present longer.
	static constexpr std::size_t MAX_MEMBERS = 4096;

	void offered(const PeerId& peer)
	{
		_awaited.erase(peer);
		if (_present.size() < MAX_MEMBERS)
			_present.insert(peer);
	}

	/// @return Whether the peer was known.
	bool left(const PeerId& peer)
	{
		return _awaited.erase(peer) + _present.erase(peer) > 0;
	}

	/// A new connection has begun: everyone must be offered again.
	void connected(TimePoint now)
	{
		for (const auto& peer : _present)
			if (_awaited.size() < MAX_MEMBERS)
				_awaited.insert(peer);
		_present.clear();
		_deadline = _awaited.empty() ? NEVER : now + PATIENCE;
	}

	void disconnected()
	{
		_deadline = NEVER;
	}

	TimePoint nextDeadline() const
	{
		return _deadline;
	}

	/// Those who did not come back, once the time is over.
	std::vector<PeerId> takeMissing(TimePoint now)
	{
		if (now < _deadline)
			return {};
		_deadline = NEVER;
		const std::vector<PeerId> missing(_awaited.begin(), _awaited.end());
		_awaited.clear();
		return missing;
	}

private:
	std::set<PeerId> _present;
	std::set<PeerId> _awaited;
	TimePoint _deadline = NEVER;
};

}
