#include "plugins/transport/udp-plain/Reason.h"

#include <gtest/gtest.h>

#include "plugins/transport/udp-plain/Timing.h"

using namespace gimlet;
using namespace gimlet::udp_plain;

namespace
{

const TimePoint NOW{100h};

/// Eight minutes past noon, on some day.
const WallTime WALL = 20'000 * 24h + 12h + 8min;

struct Case
{
	const char* text;
	ReasonFacts facts;
};

ReasonFacts facts(LinkState state, bool ours, bool present, Duration since, std::optional<Duration> heard)
{
	ReasonFacts result;
	result.state = state;
	result.ours = ours;
	result.present = present;
	result.addresses = 2;
	result.since = NOW - since;
	if (heard)
		result.heard = NOW - *heard;
	result.now = NOW;
	result.wall = WALL;
	return result;
}

ReasonFacts ended()
{
	auto result = facts(LinkState::Lost, true, false, 1min, 2min);
	result.saidGoodbye = true;
	return result;
}

ReasonFacts oneWay()
{
	auto result = facts(LinkState::Up, true, true, 1h, 0s);
	result.unanswered = PROBES_UNTIL_SILENT;
	return result;
}

}

TEST(Reason, SaysWhatIsSo)
{
	using enum LinkState;
	const Case cases[] = {
		{"waiting for an offer", facts(Waiting, true, false, 0s, {})},
		{"no address of the peer is known that may be tried", facts(Waiting, true, true, 0s, {})},
		{"trying 2 addresses of the peer", facts(Attempted, true, true, 0s, {})},
		{"no datagram of the peer has arrived in 3 s", facts(Attempted, true, true, 3s, {})},
		{"no datagram of the peer has arrived in 12 s; its NAT may refuse ours",
			facts(Attempted, true, true, 12s, {})},
		{"the peer answers", facts(Up, true, true, 1h, 10s)},
		{"the peer's datagrams arrive, but it does not acknowledge ours", oneWay()},
		{"the peer's datagrams arrive; a worker of the first version, it acknowledges nothing",
			facts(Up, false, true, 1h, 29s)},
		{"silent since 12:00:00 UTC; a worker of the first version sends nothing but chat",
			facts(Up, false, true, 1h, 8min)},
		{"nothing has been heard since 12:07:40 UTC; looking for another way to the peer",
			facts(Silent, true, true, 3s, 20s)},
		{"nothing has been heard since 12:06:00 UTC; still trying, for the peer is in the room",
			facts(Lost, true, true, 1min, 2min)},
		{"nothing has been heard since 12:06:00 UTC, and the peer has left the rendezvous",
			facts(Lost, true, false, 1min, 2min)},
		{"the peer ended at 12:06:00 UTC", ended()},
		{"the peer left before any datagram of it had arrived", facts(Lost, true, false, 1min, {})},
	};
	for (const auto& [text, given] : cases)
		EXPECT_EQ(reason(given), text);
}
