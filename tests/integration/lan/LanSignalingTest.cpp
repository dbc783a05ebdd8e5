// The plugin on real sockets, in a network of its own where loopback carries multicast.
#include "plugins/signaling/lan/LanSignaling.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/protocol/identity/KeyIdentity.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/support/FakeContext.h"
#include "tests/support/OwnNetwork.h"

namespace gimlet::lan
{

namespace
{

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What the node would hear.
class Host final : public SignalingHost
{
public:
	void peerOffered(Signaling&, const PeerOffer& offer) override
	{
		offers.push_back(offer);
	}
	void signalReceived(Signaling&, const PeerId&, const std::string&, const std::string& data) override
	{
		signals.push_back(data);
	}
	void peerLeft(Signaling&, const PeerId& peer) override
	{
		left.push_back(peer);
	}
	void peerIncompatible(Signaling&, const PeerId&, const std::string&) override {}
	void relayServers(Signaling&, const std::vector<RelayServer>&) override {}
	void signalingState(Signaling&, SignalingState newState, const std::string& newDetail) override
	{
		state = newState;
		detail = newDetail;
	}

	std::vector<PeerOffer> offers;
	std::vector<std::string> signals;
	std::vector<PeerId> left;
	SignalingState state = SignalingState::Offline;
	std::string detail;
};

const std::map<std::string, std::string> DEFAULTS{{"room", "lobby"}, {"token", ""}, {"interfaces", "lo"},
	{"group", "239.255.71.76, ff12::4c:414e"}, {"port", "18081"}};

/// A node of which only this plugin is real.
struct LanNode
{
	LanNode(EventLoop& loop, std::map<std::string, std::string> changes) :
		context(loop, "lan"), plugin(context)
	{
		context.self = identity.get();
		context.signalings = &host;
		changes.insert(DEFAULTS.begin(), DEFAULTS.end());
		test::FakeProblems problems;
		plugin.configure(test::settings("lan", changes), problems);
		EXPECT_TRUE(problems.all.empty());
		plugin.start();
		LocalDescription description;
		description.name = "somebody";
		description.transports = {"test/1"};
		plugin.describe(description);
	}

	std::unique_ptr<const Identity> identity = identity::KeyIdentity::generate();
	test::FakeContext context;
	Host host;
	LanSignaling plugin;
};

class LanSignalingTest : public test::LoopTest
{
protected:
	void SetUp() override
	{
		if (!test::OwnNetwork::permitted())
			GTEST_SKIP() << "a network of one's own needs root";
		_network.emplace();
	}

	LanNode& add(const std::map<std::string, std::string>& changes = {})
	{
		return *_nodes.emplace_back(std::make_unique<LanNode>(_loop, changes));
	}

	std::optional<test::OwnNetwork> _network;
	std::vector<std::unique_ptr<LanNode>> _nodes;
};

/// A network device that comes, and what leaves by it.
class Tap
{
public:
	Tap(EventLoop& loop, test::OwnNetwork& network, const std::string& name) :
		_device(network.makeTap(name)),
		_watch(loop.watch(_device.value(), EventLoop::READABLE, [this](unsigned) { read(); }))
	{
	}

	/// Whether something has left with one hop to live, from this IPv4 address to the group.
	bool saidBy(const std::string& address) const
	{
		return std::find(_said.begin(), _said.end(), address) != _said.end();
	}

private:
	void read()
	{
		std::array<std::uint8_t, 2048> frame{};
		while (::read(_device.value(), frame.data(), frame.size()) > 42)
		{
			const bool udp = frame[12] == 8 && frame[13] == 0 && frame[23] == IPPROTO_UDP;
			if (udp && frame[22] == 1 && frame[30] == 239 && frame[33] == 76)
				_said.push_back(fmt::format("{}.{}.{}.{}", frame[26], frame[27], frame[28], frame[29]));
		}
	}

	Descriptor _device;
	std::vector<std::string> _said;
	Watch _watch;
};

TEST_F(LanSignalingTest, TwoNodesOfOneMachineMeetAndTalk)
{
	auto& alice = add();
	auto& bob = add();
	ASSERT_NO_FATAL_FAILURE(runUntil([&] { return !alice.host.offers.empty() && !bob.host.offers.empty(); }));
	EXPECT_EQ(alice.host.offers[0].peer, bob.identity->id());
	EXPECT_TRUE(alice.host.offers[0].overLoopback);
	EXPECT_EQ(alice.host.state, SignalingState::Online);
	EXPECT_THAT(alice.host.detail, HasSubstr("the local network on lo, room lobby"));
	const auto large = '"' + std::string(16'000, 'x') + '"';
	const auto session = alice.host.offers[0].session;
	EXPECT_TRUE(alice.plugin.sendSignal(bob.identity->id(), session, large));
	EXPECT_TRUE(bob.plugin.sendSignal(alice.identity->id(), session, "{}"));
	runUntil([&] { return bob.host.signals.size() == 1 && alice.host.signals.size() == 1; });
	EXPECT_THAT(bob.host.signals, ElementsAre(large));
	bob.plugin.stop();
	runUntil([&] { return !alice.host.left.empty(); });
	EXPECT_THAT(alice.host.left, ElementsAre(bob.identity->id()));
	EXPECT_EQ(alice.context.metric("gimlet_lan_peers"), 0);
	EXPECT_EQ(alice.context.metric("gimlet_lan_signals_total", {{"result", "delivered"}}), 1);
}

TEST_F(LanSignalingTest, WithoutANetworkItIsDegraded)
{
	auto& alice = add({{"interfaces", "tap*"}});
	EXPECT_EQ(alice.context.state, PluginState::Degraded);
	EXPECT_EQ(alice.host.state, SignalingState::Offline);
}

TEST_F(LanSignalingTest, ANetworkThatComesIsFoundAndOneThatChangesIsFollowed)
{
	if (!test::OwnNetwork::hasTap())
		GTEST_SKIP() << "no /dev/net/tun";
	auto& alice = add({{"interfaces", "tap*"}});
	Tap tap{_loop, *_network, "tap7"};
	_network->setAddress("tap7", *Endpoint::parse("10.77.0.1:0"));
	_network->up("tap7");
	alice.plugin.networkChanged();
	ASSERT_NO_FATAL_FAILURE(runUntil([&] { return tap.saidBy("10.77.0.1"); }));
	EXPECT_EQ(alice.host.state, SignalingState::Online);
	EXPECT_EQ(alice.context.state, PluginState::Ready);
	_network->setAddress("tap7", *Endpoint::parse("10.78.0.1:0"));
	alice.plugin.networkChanged();
	runUntil([&] { return tap.saidBy("10.78.0.1"); });
}

TEST_F(LanSignalingTest, RoomsAndTokensKeepApart)
{
	auto& alice = add();
	auto& bob = add({{"room", "cellar"}});
	auto& carol = add({{"token", "secret"}});
	auto& dora = add({{"token", "secret"}});
	runUntil([&] { return !carol.host.offers.empty() && !dora.host.offers.empty(); });
	EXPECT_THAT(alice.host.offers, IsEmpty());
	EXPECT_THAT(bob.host.offers, IsEmpty());
	EXPECT_THAT(carol.host.offers, SizeIs(1));
}

}

}
