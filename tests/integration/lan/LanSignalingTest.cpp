// The plugin on real sockets, in a network of its own where loopback carries multicast.
#include "plugins/signaling/lan/LanSignaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/identity/KeyIdentity.h"
#include "tests/support/FakeContext.h"
#include "tests/support/LoopThread.h"
#include "tests/support/OwnNetwork.h"

namespace gimlet::lan
{

namespace
{

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto DEADLINE = 20s; // a bound of failure; what is waited for takes milliseconds

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

/// A node of which only this plugin is real; made and asked on its loop.
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

class LanSignalingTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (!test::OwnNetwork::permitted())
			GTEST_SKIP() << "a network of one's own needs root";
		_network.emplace();
		_thread.emplace();
	}

	void TearDown() override
	{
		if (_thread)
			_thread->run([this] { _nodes.clear(); });
	}

	LanNode& add(const std::map<std::string, std::string>& changes = {})
	{
		return *_thread->run(
			[&] { return _nodes.emplace_back(std::make_unique<LanNode>(_thread->loop(), changes)).get(); });
	}

	template <typename Condition>
	bool waitFor(Condition condition)
	{
		const auto end = Clock::now() + DEADLINE;
		while (Clock::now() < end)
		{
			if (_thread->run(condition))
				return true;
			std::this_thread::sleep_for(5ms);
		}
		return false;
	}

	std::optional<test::OwnNetwork> _network;
	std::optional<test::LoopThread> _thread;
	std::vector<std::unique_ptr<LanNode>> _nodes;
};

TEST_F(LanSignalingTest, TwoNodesOfOneMachineMeetAndTalk)
{
	auto& alice = add();
	auto& bob = add();
	ASSERT_TRUE(waitFor([&] { return !alice.host.offers.empty() && !bob.host.offers.empty(); }));
	EXPECT_EQ(alice.host.offers[0].peer, bob.identity->id());
	EXPECT_TRUE(alice.host.offers[0].overLoopback);
	EXPECT_EQ(alice.host.state, SignalingState::Online);
	EXPECT_THAT(alice.host.detail, HasSubstr("the local network on lo, room lobby"));
	const auto large = '"' + std::string(16'000, 'x') + '"';
	const auto session = alice.host.offers[0].session;
	EXPECT_TRUE(_thread->run([&] { return alice.plugin.sendSignal(bob.identity->id(), session, large); }));
	EXPECT_TRUE(_thread->run([&] { return bob.plugin.sendSignal(alice.identity->id(), session, "{}"); }));
	EXPECT_TRUE(waitFor([&] { return bob.host.signals.size() == 1 && alice.host.signals.size() == 1; }));
	EXPECT_EQ(_thread->run([&] { return bob.host.signals; }), std::vector{large});
	_thread->run([&] { bob.plugin.stop(); });
	EXPECT_TRUE(waitFor([&] { return alice.host.left == std::vector{bob.identity->id()}; }));
	EXPECT_EQ(_thread->run([&] { return alice.context.metric("gimlet_lan_peers"); }), 0);
	EXPECT_EQ(_thread->run(
				  [&] {
					  return alice.context.metric("gimlet_lan_signals_total", {{"result", "delivered"}});
				  }),
		1);
}

TEST_F(LanSignalingTest, WithoutANetworkItIsDegradedAndFindsTheOneThatComes)
{
	auto& alice = add({{"interfaces", "tap*"}});
	EXPECT_EQ(alice.context.state, PluginState::Degraded);
	EXPECT_EQ(alice.host.state, SignalingState::Offline);
	if (!test::OwnNetwork::hasTap())
		GTEST_SKIP() << "no /dev/net/tun";
	const Descriptor device{_network->makeTap("tap7")};
	_network->setAddress("tap7", *Endpoint::parse("10.77.0.1:0"));
	_network->up("tap7");
	_thread->run([&] { alice.plugin.networkChanged(); });
	EXPECT_TRUE(waitFor([&] { return alice.host.state == SignalingState::Online; }));
	EXPECT_EQ(_thread->run([&] { return alice.context.state; }), PluginState::Ready);
	// What it says leaves with one hop to live, for the group.
	std::array<std::uint8_t, 2048> frame{};
	EXPECT_TRUE(waitFor(
		[&]
		{
			const auto length = read(device.value(), frame.data(), frame.size());
			return length > 42 && frame[12] == 8 && frame[13] == 0 && frame[23] == IPPROTO_UDP &&
				   frame[22] == 1 && frame[30] == 239 && frame[33] == 76;
		}));
	_network->setAddress("tap7", *Endpoint::parse("10.78.0.1:0"));
	_thread->run([&] { alice.plugin.networkChanged(); });
	EXPECT_EQ(_thread->run([&] { return alice.context.metric("gimlet_lan_interfaces") >= 1; }), true);
}

TEST_F(LanSignalingTest, RoomsAndTokensKeepApart)
{
	auto& alice = add();
	auto& bob = add({{"room", "cellar"}});
	auto& carol = add({{"token", "secret"}});
	auto& dora = add({{"token", "secret"}});
	ASSERT_TRUE(waitFor([&] { return !carol.host.offers.empty() && !dora.host.offers.empty(); }));
	EXPECT_TRUE(_thread->run([&] { return alice.host.offers.empty() && bob.host.offers.empty(); }));
	EXPECT_TRUE(_thread->run([&] { return carol.host.offers.size() == 1; }));
}

}

}
