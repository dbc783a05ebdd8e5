#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Time.h"
#include "node/protocol/stun/ClientTransaction.h"
#include "plugins/discovery/stun/Events.h"
#include "plugins/discovery/stun/Timing.h"
#include "plugins/discovery/stun/Transmit.h"

namespace gimlet::stun_discovery
{

/// One port's questions in one address family: a machine.
///
/// In a round all servers are asked at once. The first one that answers, and looks at the NAT from outside if
/// there is such a one, is the primary, and from then on it alone is asked, often enough to keep the NAT's
/// mapping. When it falls silent or sees another address
/// than before, a new round begins. Answers of one round can be compared: servers at different addresses
/// that see different mappings tell that the mapping depends on the destination. A server that fails is
/// left alone for a while that grows each time, and nobody is given up for ever.
///
/// What was once found is lost only by a fresh answer that says otherwise: when nobody answers, the old
/// mapping is the best guess.
class Lane
{
public:
	/// @param random Must outlive the lane.
	Lane(int family, const Timing& timing, const Random& random);

	/// The servers by name; those that stay keep their state. Names are resolved by others, see resolved().
	void setServers(const std::vector<std::string>& names);

	/// A name's addresses, of any family; none when there are none or the lookup failed.
	void resolved(const std::string& server, const std::vector<Endpoint>& addresses, TimePoint now);

	/// Asks everyone now, even those that failed a moment ago: the network has changed.
	void restart(TimePoint now);

	void setRefresh(Duration refresh);

	/// @return Whether it was an answer to this lane.
	bool onResponse(const stun::MessageView& message, const Endpoint& source, TimePoint now);
	void onTimer(TimePoint now);

	/// Call until empty after each other call.
	std::optional<Transmit> pollTransmit();
	std::optional<Event> pollEvent();

	/// NEVER if there is nothing to wait for.
	TimePoint nextDeadline() const;

	/// Whether every server has answered or failed, or has no address of this family.
	bool settled() const;

	/// Whether somebody answers; empty while that is not yet known, or nobody can be asked.
	std::optional<bool> answered() const
	{
		return _answered;
	}

	/// By the answers of the present round.
	Mapping mapping() const;

	/// Addresses of the servers' names that nobody is asked at.
	std::vector<Endpoint> spares() const;

private:
	struct Probe
	{
		std::string server;
		bool resolved = false;
		std::vector<Endpoint> addresses;
		std::size_t address = 0; ///< which of them is asked
		std::optional<stun::ClientTransaction> transaction;
		unsigned failures = 0;
		TimePoint retryAt = NEVER;
		TimePoint notBefore = TimePoint::min(); ///< of a new round, after a failure
		// The last answer, until it is contradicted:
		std::optional<Endpoint> mapped;
		Endpoint answeredBy;
		unsigned round = 0;
		// For people:
		TimePoint silentAt = NEVER; ///< when its silence is told
		std::optional<ServerFails::Why> told;
	};

	void beginRound(TimePoint now, bool everyone, const Probe* except = nullptr);
	void ask(Probe& probe, TimePoint now);
	void succeed(Probe& probe, const Endpoint& mapped, TimePoint now);
	void fail(Probe& probe, TimePoint now);
	void chooseAddress(Probe& probe) const;
	void announce();
	void tellFailure(Probe& probe, ServerFails::Why why);
	void setAnswered(bool answered);
	bool hasPrimary() const
	{
		return _primaryRound == _round;
	}

	int _family;
	Timing _timing;
	const Random& _random;
	std::vector<Probe> _probes;
	std::string _primary;
	unsigned _round = 1;
	unsigned _primaryRound = 0;   ///< the round in which the primary was chosen
	bool _primaryOutside = false; ///< whether its questions pass the NAT
	TimePoint _refreshAt = NEVER;
	TimePoint _failoverAt = NEVER;
	TimePoint _silentAt = NEVER; ///< when the patience ends
	std::optional<bool> _answered;
	std::set<Endpoint> _announced;
	std::deque<Event> _events;
};

}
