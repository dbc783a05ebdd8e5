// The plugin with a router of the test that speaks PCP, in a network of its own.
#include "plugins/discovery/port-mapping/PortMapping.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "node/api/Descriptor.h"
#include "node/api/UdpSocket.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"
#include "tests/support/OwnNetwork.h"

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Runs a program in the network of this thread.
void run(const std::string& command)
{
	ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// A router at an address of this machine: what is sent there is there at once.
class Router
{
public:
	explicit Router(const std::string& address) :
		_socket(ListenAddress{
			.endpoint = Endpoint::parseAddress(address, pcp::SERVER_PORT), .port = pcp::SERVER_PORT})
	{
	}

	/// Takes what was asked, as lifetimes: 0 is a deletion.
	std::vector<std::uint32_t> asked()
	{
		std::vector<std::uint32_t> lifetimes;
		while (_socket.receive(_in) > 0)
			for (const auto& datagram : _in)
			{
				_client = datagram.remote;
				_last.assign(datagram.bytes.begin(), datagram.bytes.end());
				lifetimes.push_back(static_cast<std::uint32_t>(_last.at(6) << 8 | _last.at(7)));
			}
		return lifetimes;
	}

	/// Grants what was asked last.
	void grant()
	{
		pcp::Nonce nonce{};
		std::copy_n(_last.begin() + 24, nonce.size(), nonce.begin());
		_socket.send(encode(pcp::Response{.opcode = pcp::Opcode::Map,
						 .lifetime = 7200,
						 .epoch = 1,
						 .map = pcp::Mapped{nonce, 17, 40001, *Endpoint::parse("203.0.113.7:40001")}}),
			_client);
	}

private:
	UdpSocket _socket;
	UdpReceiveBatch _in{8, pcp::LARGEST};
	Endpoint _client;
	Buffer _last;
};

/// The far end of a cable: what goes to routers that are not there.
class Cable
{
public:
	explicit Cable(int device) : _device(device) {}

	/// What routers were asked since the last time, "10.7.0.5 7200".
	std::vector<std::string> asked()
	{
		std::vector<std::string> requests;
		ssize_t length = 0;
		while ((length = read(_device.value(), _frame.data(), _frame.size())) > 0)
		{
			const auto number = [this](std::size_t at) { return _frame.at(at) << 8U | _frame.at(at + 1); };
			constexpr int IPV4 = 0x0800;
			if (number(12) == IPV4 && _frame[23] == IPPROTO_UDP && number(36) == pcp::SERVER_PORT)
				requests.push_back(fmt::format(
					"{}.{}.{}.{} {}", _frame[30], _frame[31], _frame[32], _frame[33], number(48)));
		}
		return requests;
	}

private:
	Descriptor _device;
	std::array<std::uint8_t, 2048> _frame{};
};

class PortMappingTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (!test::OwnNetwork::permitted())
			GTEST_SKIP() << "needs a network of its own: run as root";
		_network.emplace();
		run("ip address add 10.9.0.1/32 dev lo");
		_context.discoveries = &_host;
	}

	/// Only PCP: the others' libraries block a thread, and have tests of their own.
	void start(const std::string& gateway = "")
	{
		test::FakeProblems problems;
		_plugin.configure(test::settings("port-mapping",
							  {{"protocols", "pcp"}, {"lifetime", "7200"}, {"gateway", gateway}}),
			problems);
		ASSERT_THAT(problems.all, IsEmpty());
		_plugin.start();
	}

	/// Lets the plugin read what has come; its socket is the one that is not the test's.
	void deliver()
	{
		for (int descriptor = 3; descriptor < 1024; ++descriptor)
			_loop.fire(descriptor, EventLoop::READABLE);
	}

	/// The facts that the node knows now.
	std::vector<std::string> said() const
	{
		std::map<std::string, std::string> known;
		for (const auto& fact : _context.facts)
			known[fact.subject] = fact.text;
		std::vector<std::string> lines;
		for (const auto& [subject, text] : known)
			if (!text.empty())
				lines.push_back(subject.empty() ? text : subject + ": " + text);
		return lines;
	}

	double mapped() const
	{
		return _context.metric("gimlet_port_mapping_mapped");
	}

	std::optional<test::OwnNetwork> _network;
	test::ManualLoop _loop;
	test::FakeContext _context{_loop, "port-mapping"};
	test::RecordingDiscoveryHost _host;
	test::RecordingPort _port{*Endpoint::parse("0.0.0.0:40001")};
	PortMapping _plugin{_context};
};

TEST_F(PortMappingTest, WhatIsMappedIsCountedForAsLongAsItIs)
{
	Router router{"10.9.0.1"};
	start("10.9.0.1");
	_plugin.portOpened(_port);
	EXPECT_THAT(router.asked(), ElementsAre(7200));
	EXPECT_EQ(mapped(), 0);
	router.grant();
	deliver();
	EXPECT_THAT(_host.reports, ElementsAre("found server-reflexive 203.0.113.7:40001", "done"));
	EXPECT_EQ(mapped(), 1);
	_plugin.portClosed(_port);
	EXPECT_EQ(mapped(), 0);
	EXPECT_THAT(router.asked(), ElementsAre(0, 0)) << "it is deleted";
	_plugin.stop();
}

