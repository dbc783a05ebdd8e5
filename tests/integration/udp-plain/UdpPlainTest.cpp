// Transports on real sockets of loopback; the rendezvous is played by the test.
#include "plugins/transport/udp-plain/UdpPlain.h"

#include <gmock/gmock.h>

#include <functional>

#include "node/api/UdpSocket.h"
#include "node/protocol/chat/Datagram.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/support/FakeContext.h"

using namespace gimlet;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace
{

const PeerId ALICE = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const PeerId BOB = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
const PeerId OLD = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";

/// The node around one transport, as far as the transport sees it.
class NodeSide final : public TransportHost
{
public:
	NodeSide(EventLoop& loop, PeerId id, std::map<std::string, std::string> values = {}) :
		own(std::move(id)), context(loop, "udp-plain")
	{
		context.transports = this;
		values.insert({{"listen", "127.0.0.1:0"}, {"keepalive", "15"}, {"lost_after", "60"},
			{"share_host_addresses", "yes"}});
		transport = std::make_unique<udp_plain::UdpPlain>(context);
		transport->configure(test::settings("udp-plain", values), problems);
	}

	~NodeSide() override
	{
		transport->stop();
	}

	Endpoint address() const
	{
		return port->localEndpoint();
	}

	PeerOffer offerOf(const NodeSide& other) const
	{
		PeerOffer offer;
		offer.peer = other.own;
		offer.transport = "udp-plain/1";
		offer.session = "session-of-the-test";
		offer.endpoint = other.address();
		offer.ours = true;
		offer.overLoopback = true;
		return offer;
	}

	bool up(const PeerId& peer) const
	{
		const auto found = links.find(peer);
		return found != links.end() && found->second.state == LinkState::Up;
	}

	double dropped(const char* reason) const
	{
		return context.metric("gimlet_udp_plain_dropped_total", {{"reason", reason}});
	}

	void portOpened(Transport&, Port& opened) override
	{
		port = &opened;
	}
	void portClosed(Transport&, Port&) override
	{
		port = nullptr;
	}
	bool stunReceived(ByteView datagram, const Path& path, TimePoint) override
	{
		stun.emplace_back(asText(datagram));
		stunPath = path;
		return takesStun;
	}
	bool signal(Transport&, const PeerId& to, const std::string& session, const std::string& data) override
	{
		signals.emplace_back(to + " " + session + " " + data);
		return true;
	}
	void linkChanged(Transport&, const PeerId& peer, const LinkStatus& status) override
	{
		links[peer] = status;
		if (onLinkChanged)
			onLinkChanged(peer, status);
	}
	void messageReceived(Transport&, const PeerId& peer, const ChatMessage& message) override
	{
		received.push_back(peer.substr(0, 1) + ":" + message.content);
	}
	void messageAcknowledged(Transport&, const PeerId&, const std::string& id) override
	{
		acknowledged.push_back(id);
	}
	void writable(Transport&, const PeerId& peer) override
	{
		if (onWritable)
			onWritable(peer);
	}
	const PeerId& ownId() const override
	{
		return own;
	}
	bool mayLink(const PeerId& peer) const override
	{
		return !refused || peer != *refused;
	}

	PeerId own;
	test::FakeContext context;
	test::FakeProblems problems;
	std::unique_ptr<udp_plain::UdpPlain> transport;
	Port* port = nullptr;
	std::optional<PeerId> refused;
	bool takesStun = true;
	std::vector<std::string> stun;
	Path stunPath;
	std::vector<std::string> signals;
	std::map<PeerId, LinkStatus> links;
	std::vector<std::string> received;
	std::vector<std::string> acknowledged;
	std::function<void(const PeerId&, const LinkStatus&)> onLinkChanged;
	std::function<void(const PeerId&)> onWritable;
};

class UdpPlainTest : public test::LoopTest
{
protected:
	/// A socket of somebody else.
	UdpSocket stranger{*parseListenAddress("127.0.0.1:0")};

	void link(NodeSide& alice, NodeSide& bob)
	{
		alice.transport->connect(alice.offerOf(bob));
		bob.transport->connect(bob.offerOf(alice));
		runUntil([&] { return alice.up(bob.own) && bob.up(alice.own); });
	}

	void sendTo(const NodeSide& node, const std::string& text)
	{
		ASSERT_EQ(stranger.send(asBytes(text), node.address()), 0);
	}

	/// The next datagram that the stranger gets.
	std::string hear()
	{
		UdpReceiveBatch batch(1, 2000);
		runUntil([&] { return batch.size() == 1 || stranger.receive(batch) == 1; });
		return std::string{asText(batch[0].bytes)};
	}
};

}

