#include "node/core/NodeCore.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "tests/support/ManualLoop.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

const PeerId OWN = "00000000-0000-4000-8000-000000000001";
const PeerId ALICE = "00000000-0000-4000-8000-00000000000a";
const PeerId BOB = "00000000-0000-4000-8000-00000000000b";

class RecordingPort final : public Port
{
public:
	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return *Endpoint::parse("127.0.0.1:5000");
	}
	bool supports(int family) const override
	{
		return family == AF_INET;
	}
	bool send(ByteView, const Endpoint&) override
	{
		return true;
	}
};

class RecordingTransport final : public Transport
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	std::string protocol() const override
	{
		return "test/1";
	}
	std::string tooLarge(const PeerId&, const ChatMessage& message) const override
	{
		return message.content.size() > 20 ? "over 20 bytes" : "";
	}
	void connect(const PeerOffer& offer) override
	{
		offers.push_back(offer);
	}
	void signalReceived(const PeerId& peer, const std::string&, const std::string& data) override
	{
		signals.push_back(peer + ":" + data);
	}
	void peerLeft(const PeerId& peer) override
	{
		left.push_back(peer);
	}
	void candidateFound(const Candidate&) override {}
	void candidateLost(const Candidate&) override {}
	SendResult send(const PeerId& peer, const ChatMessage& message) override
	{
		const auto result = answer;
		if (result == SendResult::Sent)
			sent.push_back(peer.substr(35) + ":" + message.content);
		if (const auto news = std::exchange(duringNextSend, nullptr))
			news();
		return result;
	}
	LinkStatus status(const PeerId& peer) const override
	{
		const auto found = links.find(peer);
		return found == links.end() ? LinkStatus{} : found->second;
	}
	void disconnect(const PeerId& peer) override
	{
		disconnected.push_back(peer);
	}

	void link(NodeCore& node, const PeerId& peer, LinkState state, bool acknowledges = true)
	{
		links[peer].state = state;
		links[peer].acknowledges = acknowledges;
		node.linkChanged(*this, peer, links[peer]);
	}

	SendResult answer = SendResult::Sent;
	/// What a transport learns from the network and tells while it is inside send().
	std::function<void()> duringNextSend;
	std::vector<PeerOffer> offers;
	std::vector<std::string> signals;
	std::vector<PeerId> left;
	std::vector<PeerId> disconnected;
	std::vector<std::string> sent;
	std::map<PeerId, LinkStatus> links;
};

class RecordingSignaling final : public Signaling
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	void describe(const LocalDescription& description) override
	{
		descriptions.push_back(description);
	}
	bool sendSignal(const PeerId& to, const std::string&, const std::string& data) override
	{
		signals.push_back(to + ":" + data);
		return true;
	}

	std::vector<LocalDescription> descriptions;
	std::vector<std::string> signals;
};

class RecordingDiscovery final : public Discovery
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	void portOpened(Port& port) override
	{
		ports.push_back(&port);
	}
	void portClosed(Port& port) override
	{
		std::erase(ports, &port);
	}
	bool onDatagram(ByteView, const Path&, TimePoint) override
	{
		return takes;
	}
	void refresh() override
	{
		++refreshes;
	}

	std::vector<Port*> ports;
	bool takes = true;
	int refreshes = 0;
};

class RecordingObserver final : public NodeObserver
{
public:
	void peerChanged(const PeerInfo& peer) override
	{
		states.push_back(toString(peer.link.state));
	}
	void peerForgotten(const PeerId& peer) override
	{
		forgotten.push_back(peer);
	}
	void messageReceived(const PeerId&, const ChatMessage& message, WallTime) override
	{
		received.push_back(message.content);
	}
	void deliveryChanged(const PeerId&, const std::string& id, Delivery delivery, const std::string&) override
	{
		deliveries.push_back(id + " " + toString(delivery));
	}
	void notice(const std::string& text) override
	{
		notices.push_back(text);
	}

	std::vector<std::string> states;
	std::vector<PeerId> forgotten;
	std::vector<std::string> received;
	std::vector<std::string> deliveries;
	std::vector<std::string> notices;
};

class NodeCoreTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	std::set<PeerId> _allowed;
	RecordingTransport _transport;
	RecordingSignaling _signaling;
	RecordingDiscovery _discovery;
	RecordingPort _port;
	RecordingObserver _observer;
	std::unique_ptr<NodeCore> _node;

	void SetUp() override
	{
		start({});
	}

	void start(std::set<PeerId> allowed)
	{
		_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
			NodeCore::Options{.id = OWN, .name = "own", .version = "1", .peers = std::move(allowed)});
		_node->attach(_transport);
		_node->attach(_signaling);
		_node->attach(_discovery);
		_node->addObserver(_observer);
	}

	void offer(const PeerId& peer)
	{
		_node->peerOffered(_signaling, {.peer = peer,
										   .name = "",
										   .transport = "test/1",
										   .session = "s",
										   .endpoint = {},
										   .ours = true,
										   .overLoopback = false});
	}

	Node::SendOutcome say(
		const std::string& content, const std::string& id = {}, std::optional<PeerId> to = {})
	{
		return _node->send(to, content, id, nullptr);
	}
};

TEST_F(NodeCoreTest, LendsPortsToDiscoveryAndDescribesWhatItFinds)
{
	_node->portOpened(_transport, _port);
	ASSERT_EQ(_discovery.ports.size(), 1U);
	EXPECT_TRUE(_node->stunReceived({}, {}, _loop.now()));
	_node->candidateFound(
		{CandidateType::ServerReflexive, *Endpoint::parse("192.0.2.1:7"), {}, &_port, "test"});
	EXPECT_EQ(_signaling.descriptions.back().endpoint, Endpoint::parse("192.0.2.1:7"));
	EXPECT_EQ(_signaling.descriptions.back().transports, std::vector<std::string>{"test/1"});
	_node->portClosed(_transport, _port);
	EXPECT_TRUE(_discovery.ports.empty());
	EXPECT_TRUE(_node->candidates().empty());
}

TEST_F(NodeCoreTest, AnnouncesItsOwnAddressWhenDiscoveryFindsNothing)
{
	_node->portOpened(_transport, _port);
	EXPECT_FALSE(_signaling.descriptions.back().endpoint);
	_loop.advance(3s);
	EXPECT_EQ(_signaling.descriptions.back().endpoint, Endpoint::parse("127.0.0.1:5000"));
	_node->candidateFound(
		{CandidateType::ServerReflexive, *Endpoint::parse("192.0.2.1:7"), {}, &_port, "test"});
	EXPECT_EQ(_signaling.descriptions.back().endpoint, Endpoint::parse("192.0.2.1:7"));
}

TEST_F(NodeCoreTest, ADiscoveryThatComesLateLearnsOfOpenPorts)
{
	_node->portOpened(_transport, _port);
	RecordingDiscovery late;
	_node->attach(late);
	EXPECT_EQ(late.ports.size(), 1U);
	_node->detach(late);
}

TEST_F(NodeCoreTest, OffersReachTheTransportThatBothSpeak)
{
	offer(ALICE);
	ASSERT_EQ(_transport.offers.size(), 1U);
	_node->signalReceived(_signaling, ALICE, "s", "{}");
	EXPECT_EQ(_transport.signals, std::vector<std::string>{ALICE + ":{}"});
	EXPECT_TRUE(_node->signal(_transport, ALICE, "s", "[]"));
	EXPECT_EQ(_signaling.signals, std::vector<std::string>{ALICE + ":[]"});
}

TEST_F(NodeCoreTest, AnOfferForAnotherTransportIsToldToThePerson)
{
	_node->peerOffered(_signaling, {.peer = ALICE,
									   .name = "",
									   .transport = "other/9",
									   .session = "",
									   .endpoint = {},
									   .ours = true,
									   .overLoopback = false});
	EXPECT_TRUE(_transport.offers.empty());
	ASSERT_EQ(_observer.notices.size(), 1U);
	EXPECT_NE(_observer.notices[0].find("other/9"), std::string::npos);
}

TEST_F(NodeCoreTest, ItsOwnIdAndIdsThatAreNotAllowedAreNotLinked)
{
	start({BOB});
	offer(OWN);
	offer(ALICE);
	EXPECT_TRUE(_transport.offers.empty());
	offer(BOB);
	EXPECT_EQ(_transport.offers.size(), 1U);
}

