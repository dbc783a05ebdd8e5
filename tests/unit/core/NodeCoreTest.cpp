#include "node/core/NodeCore.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <optional>

#include "node/core/plugin/PluginDiscoveryHost.h"
#include "tests/unit/core/RecordingPlugins.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

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
	std::optional<PluginDiscoveryHost> _stun;

	void SetUp() override
	{
		start({});
	}

	void start(std::set<PeerId> allowed)
	{
		_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
			NodeCore::Options{.id = OWN, .name = "own", .version = "1", .peers = std::move(allowed)});
		_stun.emplace(*_node, "stun");
		_node->attach(_transport);
		_node->attach(_signaling);
		_node->attach(_discovery);
		_node->addObserver(_observer);
	}

	Candidate reflexive(const std::string& endpoint, const std::string& source = "test")
	{
		return {CandidateType::ServerReflexive, *Endpoint::parse(endpoint), {}, &_port, source};
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
	_stun->candidateFound(reflexive("192.0.2.1:7"));
	EXPECT_EQ(_signaling.descriptions.back().endpoint, Endpoint::parse("192.0.2.1:7"));
	EXPECT_EQ(_signaling.descriptions.back().transports, std::vector<std::string>{"test/1"});
	_node->portClosed(_transport, _port);
	EXPECT_TRUE(_discovery.ports.empty());
	EXPECT_TRUE(_node->candidates().empty());
	EXPECT_FALSE(_signaling.descriptions.back().endpoint) << "nobody is to be sent to a port that is closed";
}

TEST_F(NodeCoreTest, WhatTwoDiscoveriesFindIsThereUntilBothHaveLostIt)
{
	_node->portOpened(_transport, _port);
	PluginDiscoveryHost mapper{*_node, "port-mapping"};
	const auto mapped = reflexive("192.0.2.1:7", "port mapping");
	_stun->candidateFound(reflexive("192.0.2.1:7"));
	mapper.candidateFound(mapped);
	EXPECT_EQ(_node->candidates().size(), 1U);
	mapper.candidateLost(mapped);
	EXPECT_EQ(_signaling.descriptions.back().endpoint, mapped.endpoint);
	mapper.candidateLost(mapped);
	EXPECT_EQ(_node->candidates().size(), 1U) << "nobody loses for another one";
	_stun->candidateLost(reflexive("192.0.2.1:7"));
	EXPECT_TRUE(_node->candidates().empty());
	_stun->candidateFound(mapped);
	_stun->candidateLost(mapped);
	EXPECT_TRUE(_node->candidates().empty());
}

TEST_F(NodeCoreTest, WhatIsFoundAgainAndAgainIsLostOnce)
{
	_node->portOpened(_transport, _port);
	for (const auto* const server : {"one", "two", "one"})
		_stun->candidateFound(reflexive("192.0.2.1:7", server));
	EXPECT_EQ(_node->candidates().size(), 1U);
	_stun->candidateLost(reflexive("192.0.2.1:7", ""));
	EXPECT_TRUE(_node->candidates().empty());
	EXPECT_FALSE(_signaling.descriptions.back().endpoint);
}

TEST_F(NodeCoreTest, AnnouncesItsOwnAddressWhenDiscoveryFindsNothing)
{
	_node->portOpened(_transport, _port);
	EXPECT_FALSE(_signaling.descriptions.back().endpoint);
	_loop.advance(3s);
	EXPECT_EQ(_signaling.descriptions.back().endpoint, Endpoint::parse("127.0.0.1:5000"));
	_stun->candidateFound(reflexive("192.0.2.1:7"));
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

TEST_F(NodeCoreTest, ANetworkThatChangesInSeveralStepsIsLookedAtAfterTheLast)
{
	_node->networkChanged("the old address is gone");
	EXPECT_EQ(_discovery.refreshes, 1);
	_node->networkChanged("the new one is there");
	_node->networkChanged("and the route");
	EXPECT_EQ(_discovery.refreshes, 1) << "at most once a second";
	_loop.advance(1s);
	EXPECT_EQ(_discovery.refreshes, 2);
	_loop.advance(1min);
	EXPECT_EQ(_discovery.refreshes, 2);
}

TEST_F(NodeCoreTest, ALookAtANatIsNoRefreshOfEverything)
{
	_node->portOpened(_transport, _port);
	_node->sampleNat(_port);
	_node->sampleNat(_port);
	EXPECT_EQ(_discovery.sampled, (std::vector<Port*>{&_port, &_port}));
	EXPECT_EQ(_discovery.refreshes, 0);
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

TEST_F(NodeCoreTest, KeepsTheLatestFactOfEachSubjectUntilItIsTakenBack)
{
	const auto networkChanges = [this](const NetworkFact& fact)
	{
		const auto before = _observer.networkChanges;
		_node->report(fact);
		return _observer.networkChanges - before;
	};
	const NetworkFact first{.topic = "turn", .subject = "a", .text = "answers"};
	EXPECT_EQ(networkChanges(first), 1);
	EXPECT_EQ(networkChanges(first), 0) << "nothing new";
	EXPECT_EQ(networkChanges({.topic = "turn", .subject = "b", .text = "answers"}), 1);
	EXPECT_EQ(networkChanges({.topic = "turn", .subject = "a", .text = {}}), 1);
	ASSERT_EQ(_node->networkFacts().size(), 1U);
	EXPECT_EQ(_node->networkFacts()[0].subject, "b");
	EXPECT_EQ(networkChanges({.topic = "turn", .subject = "a", .text = {}}), 0) << "it is not there any more";
}

TEST_F(NodeCoreTest, FactsAreBoundedAndWhatIsTooMuchIsCounted)
{
	prometheus::Registry registry;
	_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
		NodeCore::Options{.id = OWN, .name = "", .version = "", .peers = {}, .metrics = &registry});
	for (int i = 0; i < 260; ++i)
		_node->report({.topic = "turn", .subject = std::to_string(i), .text = "answers"});
	EXPECT_EQ(_node->networkFacts().size(), 256U);
	_node->report({.topic = "turn", .subject = "0", .text = "is silent"});
	_node->report({.topic = "turn", .subject = "1", .text = {}});
	_node->report({.topic = "turn", .subject = "of others", .text = {}});
	EXPECT_EQ(_node->networkFacts().size(), 255U);
	_node.reset(); // before its registry
	const auto families = registry.Collect();
	const auto dropped = std::find_if(families.begin(), families.end(),
		[](const auto& family) { return family.name == "gimlet_node_network_facts_dropped_total"; });
	ASSERT_NE(dropped, families.end());
	EXPECT_EQ(dropped->metric.at(0).counter.value, 4);
}

TEST_F(NodeCoreTest, APortThatIsClosedTakesWhatWasKnownOfItsNatAlong)
{
	_node->portOpened(_transport, _port);
	_node->natBehaviour(_port, {.mapping = MappingBehaviour::EndpointIndependent});
	EXPECT_EQ(_node->nat().mapping, MappingBehaviour::EndpointIndependent);
	const auto before = _observer.networkChanges;
	_node->portClosed(_transport, _port);
	EXPECT_EQ(_node->nat().mapping, MappingBehaviour::Unknown);
	EXPECT_EQ(_observer.networkChanges, before + 1) << "nobody would look otherwise";
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