TEST_F(UdpPlainTest, TwoNodesInOneProcessLinkAndChatBothWays)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	link(alice, bob);
	EXPECT_EQ(alice.transport->send(BOB, {"1", "hello bob", WallTime{1}}), SendResult::Sent);
	EXPECT_EQ(bob.transport->send(ALICE, {"2", "hello alice", WallTime{2}}), SendResult::Sent);
	runUntil([&] { return !alice.acknowledged.empty() && !bob.acknowledged.empty(); });
	EXPECT_EQ(bob.received, std::vector<std::string>{"a:hello bob"});
	EXPECT_EQ(alice.received, std::vector<std::string>{"b:hello alice"});
	const auto status = alice.transport->status(BOB);
	EXPECT_EQ(status.remote, bob.address());
	EXPECT_EQ(status.local, alice.address());
	EXPECT_TRUE(status.roundTrip);
	EXPECT_GT(status.bytesSent, 0U);
	EXPECT_GT(status.bytesReceived, 0U);
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_links", {{"state", "up"}}), 1);
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_messages_total", {{"direction", "sent"}}), 1);
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_messages_total", {{"direction", "received"}}), 1);
}

TEST_F(UdpPlainTest, ANodeThatEndsIsLostAtOnce)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	link(alice, bob);
	alice.transport->stop();
	runUntil([&] { return bob.links[ALICE].state == LinkState::Lost; });
	EXPECT_THAT(bob.links[ALICE].reason, HasSubstr("the peer ended"));
}

TEST_F(UdpPlainTest, ManyMessagesArriveInOrderThroughTheWindow)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	link(alice, bob);
	int next = 0;
	const auto feed = [&](const PeerId&)
	{
		const auto text = [&] { return std::to_string(next); };
		while (next < 500 && alice.transport->send(BOB, {text(), text(), WallTime{1}}) == SendResult::Sent)
			++next;
	};
	alice.onWritable = feed;
	feed(BOB);
	EXPECT_LT(next, 500);
	runUntil([&] { return bob.received.size() >= 500; });
	for (int i = 0; i < 500; ++i)
		EXPECT_EQ(bob.received[static_cast<std::size_t>(i)], "a:" + std::to_string(i));
}

TEST_F(UdpPlainTest, AWorkerOfTheFirstVersionIsPunchedAndChatsBothWays)
{
	NodeSide node(_loop, ALICE);
	node.transport->start();
	PeerOffer offer;
	offer.peer = OLD;
	offer.transport = "udp-plain/1";
	offer.endpoint = stranger.local();
	offer.overLoopback = true;
	node.transport->connect(offer);
	EXPECT_EQ(hear(), chat::encodePunch(ALICE, 1));
	EXPECT_FALSE(node.up(OLD));
	sendTo(node, chat::encodePunch(OLD, 1));
	runUntil([&] { return node.up(OLD); });
	EXPECT_THAT(hear(), HasSubstr("P2P_HOLE_PUNCH_PING_FROM_" + ALICE));
	sendTo(node, R"({"type": "chat_message", "from_worker_id": ")" + OLD + R"(", "content": "hi"})");
	runUntil([&] { return !node.received.empty(); });
	EXPECT_EQ(node.received, std::vector<std::string>{"c:hi"});
	EXPECT_EQ(node.transport->send(OLD, {"", "hello", WallTime{0}}), SendResult::Sent);
	EXPECT_EQ(hear(), R"({"type":"chat_message","from_worker_id":")" + ALICE + R"(","content":"hello"})");
	EXPECT_FALSE(node.transport->status(OLD).acknowledges);
	EXPECT_TRUE(node.signals.empty()) << "it would not understand them";
}