TEST_F(NodeCoreTest, AllowedIdsMayBeSpeltInCapitals)
{
	start({"00000000-0000-4000-8000-00000000000A"});
	offer(ALICE);
	offer(BOB);
	ASSERT_EQ(_transport.offers.size(), 1U);
	EXPECT_EQ(_transport.offers[0].peer, ALICE);
}

TEST_F(NodeCoreTest, WithoutALinkNothingIsAcceptedForEverybody)
{
	offer(ALICE);
	EXPECT_EQ(say("hello").error, "Not connected to a P2P peer.");
	EXPECT_EQ(say(" \n").error, "Cannot send empty message.");
	EXPECT_EQ(say("hello", "", BOB).error, "No such peer.");
	EXPECT_FALSE(say("\xff\xfe").error.empty());
}

TEST_F(NodeCoreTest, AMessageForANamedPeerWaitsForTheLink)
{
	offer(ALICE);
	EXPECT_EQ(say("hello", "1", ALICE).accepted, std::vector<PeerId>{ALICE});
	EXPECT_TRUE(_transport.sent.empty());
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_EQ(_transport.sent, std::vector<std::string>{"a:hello"});
	_node->messageAcknowledged(_transport, ALICE, "1");
	EXPECT_EQ(_observer.deliveries, (std::vector<std::string>{"1 queued", "1 sent", "1 delivered"}));
	EXPECT_EQ(_node->peers()[0].queued, 0U);
}

TEST_F(NodeCoreTest, UnacknowledgedMessagesAreSentAgainOverANewLink)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	say("one", "1");
	say("two", "2");
	_node->messageAcknowledged(_transport, ALICE, "1");
	_transport.link(*_node, ALICE, LinkState::Lost);
	EXPECT_EQ(_discovery.refreshes, 1);
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_EQ(_transport.sent, (std::vector<std::string>{"a:one", "a:two", "a:two"}));
}

TEST_F(NodeCoreTest, AWorkerThatNeverAcknowledgesIsSaidToBeUnconfirmed)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up, false);
	say("one", "1");
	EXPECT_EQ(_observer.deliveries, std::vector<std::string>{"1 unconfirmed"});
	_transport.link(*_node, ALICE, LinkState::Lost, false);
	_transport.link(*_node, ALICE, LinkState::Up, false);
	EXPECT_EQ(_transport.sent.size(), 1U);
}

TEST_F(NodeCoreTest, ACongestedTransportGetsTheRestWhenItIsWritable)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	_transport.answer = SendResult::Congested;
	say("one", "1");
	EXPECT_TRUE(_transport.sent.empty());
	_transport.answer = SendResult::Sent;
	_node->writable(_transport, ALICE);
	EXPECT_EQ(_transport.sent, std::vector<std::string>{"a:one"});
}

TEST_F(NodeCoreTest, AnAcknowledgementMayComeWhileTheMessageIsSentAgain)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	say("one", "1");
	_transport.link(*_node, ALICE, LinkState::Silent);
	_observer.deliveries.clear();
	_transport.duringNextSend = [this] { _node->messageAcknowledged(_transport, ALICE, "1"); };
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_EQ(_transport.sent, (std::vector<std::string>{"a:one", "a:one"}));
	EXPECT_EQ(_observer.deliveries, std::vector<std::string>{"1 delivered"});
	say("two", "2");
	EXPECT_EQ(_transport.sent.back(), "a:two");
	EXPECT_EQ(_node->peers()[0].queued, 1U);
}

TEST_F(NodeCoreTest, ATransportThatIsWritableInsideSendGetsEachMessageOnceInOrder)
{
	offer(ALICE);
	for (const auto* text : {"one", "two", "three"})
		say(text, text, ALICE);
	_transport.duringNextSend = [this] { _node->writable(_transport, ALICE); };
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_EQ(_transport.sent, (std::vector<std::string>{"a:one", "a:two", "a:three"}));
}

TEST_F(NodeCoreTest, WritableInsideACongestedSendIsNotForgotten)
{
	offer(ALICE);
	say("one", "1", ALICE);
	_transport.answer = SendResult::Congested;
	_transport.duringNextSend = [this]
	{
		_transport.answer = SendResult::Sent;
		_node->writable(_transport, ALICE);
	};
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_EQ(_transport.sent, std::vector<std::string>{"a:one"});
}

