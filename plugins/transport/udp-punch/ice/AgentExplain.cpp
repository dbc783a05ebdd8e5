#include <fmt/format.h>

#include <algorithm>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

namespace
{

/// Of a candidate of ours and one of the peer's, in words for a person.
std::string counted(std::size_t pairs)
{
	return fmt::format("{} pair{} of addresses", pairs, pairs == 1 ? "" : "s");
}

}

std::string Agent::Impl::explain() const
{
	if (_selected)
	{
		const auto path = fmt::format(
			"by {} candidate {}", toString(_selected->remoteType), _selected->path.remote.toString());
		return _liveness.doubtful() ? fmt::format("no answer {}, other pairs are tried", path) : path;
	}
	if (!remoteKnown())
		return "the peer's description has not come";
	const auto& pairs = _checks.pairs();
	const auto heard = _counters.responsesReceived + _counters.requestsReceived;
	if (heard != 0 && heard == _counters.unauthenticated)
		return "the peer's checks and answers have another password";
	if (_locals.empty())
		return "no address of our own is known";
	if (pairs.empty() && _remotes.all().empty())
		return _remoteDone ? "the peer has named no address that may be used"
						   : "the peer has named no address yet";
	if (pairs.empty())
		return "no address of ours is of the same family as one of the peer's";
	return explainPairs();
}

std::string Agent::Impl::explainDirect() const
{
	const auto direct = [](const auto& candidate) { return candidate.type != CandidateType::Relayed; };
	if (std::ranges::none_of(_remotes.all(), direct))
		return "the peer has named no address but its relay's";
	const auto number = static_cast<std::size_t>(
		std::ranges::count_if(_checks.pairs(), [](const Pair& pair) { return !pair.relayed(); }));
	if (number == 0)
		return "no address of ours is of the same family as one of the peer's";
	return fmt::format("{} tried, no answer", counted(number));
}

std::string Agent::Impl::explainPairs() const
{
	const auto& pairs = _checks.pairs();
	const auto number = counted(pairs.size());
	if (std::ranges::any_of(pairs, &Pair::valid))
		return controlling() ? "the pair that answered does so no longer"
							 : "a pair answers, and the peer has not chosen one yet";
	if (_asymmetric)
		return fmt::format("{} tried, answers came from other addresses than were asked", number);
	if (_asked)
		return fmt::format("{} tried, the peer's checks arrive and ours are not answered", number);
	const bool over =
		std::ranges::all_of(pairs, [](const Pair& pair) { return pair.state == PairState::Failed; });
	return over ? fmt::format("{} tried, no answer", number)
				: fmt::format("{} under way, no answer yet", number);
}

}
