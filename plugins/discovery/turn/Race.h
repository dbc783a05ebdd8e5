#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plugins/discovery/turn/Events.h"
#include "plugins/discovery/turn/Timing.h"

namespace gimlet::turn
{

/// Which server is asked when. All are asked at once; the first that gives an allocation is kept, and the
/// others are spare until it is lost. One that fails is asked again after a pause, and with the others at
/// once when the network has changed. A machine: it asks nobody.
///
///     Resting ──begin──> Running ──won──> Kept
///        ^                  │ lost         │ lost
///        └── pause ─────────┴──────────────┘
class Race
{
public:
	/// @param random Must outlive the race.
	explicit Race(const Random& random) : _random(random) {}

	/// The servers, by their URLs. Those that stay keep their state.
	void set(const std::vector<std::string>& servers);

	/// Whom to ask now; call until empty.
	std::optional<std::string> pollBegin(TimePoint now);

	/// A server has given an allocation. @return Those that are not to be asked any longer.
	std::vector<std::string> won(const std::string& server, TimePoint now);

	/// A server has failed, or what it gave is gone.
	void lost(const std::string& server, EndReason reason, TimePoint now);

	/// The network has changed: ask those that rest now, but for those that said no.
	void hurry(TimePoint now);

	/// The same for one: it has new credentials.
	void hurry(const std::string& server, TimePoint now);

	/// Whose allocation is in use; "" if none.
	const std::string& kept() const
	{
		return _kept;
	}

	/// Whether one is being asked.
	bool running() const;

	/// NEVER if there is nothing to wait for.
	TimePoint nextDeadline() const;

private:
	struct Entry
	{
		std::string server;
		bool running = false;
		bool refused = false;
		unsigned failures = 0;
		TimePoint notBefore = TimePoint::min();
		TimePoint since{}; ///< when its allocation was given
	};

	Entry* find(const std::string& server);

	const Random& _random;
	std::vector<Entry> _entries;
	std::string _kept;
};

}
