#include "plugins/discovery/port-mapping/PortMapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/discovery/port-mapping/Gateway.h"
#include "plugins/discovery/port-mapping/PortMapping.h"
#include "plugins/discovery/port-mapping/Routers.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/port-mapping/MapperFixture.h"

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(PortMapperTest, PcpIsTriedFirstAndKept)
{
	start();
	EXPECT_EQ(_datagrams, 1U);
	grantPcp(3600);
	EXPECT_THAT(events(),
		ElementsAre("found 203.0.113.7:40002 PCP", "PCP: forwards UDP port 40002 to this node", "done"));
	pass(1h);
	EXPECT_THAT(_jobs, IsEmpty());
	EXPECT_GT(_datagrams, 2U) << "it was to be renewed";
}

TEST_F(PortMapperTest, TheProtocolsAreTriedOneAfterTheOther)
{
	start();
	pass(2s);
	ASSERT_EQ(_jobs.size(), 1U);
	EXPECT_EQ(_jobs[0].protocol, Protocol::NatPmp);
	EXPECT_EQ(_jobs[0].internalPort, 40001);
	EXPECT_EQ(_jobs[0].externalPort, 40001) << "the same port outside, if it is free";
	answer("no answer");
	ASSERT_EQ(_jobs.size(), 2U);
	EXPECT_EQ(_jobs[1].protocol, Protocol::Upnp);
	answer("");
	EXPECT_THAT(events(), ElementsAre("PCP: no answer", "NAT-PMP: no answer", "found 203.0.113.7:40002 UPnP",
							  "UPnP: forwards UDP port 40002 to this node", "done"));
}

TEST_F(PortMapperTest, ARouterThatDoesNotSpeakPcpIsAskedByNatPmpAtOnce)
{
	start();
	_mapper->onDatagram(Buffer{0, 0x81, 0, 1, 0, 0, 0, 9}, _now);
	settle();
	EXPECT_THAT(_jobs, testing::SizeIs(1));
	EXPECT_THAT(events(), ElementsAre("PCP: not spoken by the router"));
}

TEST_F(PortMapperTest, WhereNobodyAnswersItIsTriedMoreAndMoreRarely)
{
	start({Protocol::NatPmp});
	std::vector<TimePoint> times{_now};
	for (int round = 0; round < 8; ++round)
	{
		answer("no answer");
		while (_jobs.size() == times.size())
			pass(1s);
		times.push_back(_now);
	}
	EXPECT_LE(times[1] - times[0], 61s);
	EXPECT_GE(times[3] - times[2], 239s);
	EXPECT_LE(times[8] - times[7], 1801s);
	EXPECT_GE(times[8] - times[7], 1799s);
}

TEST_F(PortMapperTest, ARouterBehindAnotherNatIsToldAndNotAnnounced)
{
	for (const auto* address : {"10.0.0.7:40002", "100.64.1.1:40002", "0.0.0.0:40002"})
	{
		_jobs.clear();
		start();
		grantPcp(3600, *Endpoint::parse(address));
		const auto happened = events();
		ASSERT_EQ(happened.size(), 2U) << address;
		EXPECT_THAT(happened[0], StartsWith("PCP: the router"));
		EXPECT_EQ(happened[1], "done");
		EXPECT_THAT(_jobs, IsEmpty()) << "the other protocols know no better";
		EXPECT_FALSE(_mapper->mapping());
	}
	start({Protocol::NatPmp});
	answer("", *Endpoint::parse("10.0.0.7:40002"));
	ASSERT_EQ(_jobs.size(), 2U);
	EXPECT_EQ(_jobs[1].kind, Job::Kind::Unmap) << "nobody needs it";
}

TEST_F(PortMapperTest, TheEndDeletesTheMapping)
{
	start();
	grantPcp(3600);
	_datagrams = 0;
	_mapper->stop();
	settle();
	EXPECT_EQ(_datagrams, 2U);
	EXPECT_THAT(_jobs, IsEmpty());
	start({Protocol::Upnp});
	answer("");
	_mapper->stop();
	settle();
	ASSERT_EQ(_jobs.size(), 2U);
	EXPECT_EQ(_jobs[1].kind, Job::Kind::Unmap);
	EXPECT_EQ(_jobs[1].externalPort, 40002);
	EXPECT_EQ(_mapper->nextDeadline(), NEVER);
	EXPECT_FALSE(_jobs[0].isUnwanted()) << "it was over";
}