TEST_F(NodeCoreTest, ALinkThatComesUpAnewInsideSendLosesNothing)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	say("one", "1");
	_transport.duringNextSend = [this]
	{
		_transport.link(*_node, ALICE, LinkState::Lost);
		_transport.link(*_node, ALICE, LinkState::Up);
	};
	say("two", "2");
	EXPECT_EQ(_transport.sent, (std::vector<std::string>{"a:one", "a:two", "a:one", "a:two"}));
	EXPECT_EQ(_node->peers()[0].queued, 2U);
}

TEST_F(NodeCoreTest, EverybodyMeansEveryLinkedPeer)
{
	offer(ALICE);
	offer(BOB);
	_transport.link(*_node, ALICE, LinkState::Up);
	_transport.link(*_node, BOB, LinkState::Up);
	EXPECT_EQ(say("hi").accepted.size(), 2U);
	EXPECT_EQ(_transport.sent, (std::vector<std::string>{"a:hi", "b:hi"}));
}

TEST_F(NodeCoreTest, AnIdIsAcceptedOnceAndTooLargeIsRefusedByTheTransport)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	EXPECT_TRUE(say("one", "1").error.empty());
	EXPECT_FALSE(say("one", "1").error.empty());
	EXPECT_EQ(say(std::string(21, 'x')).error, "over 20 bytes");
	EXPECT_EQ(_transport.sent.size(), 1U);
}

TEST_F(NodeCoreTest, ARepeatedMessageIsShownOnce)
{
	offer(ALICE);
	_node->messageReceived(_transport, ALICE, {"1", "hello", WallTime{0}});
	_node->messageReceived(_transport, ALICE, {"1", "hello", WallTime{0}});
	_node->messageReceived(_transport, ALICE, {"", "old", WallTime{0}});
	_node->messageReceived(_transport, ALICE, {"", "old", WallTime{0}});
	_node->messageReceived(_transport, BOB, {"2", "stranger", WallTime{0}});
	EXPECT_EQ(_observer.received, (std::vector<std::string>{"hello", "old", "old"}));
}

TEST_F(NodeCoreTest, ALinkOutlivesTheRendezvousAndIsForgottenLongAfterBothAreGone)
{
	offer(ALICE);
	_transport.link(*_node, ALICE, LinkState::Up);
	_node->peerLeft(_signaling, ALICE);
	_loop.advance(24h);
	EXPECT_EQ(_node->peers().size(), 1U);
	say("wait", "1");
	_transport.link(*_node, ALICE, LinkState::Lost);
	_loop.advance(599s);
	EXPECT_EQ(_node->peers().size(), 1U);
	_loop.advance(1s);
	EXPECT_TRUE(_node->peers().empty());
	EXPECT_EQ(_observer.deliveries.back(), "1 failed");
	EXPECT_EQ(_observer.forgotten, std::vector<PeerId>{ALICE});
	EXPECT_EQ(_transport.disconnected, std::vector<PeerId>{ALICE});
}

TEST_F(NodeCoreTest, TheNumberOfPeersIsBoundedAndIdleOnesMakeRoom)
{
	_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
		NodeCore::Options{.id = OWN, .name = "", .version = "", .peers = {}, .maxPeers = 1});
	_node->attach(_transport);
	offer(ALICE);
	offer(BOB);
	EXPECT_EQ(_node->peers()[0].id, ALICE);
	_node->peerLeft(_signaling, ALICE);
	offer(BOB);
	ASSERT_EQ(_node->peers().size(), 1U);
	EXPECT_EQ(_node->peers()[0].id, BOB);
}

TEST_F(NodeCoreTest, IsReadyWhenEveryRequiredPluginIs)
{
	EXPECT_FALSE(_node->ready());
	_node->pluginChanged({"one", "transport", PluginState::Starting, "", true});
	_node->pluginChanged({"two", "discovery", PluginState::Failed, "no", false});
	EXPECT_FALSE(_node->ready());
	_node->pluginChanged({"one", "transport", PluginState::Ready, "", true});
	EXPECT_TRUE(_node->ready());
	_node->pluginChanged({"one", "transport", PluginState::Failed, "gone", true});
	EXPECT_FALSE(_node->ready());
}

}

}
