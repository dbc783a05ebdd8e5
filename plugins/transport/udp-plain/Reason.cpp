#include "plugins/transport/udp-plain/Reason.h"

#include <fmt/format.h>

#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

namespace
{

/// After so long without an answer a NAT is the likeliest cause.
constexpr auto SUSPICIOUS = 5s;

std::string timeOfDay(TimePoint time, const ReasonFacts& facts)
{
	const auto wall = facts.wall - std::chrono::duration_cast<WallTime>(facts.now - time);
	const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(wall % std::chrono::days{1})};
	return fmt::format(
		"{:02}:{:02}:{:02} UTC", clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string waiting(const ReasonFacts& facts)
{
	return facts.present ? "no address of the peer is known that may be tried" : "waiting for an offer";
}

std::string attempted(const ReasonFacts& facts)
{
	const auto passed = std::chrono::floor<std::chrono::seconds>(facts.now - facts.since);
	if (passed < 1s)
		return fmt::format(
			"trying {} address{} of the peer", facts.addresses, facts.addresses == 1 ? "" : "es");
	auto text = fmt::format("no datagram of the peer has arrived in {} s", passed.count());
	if (passed >= SUSPICIOUS)
		text += "; its NAT may refuse ours";
	return text;
}

std::string up(const ReasonFacts& facts)
{
	if (facts.ours)
		return facts.unanswered >= PROBES_UNTIL_SILENT
				   ? "the peer's datagrams arrive, but it does not acknowledge ours"
				   : "the peer answers";
	if (facts.heard && facts.now - *facts.heard >= QUIET_AFTER)
		return fmt::format("silent since {}; a worker of the first version sends nothing but chat",
			timeOfDay(*facts.heard, facts));
	return "the peer's datagrams arrive; a worker of the first version, it acknowledges nothing";
}

std::string lost(const ReasonFacts& facts)
{
	if (!facts.heard)
		return "the peer left before any datagram of it had arrived";
	if (facts.saidGoodbye)
		return fmt::format("the peer ended at {}", timeOfDay(*facts.heard, facts));
	return fmt::format("nothing has been heard since {}{}", timeOfDay(*facts.heard, facts),
		facts.present ? "; still trying, for the peer is in the room"
					  : ", and the peer has left the rendezvous");
}

}

std::string reason(const ReasonFacts& facts)
{
	switch (facts.state)
	{
	case LinkState::Waiting:
		return waiting(facts);
	case LinkState::Attempted:
		return attempted(facts);
	case LinkState::Up:
		return up(facts);
	case LinkState::Silent:
		return fmt::format("nothing has been heard since {}; looking for another way to the peer",
			facts.heard ? timeOfDay(*facts.heard, facts) : "the start");
	case LinkState::Lost:
		return lost(facts);
	case LinkState::Refused:
		break;
	}
	return {};
}

}
