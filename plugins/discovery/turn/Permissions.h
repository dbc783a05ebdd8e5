#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "node/api/Endpoint.h"
#include "plugins/discovery/turn/Timing.h"

namespace gimlet::turn
{

/// Which addresses of peers the server lets through (RFC 8656, section 9), and when it must be asked (again):
///
///     (unknown) ──use──> Asked ──granted──> Granted ──unused for 5 min──> (unknown)
///                          │ └──forget──> (unknown)   │ ^
///                          └─refused─> Denied ─1 min─>└─┘ asked again in use, after 4 min
///
/// A machine: it asks nobody. Ports of peers do not matter to it.
class Permissions
{
public:
	enum class Answer
	{
		Granted,
		Wait, ///< the server has been asked, or is to be
		Denied,
		Full, ///< there are too many
	};

	struct Use
	{
		Answer answer;
		bool ask; ///< the caller is to send a CreatePermission now
	};

	explicit Permissions(const Timing& timing) : _timing(timing) {}

	/// Something is to be sent there.
	Use use(const Endpoint& peer, TimePoint now);

	/// Something came from there. @return Whether it may.
	bool heard(const Endpoint& peer, TimePoint now);

	/// What became of a request. @param begun When it was sent first.
	void granted(const Endpoint& peer, TimePoint begun);
	void refused(const Endpoint& peer, TimePoint now);
	/// No answer came.
	void forget(const Endpoint& peer);

	/// An address to ask for again now; call until empty. Ends what is over.
	std::optional<Endpoint> due(TimePoint now);

	TimePoint nextDeadline() const;

	std::size_t size() const
	{
		return _entries.size();
	}

private:
	enum class State
	{
		Asked,
		Granted,
		Denied,
	};

	struct Entry
	{
		State state = State::Asked;
		bool asking = true; ///< a request is on its way
		bool used = false;  ///< since it was granted
		TimePoint lastUsed{};
		TimePoint askAt = NEVER; ///< if used
		TimePoint endsAt = NEVER;
	};

	/// Makes room by what was used longest ago. @return Whether there is some.
	bool makeRoom(TimePoint now);

	const Timing& _timing;
	std::unordered_map<Endpoint, Entry> _entries; ///< by address, port 0
};

}