TEST_F(UdpPlainTest, DatagramsAreToldApartByTheirFirstByte)
{
	NodeSide node(_loop, ALICE);
	node.transport->start();
	sendTo(node, std::string("\x01\x01 stun", 7));
	runUntil([&] { return !node.stun.empty(); });
	EXPECT_EQ(node.stunPath.remote, stranger.local());
	EXPECT_EQ(node.stunPath.local, node.address());
	EXPECT_EQ(node.stunPath.port, node.port);
	node.takesStun = false;
	sendTo(node, std::string("\x00\x01 stun", 7));
	sendTo(node, "\x16\xfe\xfd DTLS");
	sendTo(node, "Q");
	sendTo(node, "");
	sendTo(node, "{\"type\":");
	sendTo(node, "P2P");
	sendTo(node, chat::encodePunch(BOB, 1));
	sendTo(node, std::string(1500, '\x90'));
	runUntil([&] { return node.dropped("not_plain") >= 4; });
	EXPECT_EQ(node.dropped("not_plain"), 4);
	EXPECT_EQ(node.dropped("unknown_stun"), 1);
	EXPECT_EQ(node.dropped("malformed"), 2);
	EXPECT_EQ(node.dropped("unknown_sender"), 1);
	EXPECT_EQ(node.context.metric("gimlet_udp_plain_datagrams_total", {{"direction", "received"}}), 9);
	EXPECT_TRUE(node.links.empty());
}

TEST_F(UdpPlainTest, AStrangerWhoNamesAPeerIsDroppedAndCounted)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	link(alice, bob);
	// Another worker's id, from an address that no offer named for it.
	sendTo(alice, chat::encodeText(OLD, {"m", "let me in", WallTime{0}}));
	// The right id from the right host is bob, whose NAT might have changed its port.
	sendTo(alice, chat::encodeText(BOB, {"m", "from another port", WallTime{0}}));
	runUntil([&] { return !alice.received.empty(); });
	EXPECT_EQ(alice.received, std::vector<std::string>{"b:from another port"});
	EXPECT_EQ(alice.dropped("unknown_sender"), 1);
}

TEST_F(UdpPlainTest, TheDefaultPortMayBeTakenButNotOneThatWasAskedFor)
{
	// The default is stood in for by a port that is certainly taken.
	const auto taken = stranger.local().toString();
	auto settings = test::settings("udp-plain",
		{{"listen", taken}, {"keepalive", "15"}, {"lost_after", "60"}, {"share_host_addresses", "yes"}});
	NodeSide asked(_loop, ALICE, {{"listen", taken}});
	try
	{
		asked.transport->start();
		FAIL() << "started on a port that is taken";
	}
	catch (const PluginError& error)
	{
		EXPECT_THAT(error.what(), HasSubstr(taken));
		EXPECT_THAT(error.what(), HasSubstr("INTERNAL_UDP_PORT"));
	}
	EXPECT_EQ(asked.port, nullptr);

	NodeSide unasked(_loop, BOB);
	std::map<std::string, Settings::Value> values;
	for (const char* key : {"listen", "keepalive", "lost_after", "share_host_addresses"})
		values[key] = settings.value(key);
	values["listen"].origin = Origin::Default;
	unasked.transport->configure(Settings{"udp-plain", values}, unasked.problems);
	unasked.transport->start();
	ASSERT_NE(unasked.port, nullptr);
	EXPECT_NE(unasked.address().port(), stranger.local().port());
	EXPECT_TRUE(unasked.address().isLoopback());
}

TEST_F(UdpPlainTest, StoppedItHoldsNothingAndCanBeStartedAgain)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->stop(); // legal before any start
	alice.transport->start();
	bob.transport->start();
	link(alice, bob);
	const auto address = alice.address();
	alice.transport->stop();
	alice.transport->stop();
	EXPECT_EQ(alice.port, nullptr);
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_links", {{"state", "up"}}), 0);
	EXPECT_EQ(alice.transport->send(BOB, {"1", "x", WallTime{0}}), SendResult::NotLinked);
	EXPECT_NO_THROW(UdpSocket({.endpoint = address, .port = address.port()})) << "its port is free again";
	alice.transport->start();
	link(alice, bob);
}

TEST_F(UdpPlainTest, ALinkMayBeEndedByWhoeverHearsOfIt)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	bool ended = false;
	alice.onLinkChanged = [&](const PeerId& peer, const LinkStatus& status)
	{
		if (status.state != LinkState::Up)
			return;
		alice.transport->disconnect(peer);
		ended = true;
	};
	alice.transport->connect(alice.offerOf(bob));
	bob.transport->connect(bob.offerOf(alice));
	runUntil([&] { return ended; });
	EXPECT_EQ(alice.transport->status(BOB).state, LinkState::Waiting);
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_links", {{"state", "up"}}), 0);
	runUntil([&] { return alice.dropped("unknown_sender") > 0; });
}

