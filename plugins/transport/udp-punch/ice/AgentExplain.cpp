#include <algorithm>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

namespace
{

std::string counted(std::size_t number, const std::string& what)
{
	return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

}

std::string Agent::Impl::explain() const
{
	if (_selected)
	{
		const auto path = "by " + std::string{toString(_selected->remoteType)} + " candidate " +
						  _selected->path.remote.toString();
		return _liveness.doubtful() ? "no answer " + path + ", other pairs are tried" : path;
	}
	if (!remoteKnown())
		return "the peer's description has not come";
	const auto& pairs = _checks.pairs();
	if (_counters.unauthenticated != 0 &&
		_counters.responsesReceived + _counters.requestsReceived == _counters.unauthenticated)
		return "the peer's checks and answers have another password";
	if (_locals.empty())
		return "no address of our own is known";
	if (pairs.empty() && _remotes.all().empty())
		return _remoteDone ? "the peer has named no address that may be used"
						   : "the peer has named no address yet";
	if (pairs.empty())
		return "no address of ours is of the same family as one of the peer's";
	const auto failed = static_cast<std::size_t>(std::ranges::count(pairs, PairState::Failed, &Pair::state));
	if (std::ranges::any_of(pairs, &Pair::valid))
		return "a pair answers, and the peer has not chosen one yet";
	if (_asymmetric)
		return counted(pairs.size(), "pair") + " tried, answers came from other addresses than were asked";
	if (failed == pairs.size())
		return counted(failed, "pair") + " tried, no answer";
	return counted(pairs.size(), "pair") + " under way, no answer yet";
}

}
