// The transport on real sockets of loopback, as far as its port and addresses go; the rendezvous is played by
// the test.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "node/api/UdpSocket.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/integration/udp-punch/NodeSide.h"

using namespace gimlet;
using namespace std::chrono_literals;
using test::NodeSide;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace
{

class UdpPunchPortsTest : public test::LoopTest
{
protected:
	NodeSide& node(const std::map<std::string, std::string>& values = {})
	{
		return *_nodes.emplace_back(std::make_unique<NodeSide>(_loop, values));
	}

	/// The addresses that a node tells a peer.
	std::vector<std::string> told(NodeSide& side, bool overLoopback)
	{
		auto& peer = node();
		side.signals.clear();
		side.transport->connect(peer.asOffer(overLoopback));
		std::vector<std::string> result;
		for (const auto& [to, session, data] : side.signals)
		{
			const auto signal = udp_punch::decodeSignal(data, session);
			if (const auto* description = signal ? std::get_if<udp_punch::Description>(&*signal) : nullptr)
				for (const auto& candidate : description->candidates)
					result.push_back(candidate.endpoint.addressString());
		}
		return result;
	}

	std::vector<std::unique_ptr<NodeSide>> _nodes;
};

/// A range of neighbouring ports of which the first is taken.
struct TakenPort
{
	UdpSocket socket{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}};
	std::uint16_t port = socket.local().port();
};

}

TEST_F(UdpPunchPortsTest, TheFirstFreePortOfTheRangeIsOpened)
{
	const TakenPort taken;
	const auto last = std::min(taken.port + 50, 65535);
	auto& side = node({{"port_range", fmt::format("{}-{}", taken.port, last)}});
	ASSERT_THAT(side.problems.all, IsEmpty());
	side.transport->start();
	const auto local = side.port->localEndpoint();
	EXPECT_EQ(local.addressString(), "127.0.0.1") << "the address is that of listen";
	EXPECT_GT(local.port(), taken.port);
	EXPECT_LE(local.port(), last);
}

TEST_F(UdpPunchPortsTest, ARangeThatIsTakenSaysSo)
{
	const TakenPort taken;
	auto& side = node({{"port_range", std::to_string(taken.port)}});
	try
	{
		side.transport->start();
		FAIL() << "the port is taken";
	}
	catch (const PluginError& error)
	{
		EXPECT_THAT(error.what(), HasSubstr(std::to_string(taken.port)));
		EXPECT_THAT(error.what(), HasSubstr("port_range"));
	}
}

TEST_F(UdpPunchPortsTest, ProblemsOfTheConfigurationAreTold)
{
	auto& side =
		node({{"port_range", "5-4"}, {"interfaces", "eth0, a/b"}, {"ipv6", "no"}, {"listen", "[::1]:0"}});
	EXPECT_THAT(side.problems.all,
		ElementsAre(HasSubstr("port_range: \"5-4\""), HasSubstr("interfaces: \"a/b\""), HasSubstr("ipv6: ")));
}

TEST_F(UdpPunchPortsTest, WithoutIpv6ThePortHasNone)
{
	auto& both = node({{"listen", "*:0"}});
	both.transport->start();
	EXPECT_TRUE(both.port->supports(AF_INET6));
	auto& one = node({{"listen", "*:0"}, {"ipv6", "no"}});
	one.transport->start();
	EXPECT_TRUE(one.port->supports(AF_INET));
	EXPECT_FALSE(one.port->supports(AF_INET6));
	for (const auto& address : told(one, true))
		EXPECT_THAT(address, Not(HasSubstr(":")));
}

TEST_F(UdpPunchPortsTest, ItTellsTheAddressesThatInterfacesAllow)
{
	auto& all = node({{"listen", "*:0"}, {"interfaces", ""}});
	all.transport->start();
	const auto addresses = told(all, true);
	EXPECT_THAT(addresses, testing::Contains("127.0.0.1"));
	for (const auto& address : told(all, false))
		EXPECT_FALSE(Endpoint::parseAddress(address, 0)->isLoopback());
	auto& none = node({{"listen", "*:0"}, {"interfaces", "nosuch0"}});
	none.transport->start();
	for (const auto& address : told(none, true))
		EXPECT_TRUE(Endpoint::parseAddress(address, 0)->isLoopback()) << address;
	auto& bound = node({{"interfaces", "nosuch0"}});
	bound.transport->start();
	EXPECT_THAT(told(bound, true), ElementsAre("127.0.0.1")) << "an address that was asked for is used";
}

TEST_F(UdpPunchPortsTest, TwoOfThemLinkAndChat)
{
	auto& one = node();
	auto& other = node();
	for (auto* side : {&one, &other})
		side->transport->start();
	one.transport->connect(other.asOffer(true));
	other.transport->connect(one.asOffer(true));
	runUntil(
		[&]
		{
			test::carrySignals(_nodes);
			return one.state == LinkState::Up && other.state == LinkState::Up;
		});
	ChatMessage message;
	message.id = "1";
	message.content = std::string(50'000, 'x');
	EXPECT_EQ(one.transport->send(other.ownId(), message), SendResult::Sent);
	runUntil([&] { return other.received.size() == 1; });
	EXPECT_EQ(other.received.front(), message.content);
}
