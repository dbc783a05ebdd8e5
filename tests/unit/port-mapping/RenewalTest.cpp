// What becomes of a mapping once there is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/port-mapping/MapperFixture.h"

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class PortMapperRenewalTest : public PortMapperTest
{
};

TEST_F(PortMapperRenewalTest, AMappingByALibraryIsRenewedAtHalfItsTime)
{
	start({Protocol::Upnp});
	answer("");
	events();
	pass(1799s);
	EXPECT_EQ(_jobs.size(), 1U);
	pass(2s);
	ASSERT_EQ(_jobs.size(), 2U);
	EXPECT_EQ(_jobs[1].externalPort, 40002) << "the one that there is";
	EXPECT_EQ(_jobs[1].router, "http://192.168.1.1:5000/ctl type");
	answer("");
	EXPECT_THAT(events(), IsEmpty()) << "nothing has changed";
	pass(1801s);
	answer("", *Endpoint::parse("203.0.113.99:40002"));
	EXPECT_THAT(events(), ElementsAre("lost 203.0.113.7:40002", "found 203.0.113.99:40002 UPnP",
							  "UPnP: forwards UDP port 40002 to this node"));
}

TEST_F(PortMapperRenewalTest, ARenewalThatFailsIsTriedAgainUntilTheMappingIsOver)
{
	start({Protocol::Upnp});
	answer("");
	events();
	std::size_t answered = 1;
	for (int second = 0; second < 3599; ++second)
	{
		pass(1s);
		if (_jobs.size() > answered)
		{
			answered = _jobs.size();
			answer("no answer");
		}
	}
	EXPECT_THAT(events(), IsEmpty());
	EXPECT_GE(answered, 5U);
	EXPECT_LE(answered, 20U);
	pass(2s);
	EXPECT_THAT(events(), ElementsAre("lost 203.0.113.7:40002"));
	EXPECT_GT(_jobs.size(), answered) << "and from the beginning";
}

TEST_F(PortMapperRenewalTest, ARenewalThatFailsForgetsWhereTheRouterWasSpokenTo)
{
	start({Protocol::Upnp});
	EXPECT_FALSE(_jobs[0].renewal);
	answer("");
	pass(1801s);
	ASSERT_EQ(_jobs.size(), 2U);
	EXPECT_TRUE(_jobs[1].renewal) << "its failure deletes nothing";
	answer("no answer");
	pass(900s);
	ASSERT_EQ(_jobs.size(), 3U);
	EXPECT_EQ(_jobs[2].router, "") << "it is discovered anew";
	answer("no answer");
	_mapper->stop();
	settle();
	ASSERT_EQ(_jobs.size(), 4U);
	EXPECT_EQ(_jobs[3].kind, Job::Kind::Unmap);
	EXPECT_EQ(_jobs[3].router, "http://192.168.1.1:5000/ctl type") << "the end has no time for that";
}

TEST_F(PortMapperRenewalTest, WhatIsDiscoveredAnewIsRemembered)
{
	start({Protocol::Upnp});
	answer("");
	pass(1801s);
	answer("no answer");
	pass(900s);
	ASSERT_EQ(_jobs.size(), 3U);
	answer("");
	pass(1801s);
	ASSERT_EQ(_jobs.size(), 4U);
	EXPECT_EQ(_jobs[3].router, "http://192.168.1.1:5000/ctl type");
}

TEST_F(PortMapperRenewalTest, ARenewalOnItsWayWhenTheMappingEndsIsWaitedFor)
{
	for (const bool succeeds : {true, false})
	{
		_jobs.clear();
		start({Protocol::NatPmp, Protocol::Upnp});
		answer("");
		events();
		pass(3601s);
		EXPECT_THAT(events(), ElementsAre("lost 203.0.113.7:40002"));
		EXPECT_EQ(_jobs.size(), 2U) << "what it makes would be nobody's";
		EXPECT_EQ(_mapper->nextDeadline(), NEVER);
		answer(succeeds ? "" : "no answer");
		if (succeeds)
			EXPECT_THAT(events(), ElementsAre("found 203.0.113.7:40002 NAT-PMP",
									  "NAT-PMP: forwards UDP port 40002 to this node"));
		else
			EXPECT_THAT(events(), IsEmpty());
		EXPECT_EQ(_jobs.size(), succeeds ? 2U : 3U);
	}
}

TEST_F(PortMapperRenewalTest, AnEndlessMappingIsLookedAtNowAndThen)
{
	start({Protocol::Upnp});
	answer("", EXTERNAL, 0s);
	pass(1801s);
	EXPECT_EQ(_jobs.size(), 2U);
	answer("", EXTERNAL, 0s);
	pass(1h);
	EXPECT_THAT(events(), testing::Not(testing::Contains(StartsWith("lost"))));
}

TEST_F(PortMapperRenewalTest, OneThatIsOnItsWayAlreadyIsNotBegunAgain)
{
	start({Protocol::NatPmp});
	answer("");
	events();
	pass(1790s);
	_mapper->lookAgain(_now);
	settle();
	ASSERT_EQ(_jobs.size(), 2U);
	pass(20s);
	EXPECT_EQ(_jobs.size(), 2U) << "what one of two makes would be nobody's";
	answer("", *Endpoint::parse("203.0.113.7:40099"));
	EXPECT_THAT(events(), ElementsAre("lost 203.0.113.7:40002", "found 203.0.113.7:40099 NAT-PMP",
							  "NAT-PMP: forwards UDP port 40099 to this node"));
	pass(1799s);
	EXPECT_EQ(_jobs.size(), 2U);
	pass(2s);
	EXPECT_EQ(_jobs.size(), 3U) << "at half its time";
}
}

}