TEST_F(PortMappingTest, WhatIsForwardedNoLongerIsNotSaidToBe)
{
	Router router{"10.9.0.1"};
	start("10.9.0.1");
	_plugin.portOpened(_port);
	router.asked();
	router.grant();
	deliver();
	EXPECT_THAT(said(), ElementsAre("PCP: forwards UDP port 40001 to this node"));
	_loop.advance(3h); // nobody renews it
	EXPECT_THAT(_host.reports, testing::Contains("lost server-reflexive 203.0.113.7:40001"));
	EXPECT_EQ(mapped(), 0);
	EXPECT_THAT(
		_context.facts, testing::Contains(testing::Field(&NetworkFact::text, testing::HasSubstr("no more"))));
	_plugin.stop();
}

TEST_F(PortMappingTest, ThatTheRouterIsBeingAskedIsSaidUntilItHasAnsweredOrHadTheTime)
{
	Router router{"10.9.0.1"};
	start("10.9.0.1");
	EXPECT_THAT(said(), IsEmpty()) << "there is no port";
	const auto asking = ElementsAre("the router is being asked");
	_plugin.portOpened(_port);
	EXPECT_THAT(said(), asking);
	EXPECT_TRUE(_context.facts.back().pending);
	_loop.advance(PortMapper::LAST_PATIENCE);
	EXPECT_THAT(said(), ElementsAre("PCP: no answer"));
	_plugin.portClosed(_port);
	EXPECT_THAT(said(), IsEmpty());
	_plugin.portOpened(_port);
	EXPECT_THAT(said(), asking);
	_plugin.portClosed(_port);
	EXPECT_THAT(said(), IsEmpty());
	_plugin.portOpened(_port);
	test::RecordingPort other{*Endpoint::parse("0.0.0.0:40002")};
	router.asked();
	router.grant();
	deliver();
	_plugin.portOpened(other);
	EXPECT_THAT(
		said(), ElementsAre("the router is being asked", "PCP: forwards UDP port 40001 to this node"));
	_plugin.portClosed(other);
	EXPECT_THAT(said(), ElementsAre("PCP: forwards UDP port 40001 to this node"));
	_plugin.stop();
	EXPECT_THAT(said(), IsEmpty());
}

TEST_F(PortMappingTest, WhatARouterDidIsNotSaidOfTheNextNorWithoutAPort)
{
	Router router{"10.9.0.1"};
	run("ip address add 10.9.0.2/32 dev lo");
	start("10.9.0.1");
	_plugin.portOpened(_port);
	const auto map = [&]
	{
		router.asked();
		router.grant();
		deliver();
		ASSERT_THAT(said(), ElementsAre("PCP: forwards UDP port 40001 to this node"));
	};
	map();
	_plugin.portClosed(_port);
	EXPECT_THAT(said(), IsEmpty());
	_plugin.portOpened(_port);
	map();
	// This machine is another one to the router, as by another router.
	run("ip route replace local 10.9.0.1 dev lo table local src 10.9.0.2");
	_plugin.refresh();
	EXPECT_THAT(said(), ElementsAre("the router is being asked"));
	map();
	_plugin.stop();
	EXPECT_THAT(said(), IsEmpty());
}

TEST_F(PortMappingTest, APortThatIsClosedBeforeTheAnswerLeavesNothing)
{
	Router router{"10.9.0.1"};
	start("10.9.0.1");
	_plugin.portOpened(_port);
	EXPECT_THAT(router.asked(), ElementsAre(7200));
	_plugin.portClosed(_port);
	EXPECT_THAT(router.asked(), ElementsAre(0, 0));
	_plugin.portOpened(_port);
	EXPECT_THAT(router.asked(), ElementsAre(7200));
	_plugin.stop();
	EXPECT_THAT(router.asked(), ElementsAre(0, 0));
	EXPECT_EQ(_loop.watches(), 0U);
}

TEST_F(PortMappingTest, AnotherRouterIsAskedWhenTheNetworkHasChanged)
{
	if (!test::OwnNetwork::hasTap())
		GTEST_SKIP() << "needs a tap device";
	Cable cable{_network->makeTap("tap0")};
	run("ip link set tap0 up && ip address add 10.7.0.2/24 dev tap0");
	for (const auto* router : {"10.7.0.5", "10.7.0.9"})
		run(fmt::format("ip neigh add {} lladdr 02:00:00:00:00:02 dev tap0 nud permanent", router));
	start();
	_plugin.portOpened(_port);
	EXPECT_EQ(_context.facts.back().text, "no router: there is no default route of IPv4");
	EXPECT_EQ(_loop.timers(), 0U) << "the node tells of changes";

	run("ip route add default via 10.7.0.5");
	_plugin.refresh();
	EXPECT_THAT(cable.asked(), ElementsAre("10.7.0.5 7200"));
	run("ip route replace default via 10.7.0.9");
	_plugin.refresh();
	EXPECT_THAT(cable.asked(), ElementsAre("10.7.0.5 0", "10.7.0.5 0", "10.7.0.9 7200"));
	run("ip route del default");
	_plugin.refresh();
	EXPECT_THAT(_loop.timers(), 0U);
	EXPECT_EQ(_loop.watches(), 0U);
	EXPECT_EQ(_context.facts.back().text, "no router: there is no default route of IPv4");
	_plugin.stop();
}

}

}