TEST_F(PortMapperTest, TheEndLetsGoOfWhatIsOnItsWay)
{
	start({Protocol::Upnp});
	ASSERT_EQ(_jobs.size(), 1U);
	EXPECT_FALSE(_jobs[0].isUnwanted());
	_mapper->stop();
	settle();
	EXPECT_TRUE(_jobs[0].isUnwanted());
	start();
	_datagrams = 0;
	_mapper->stop();
	settle();
	EXPECT_EQ(_datagrams, 2U) << "PCP may have granted what it has not answered";
}

TEST_F(PortMapperTest, PcpThatGivesWayTakesBackWhatItAskedFor)
{
	start();
	_datagrams = 0;
	pass(2s);
	EXPECT_EQ(_jobs.size(), 1U);
	EXPECT_EQ(_datagrams, 2U) << "or the router has two mappings for the one port";
}

TEST_F(PortMapperTest, AChangedNetworkIsLookedAtAgainButNotTooOften)
{
	start({Protocol::NatPmp});
	answer("no answer");
	_mapper->lookAgain(_now);
	settle();
	EXPECT_EQ(_jobs.size(), 1U);
	_now += 20s;
	_mapper->lookAgain(_now);
	settle();
	ASSERT_EQ(_jobs.size(), 2U);
	answer("");
	_now += 20s;
	_mapper->lookAgain(_now);
	settle();
	EXPECT_EQ(_jobs.size(), 3U) << "is it still there?";
}

TEST_F(PortMapperTest, AnAnnouncementOfTheRouterIsFollowed)
{
	start();
	grantPcp(3600);
	_datagrams = 0;
	_now += 30s;
	_mapper->onAnnouncement(encode(pcp::Response{.opcode = pcp::Opcode::Announce, .epoch = 1}), _now);
	settle();
	EXPECT_EQ(_datagrams, 1U) << "it was restarted";
	start({Protocol::NatPmp});
	answer("");
	const auto before = _jobs.size();
	_now += 30s;
	_mapper->onAnnouncement(Buffer{0, 128, 0, 0, 0, 0, 0, 1, 203, 0, 113, 9}, _now);
	settle();
	EXPECT_EQ(_jobs.size(), before + 1);
}

TEST_F(PortMapperTest, ResultsOfFormerTimesAreNotTaken)
{
	start({Protocol::NatPmp});
	_mapper->onResult({.number = 99, .external = EXTERNAL, .lifetime = 3600s}, _now);
	settle();
	EXPECT_THAT(events(), IsEmpty());
}

TEST(PortMappingGatewayTest, TheDefaultRouteWithTheSmallestMetricCounts)
{
	const std::string head =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
	EXPECT_EQ(defaultRouter(""), std::nullopt);
	EXPECT_EQ(
		defaultRouter(head + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"), std::nullopt);
	const auto router = defaultRouter(head + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
											 "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
											 "tun0\t00000000\t00000000\t0001\t0\t0\t1\t00000000\t0\t0\t0\n");
	ASSERT_TRUE(router);
	EXPECT_EQ(router->addressString(), "192.0.2.1");
	EXPECT_EQ(defaultRouter("nonsense\n\n\t\t\n"), std::nullopt);
}

TEST(PortMappingRoutersTest, OnlyTheRoutersOwnPagesAreRead)
{
	EXPECT_EQ(hostOf("http://192.168.1.1:5000/root.xml"), "192.168.1.1");
	EXPECT_EQ(hostOf("http://192.168.1.1"), "192.168.1.1");
	EXPECT_EQ(hostOf("http://192.168.1.1@evil.test/"), "192.168.1.1@evil.test");
	EXPECT_EQ(hostOf("https://192.168.1.1/"), "");
}

std::vector<std::string> problems(std::map<std::string, std::string> changes)
{
	test::ManualLoop loop;
	test::FakeContext context{loop, "port-mapping"};
	PortMapping plugin{context};
	test::FakeProblems result;
	changes.insert({{"protocols", "pcp, nat-pmp, upnp"}, {"lifetime", "7200"}, {"gateway", ""}});
	plugin.configure(test::settings("port-mapping", changes), result);
	return result.all;
}

TEST(PortMappingConfigurationTest, SaysWhatIsWrong)
{
	EXPECT_THAT(problems({}), IsEmpty());
	EXPECT_THAT(problems({{"protocols", ""}, {"gateway", "192.168.1.1"}}), IsEmpty());
	EXPECT_THAT(problems({{"protocols", "pcp, igd"}}), ElementsAre(HasSubstr("\"igd\"")));
	EXPECT_THAT(problems({{"gateway", "router.local"}}), ElementsAre(StartsWith("gateway: ")));
	EXPECT_THAT(problems({{"gateway", "fe80::1"}}), ElementsAre(StartsWith("gateway: ")));
}

}

}