TEST_F(UdpPlainTest, OnlyThosePeersAreTriedWhoMayBe)
{
	NodeSide alice(_loop, ALICE);
	alice.refused = BOB;
	alice.transport->start();
	PeerOffer offer;
	offer.peer = BOB;
	offer.endpoint = stranger.local();
	offer.overLoopback = true;
	alice.transport->connect(offer);
	offer.peer = ALICE;
	alice.transport->connect(offer);
	EXPECT_TRUE(alice.links.empty());
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_datagrams_total", {{"direction", "sent"}}), 0);
}

TEST_F(UdpPlainTest, CandidatesAreToldToOursAndTriedWhenTheyCome)
{
	NodeSide alice(_loop, ALICE);
	NodeSide bob(_loop, BOB);
	alice.transport->start();
	bob.transport->start();
	auto offer = alice.offerOf(bob);
	offer.endpoint = Endpoint::parse("127.0.0.1:9"); // nobody is there
	alice.transport->connect(offer);
	ASSERT_EQ(alice.signals.size(), 0U) << "loopback is no candidate, and nothing else is known yet";
	const Candidate reflexive{CandidateType::ServerReflexive, *Endpoint::parse("192.0.2.7:40001"),
		alice.address(), alice.port, "the test"};
	alice.transport->candidateFound(reflexive);
	ASSERT_EQ(alice.signals.size(), 1U);
	EXPECT_EQ(alice.signals[0], BOB + R"( session-of-the-test {"candidates":["192.0.2.7:40001"]})");
	bob.transport->connect(bob.offerOf(alice));
	alice.transport->signalReceived(BOB, "session-of-the-test", "nonsense");
	alice.transport->signalReceived(OLD, "session-of-the-test", R"({"candidates":[]})");
	EXPECT_EQ(alice.context.metric("gimlet_udp_plain_bad_signals_total"), 2);
	alice.transport->signalReceived(
		BOB, "session-of-the-test", R"({"candidates":[")" + bob.address().toString() + R"("]})");
	runUntil([&] { return alice.up(BOB) && bob.up(ALICE); });
	alice.transport->candidateLost(reflexive);
	EXPECT_EQ(alice.signals.size(), 1U);
}

TEST_F(UdpPlainTest, AWildcardSocketServesBothFamilies)
{
	NodeSide alice(_loop, ALICE, {{"listen", "*:0"}});
	NodeSide bob(_loop, BOB, {{"listen", "[::1]:0"}});
	alice.transport->start();
	bob.transport->start();
	EXPECT_TRUE(alice.port->supports(AF_INET));
	EXPECT_TRUE(alice.port->supports(AF_INET6));
	alice.transport->connect(alice.offerOf(bob));
	auto offer = bob.offerOf(alice);
	offer.endpoint = Endpoint::loopback(AF_INET6, alice.address().port());
	bob.transport->connect(offer);
	runUntil([&] { return alice.up(BOB) && bob.up(ALICE); });
}

TEST_F(UdpPlainTest, TooLargeSaysBothNumbers)
{
	NodeSide alice(_loop, ALICE);
	const ChatMessage fits{
		std::string(36, 'i'), std::string(alice.transport->maxMessage(), 'x'), WallTime{1'700'000'000'000}};
	EXPECT_EQ(alice.transport->tooLarge(BOB, fits), "");
	auto large = fits;
	large.content += 'x';
	EXPECT_THAT(alice.transport->tooLarge(BOB, large), testing::AllOf(HasSubstr("1201"), HasSubstr("1200")));
	EXPECT_EQ(alice.transport->protocol(), "udp-plain/1");
	EXPECT_FALSE(alice.transport->encrypts());
}

TEST_F(UdpPlainTest, ALinkMustBeAllowedToBeQuietForLongerThanAKeepalive)
{
	NodeSide alice(_loop, ALICE, {{"keepalive", "20"}, {"lost_after", "20"}});
	ASSERT_EQ(alice.problems.all.size(), 1U);
	EXPECT_THAT(alice.problems.all[0], HasSubstr("lost_after"));
}
