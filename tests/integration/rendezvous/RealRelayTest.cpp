#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "node/protocol/relay/Address.h"
#include "tests/integration/rendezvous/RealRendezvous.h"
#include "tests/support/Certificates.h"

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

namespace gimlet::rendezvous_client
{

namespace
{

/// What the relay takes for DTLS (RFC 7983), with something to tell one from another.
Buffer datagram(const std::string& text)
{
	Buffer bytes{22};
	bytes.insert(bytes.end(), text.begin(), text.end());
	return bytes;
}

/// Two nodes that exchange datagrams through the relay of the shipped rendezvous.
class RealRelayTest : public RealRendezvousTest
{
protected:
	static bool reachable(const test::RendezvousNode& node)
	{
		return !node.discoveries.reports.empty() &&
			   node.discoveries.reports.back().starts_with("found relayed");
	}

	void waitUntilReachable()
	{
		runUntil([this] { return reachable(_alice) && reachable(_bob); });
	}

	static Port& portOf(const test::RendezvousNode& node)
	{
		return *node.discoveries.offered.at(0);
	}

	/// Sends until one has arrived, for the relay may know the other side a moment later than we do.
	void expectDatagram(const test::RendezvousNode& from, test::RendezvousNode& to, const std::string& text)
	{
		const auto bytes = datagram(text);
		const auto arrived = [&]
		{
			for (const auto& [path, received] : to.discoveries.received)
				if (received == bytes && path.remote == portOf(from).localEndpoint() &&
					path.port == &portOf(to))
					return true;
			return false;
		};
		Timer again;
		const std::function<void()> send = [&]
		{
			portOf(from).send(bytes, portOf(to).localEndpoint());
			again = _loop.after(100ms, send);
		};
		send();
		runUntil(arrived);
	}
};

/// Beside one member's datagrams for the other, as many as the relay takes, both signal to each other.
class BulkTest : public RealRelayTest
{
protected:
	void link(const std::string& rate)
	{
		startServer({"rendezvous-server.relay_rate=" + rate});
		_alice.start({{"url", url()}});
		_bob.start({{"url", url()}});
		waitUntilReachable();
		waitForOffers(1);
		expectDatagram(_alice, _bob, "first");
	}

	void push()
	{
		while (portOf(_alice).send(_datagram, portOf(_bob).localEndpoint()))
			continue;
		_carried += std::exchange(_bob.discoveries.received, {}).size();
		_again = _loop.after(1ms, [this] { push(); });
	}

	/// @return How long the slowest of many signals took.
	Duration signal(int count)
	{
		Duration slowest{};
		for (int i = 0; i < count && !HasFatalFailure(); ++i)
		{
			auto& from = i % 2 ? _bob : _alice;
			auto& to = i % 2 ? _alice : _bob;
			const auto sent = Clock::now();
			EXPECT_TRUE(from.plugin.sendSignal(to.node.ownId, from.host.offers.back().session, "{}"));
			runUntil([&] { return !to.host.signals.empty(); });
			slowest = std::max(slowest, Clock::now() - sent);
			to.host.signals.clear();
		}
		return slowest;
	}

	void expectSignalsBesideBulk(const std::string& rate)
	{
		// Signals take some milliseconds beside bulk where nothing else goes on.
		constexpr std::chrono::milliseconds TARGET{250};
		constexpr int SIGNALS = 60; // no more than message_rate lets through at once
		link(rate);
		push();
		runUntil([this] { return _carried > 1000; });
		const auto before = _carried;
		const std::chrono::duration<double, std::milli> slowest = signal(SIGNALS);
		EXPECT_LE(slowest, 4 * TARGET);
		std::printf("relay_rate %s: the slowest of %d signals took %.1f ms, beside %zu datagrams\n",
			rate.c_str(), SIGNALS, slowest.count(), _carried - before);
		EXPECT_GT(_carried, before);
		EXPECT_GT(_alice.context.metric(
					  "gimlet_rendezvous_relay_dropped_datagrams_total", {{"reason", "congested"}}),
			0)
			<< "it was pushed as fast as it goes";
	}

	const Buffer _datagram = datagram(std::string(1199, 'x'));
	std::size_t _carried = 0;
	Timer _again;
};

TEST_F(RealRelayTest, TwoNodesExchangeDatagrams)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitUntilReachable();
	EXPECT_EQ(portOf(_alice).localEndpoint(), relay::addressOf(relay::keyOf("lobby", _alice.node.ownId)));
	EXPECT_EQ(portOf(_bob).localEndpoint(), relay::addressOf(relay::keyOf("lobby", _bob.node.ownId)));
	expectDatagram(_alice, _bob, "hello");
	expectDatagram(_bob, _alice, std::string(1499, 'x'));
	EXPECT_GE(_bob.context.metric("gimlet_rendezvous_relay_datagrams_total", {{"direction", "received"}}), 1);
}

TEST_F(RealRelayTest, OffersSayFromWhereAPeerIsConnected)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitForOffers(1);
	EXPECT_THAT(
		_alice.host.offers.front().seen, testing::ElementsAre(*Endpoint::parseAddress("127.0.0.1", 0)));
}

