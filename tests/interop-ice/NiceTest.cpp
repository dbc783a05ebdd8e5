// Our ICE agent and that of libnice, which others have written, over sockets on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/interop-ice/NicePeer.h"
#include "tests/interop-ice/OurPeer.h"

namespace gimlet::interop
{

namespace
{

using namespace std::chrono_literals;
using namespace udp_punch;
using ice::Event;
using ice::Role;
using testing::Contains;

struct Two
{
	Two(Role role, bool niceControls) : ours(role), nice(niceControls)
	{
		EXPECT_TRUE(until([&] { return nice.gathered; }));
		EXPECT_FALSE(nice.lines().empty());
	}

	bool until(const std::function<bool()>& condition, Duration limit = 10s)
	{
		const auto end = Clock::now() + limit;
		while (!condition() && Clock::now() < end)
		{
			ours.turn();
			nice.turn();
		}
		return condition();
	}

	void tellNice()
	{
		nice.setRemote(ours.agent().local());
		for (const auto& line : ours.lines)
			nice.addRemote(line);
		nice.remoteDone();
	}

	void tellUs()
	{
		ours.agent().setRemote(nice.credentials(), Clock::now());
		for (const auto& line : nice.lines())
			ours.agent().addRemote(line, Clock::now());
		ours.agent().remoteDone(Clock::now());
	}

	bool linked()
	{
		return until([&] { return ours.agent().selected() && nice.ready(); });
	}

	/// A word each way.
	bool talk()
	{
		ours.heard.clear();
		nice.heard.clear();
		ours.say("PING");
		nice.say("PONG");
		return until([&] { return !ours.heard.empty() && !nice.heard.empty(); }) &&
			   ours.heard.front() == "PONG" && nice.heard.front() == "PING";
	}

	OurPeer ours;
	NicePeer nice;
};

}

TEST(Libnice, IsControlledByUs)
{
	Two two(Role::Controlling, false);
	two.tellNice();
	two.tellUs();
	ASSERT_TRUE(two.linked()) << two.ours.agent().explain();
	EXPECT_TRUE(two.talk());
	EXPECT_EQ(two.ours.agent().counters().malformed, 0U);
	EXPECT_EQ(two.ours.agent().counters().unauthenticated, 0U);
}

TEST(Libnice, ControlsUs)
{
	Two two(Role::Controlled, true);
	two.tellUs();
	two.tellNice();
	ASSERT_TRUE(two.linked()) << two.ours.agent().explain();
	EXPECT_TRUE(two.talk());
	EXPECT_EQ(two.ours.agent().role(), Role::Controlled);
	EXPECT_EQ(two.ours.agent().counters().malformed, 0U);
}

TEST(Libnice, SettlesRolesWithUs)
{
	for (const bool controlling : {true, false})
	{
		Two two(controlling ? Role::Controlling : Role::Controlled, controlling);
		two.tellUs();
		two.tellNice();
		ASSERT_TRUE(two.linked()) << two.ours.agent().explain();
		EXPECT_TRUE(two.talk());
		const auto role = two.ours.agent().role();
		two.until([] { return false; }, 3s);
		EXPECT_EQ(two.ours.agent().role(), role) << "the conflict is over";
		EXPECT_THAT(two.ours.events, testing::ElementsAre(Event::Selected));
		EXPECT_TRUE(two.talk());
	}
}

TEST(Libnice, TricklesToUsAfterItsChecks)
{
	Two two(Role::Controlling, false);
	two.tellNice();
	two.until([] { return false; }, 300ms);
	EXPECT_FALSE(two.ours.agent().selected());
	// No candidate of it: its checks have shown where it is.
	two.ours.agent().setRemote(two.nice.credentials(), Clock::now());
	ASSERT_TRUE(two.linked()) << two.ours.agent().explain();
	EXPECT_TRUE(two.talk());
}

TEST(Libnice, AnswersChecksThatArePaddedAndConsentForTenSeconds)
{
	Two two(Role::Controlling, false);
	two.tellNice();
	two.tellUs();
	ASSERT_TRUE(two.linked());
	ASSERT_TRUE(two.ours.agent().probe(1400, Clock::now()));
	ASSERT_TRUE(two.until([&] { return !two.ours.probes.empty(); }));
	EXPECT_TRUE(two.ours.probes.front());
	const auto answers = two.ours.agent().counters().responsesReceived;
	two.until([] { return false; }, 10s);
	EXPECT_GE(two.ours.agent().counters().responsesReceived, answers + 2);
	EXPECT_THAT(two.ours.events, testing::ElementsAre(Event::Selected));
	EXPECT_TRUE(two.nice.ready());
	EXPECT_TRUE(two.talk());
}

TEST(Libnice, RestartsWithUs)
{
	for (const bool controls : {true, false})
	{
		Two two(controls ? Role::Controlling : Role::Controlled, !controls);
		two.tellNice();
		two.tellUs();
		ASSERT_TRUE(two.linked());
		const auto before = two.nice.credentials();
		two.ours.restart();
		two.nice.restart();
		ASSERT_NE(two.nice.credentials(), before);
		two.ours.events.clear();
		two.tellNice();
		two.tellUs();
		ASSERT_TRUE(two.until([&] { return two.nice.ready() && !two.ours.events.empty(); }))
			<< two.ours.agent().explain();
		EXPECT_THAT(two.ours.events, Contains(Event::Selected));
		EXPECT_THAT(two.ours.events, testing::Not(Contains(Event::Failed)));
		EXPECT_TRUE(two.talk());
	}
}

}