TEST_F(RealRelayTest, ComesBackWithTheSameAddressWhenTheRendezvousDoes)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitUntilReachable();
	const auto& port = portOf(_alice);
	const auto address = port.localEndpoint();
	_server->signal(SIGKILL);
	runUntil([&] { return _alice.context.metric("gimlet_rendezvous_relay_online") == 0; });
	startServer({}, std::string{_address});
	runUntil(
		[&]
		{
			return _alice.context.metric("gimlet_rendezvous_relay_online") == 1 &&
				   _bob.context.metric("gimlet_rendezvous_relay_online") == 1;
		});
	EXPECT_EQ(&portOf(_alice), &port);
	EXPECT_EQ(port.localEndpoint(), address);
	expectDatagram(_alice, _bob, "again");
	expectDatagram(_bob, _alice, "again");
}

TEST_F(RealRelayTest, CarriesManyDatagramsInOrder)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitUntilReachable();
	expectDatagram(_alice, _bob, "first");
	_bob.discoveries.received.clear();
	constexpr std::size_t MANY = 300;
	for (std::size_t i = 0; i < MANY; ++i)
		EXPECT_TRUE(portOf(_alice).send(datagram(std::to_string(i)), portOf(_bob).localEndpoint()));
	runUntil([&] { return _bob.discoveries.received.size() == MANY; });
	for (std::size_t i = 0; i < MANY; ++i)
		EXPECT_EQ(_bob.discoveries.received[i].second, datagram(std::to_string(i)));
}

TEST_F(BulkTest, NeverStarvesSignaling)
{
	expectSignalsBesideBulk("2M");
}

TEST_F(BulkTest, NeverStarvesSignalingWithoutARateEither)
{
	expectSignalsBesideBulk("0");
}

TEST_F(RealRelayTest, OverTls)
{
	const test::CertificateAuthority authority;
	const auto certificate = authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
	startServer({"http.certificate=" + _folder.write("certificate.pem", certificate.certificate),
		"http.private_key=" + _folder.write("key.pem", certificate.key)});
	const auto caFile = _folder.write("ca.pem", authority.certificate());
	_alice.start({{"url", url("https")}, {"ca_file", caFile}});
	_bob.start({{"url", url("https")}, {"ca_file", caFile}});
	waitUntilReachable();
	expectDatagram(_alice, _bob, "hello");
}

TEST_F(RealRelayTest, RoomsAreApart)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}, {"room", "attic"}});
	waitUntilReachable();
	portOf(_alice).send(datagram("not for you"), portOf(_bob).localEndpoint());
	_bob.plugin.reconfigure(_bob.settingsWith({{"room", "lobby"}}));
	EXPECT_TRUE(_bob.discoveries.offered.empty()) << "its place is in the other room";
	runUntil([&] { return !_bob.discoveries.offered.empty() && reachable(_bob); });
	expectDatagram(_alice, _bob, "for you");
	for (const auto& [path, received] : _bob.discoveries.received)
		EXPECT_EQ(received, datagram("for you"));
}

TEST_F(RealRelayTest, ARendezvousWithoutARelayIsSaidToHaveNone)
{
	startServer({"rendezvous-server.relay=off"});
	_alice.start({{"url", url()}});
	runUntil(
		[this]
		{
			return std::any_of(_alice.context.facts.begin(), _alice.context.facts.end(),
				[](const auto& fact) { return fact.text == "the rendezvous has none"; });
		});
	EXPECT_TRUE(_alice.discoveries.offered.empty());
}

TEST_F(RealRelayTest, TurnServersComeWithTheWelcome)
{
	startServer({"rendezvous-server.turn_urls=turn:t.test:3478?transport=udp, turns:t.test",
		"rendezvous-server.turn_secret=0123456789abcdef"});
	_alice.start({{"url", url()}});
	runUntil([this] { return !_alice.host.turnServers.empty(); });
	ASSERT_THAT(_alice.host.turnServers, SizeIs(2));
	EXPECT_EQ(_alice.host.turnServers[0].url, "turn:t.test:3478?transport=udp");
	EXPECT_EQ(_alice.host.turnServers[1].url, "turns:t.test");
	EXPECT_THAT(_alice.host.turnServers[0].user, HasSubstr(_alice.node.ownId));
	EXPECT_FALSE(_alice.host.turnServers[0].password.empty());
}

}

}
