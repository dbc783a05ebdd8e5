// Several signaling plugins at once: one link a peer, whoever offers it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/RecordingPlugins.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SignalingObserver final : public NodeObserver
{
public:
	void peerChanged(const PeerInfo&) override {}
	void messageReceived(const PeerId&, const ChatMessage&, WallTime) override {}
	void signalingChanged(SignalingState state, const std::string& detail) override
	{
		said.push_back(std::string{toString(state)} + ": " + detail);
	}

	std::vector<std::string> said;
};

class NodeSignalingTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	MemoryPins _pins;
	RecordingTransport _transport;
	RecordingSignaling _far;
	RecordingSignaling _near;
	RecordingObserver _observer;
	NodeCore _node{_loop, Poco::Logger::get("test"),
		NodeCore::Options{.id = OWN, .name = "own", .version = "1", .peers = {}, .pins = &_pins}};

	void SetUp() override
	{
		_transport.secret = true;
		_node.attach(_transport);
		_node.attach(_far);
		_node.attach(_near);
		_node.addObserver(_observer);
	}

	void offer(Signaling& from, const std::string& session, const std::string& name = "alice")
	{
		_node.peerOffered(from, {.peer = ALICE,
									.name = name,
									.transport = "test/1",
									.session = session,
									.endpoint = {},
									.ours = true,
									.overLoopback = false});
	}

	void say(Signaling& from, const std::string& session, const std::string& data)
	{
		_node.signalReceived(from, ALICE, session, data);
	}

	/// The sessions that the transport was told, one after another.
	std::vector<std::string> sessions() const
	{
		std::vector<std::string> result;
		for (const auto& told : _transport.offers)
			result.push_back(told.session);
		return result;
	}

	bool present() const
	{
		return !_node.peers().empty() && _node.peers()[0].present;
	}
};

TEST_F(NodeSignalingTest, TheFirstOfferIsUsedAndTheSecondRemembered)
{
	offer(_far, "far");
	offer(_near, "near");
	EXPECT_THAT(sessions(), ElementsAre("far"));
	EXPECT_TRUE(_node.signal(_transport, ALICE, "far", "1"));
	EXPECT_THAT(_far.signals, SizeIs(1));
	EXPECT_THAT(_near.signals, IsEmpty());
	EXPECT_THAT(_node.peers(), SizeIs(1));
}

TEST_F(NodeSignalingTest, ARepeatedOfferOfTheSignalingInUseIsFollowed)
{
	offer(_far, "far");
	offer(_near, "near");
	offer(_far, "far again");
	EXPECT_THAT(sessions(), ElementsAre("far", "far again"));
}

TEST_F(NodeSignalingTest, SignalsGoByTheSignalingOfTheirSession)
{
	offer(_far, "far");
	_transport.link(_node, ALICE, LinkState::Up);
	offer(_near, "near");
	_node.peerLeft(_far, ALICE);
	_node.signal(_transport, ALICE, "near", "1");
	EXPECT_THAT(_near.signals, SizeIs(1));
	EXPECT_THAT(_far.signals, IsEmpty());
}

TEST_F(NodeSignalingTest, APeerIsGoneWhenNobodyKnowsItAnyMore)
{
	offer(_far, "far");
	offer(_near, "near");
	_transport.link(_node, ALICE, LinkState::Up);
	_node.peerLeft(_far, ALICE);
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
	EXPECT_TRUE(present());
	EXPECT_THAT(_transport.left, IsEmpty());
	_node.peerLeft(_near, ALICE);
	EXPECT_FALSE(present());
	EXPECT_THAT(_transport.left, SizeIs(1));
}

TEST_F(NodeSignalingTest, ThatTheOtherSignalingLosesThePeerChangesNothing)
{
	offer(_far, "far");
	offer(_near, "near");
	_transport.link(_node, ALICE, LinkState::Up);
	_node.peerLeft(_near, ALICE);
	EXPECT_THAT(sessions(), ElementsAre("far"));
	EXPECT_TRUE(present());
	_node.peerLeft(_far, ALICE);
	EXPECT_FALSE(present());
}

TEST_F(NodeSignalingTest, WhenASignalingGoesOfflineTheOtherIsUsed)
{
	_node.signalingState(_far, SignalingState::Online, "far");
	_node.signalingState(_near, SignalingState::Online, "near");
	offer(_far, "far");
	offer(_near, "near");
	_transport.link(_node, ALICE, LinkState::Up);
	_node.signalingState(_far, SignalingState::Offline, "gone");
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
	// It comes back, and offers anew: what works is left alone.
	_node.signalingState(_far, SignalingState::Online, "back");
	offer(_far, "far 2");
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
	_node.peerLeft(_near, ALICE);
	EXPECT_THAT(sessions(), ElementsAre("far", "near", "far 2"));
}

TEST_F(NodeSignalingTest, AnOfferThatComesWhileTheFirstSignalingIsOfflineIsUsedAtOnce)
{
	_node.signalingState(_far, SignalingState::Online, "far");
	offer(_far, "far");
	_node.signalingState(_far, SignalingState::Connecting, "again");
	offer(_near, "near");
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
}

TEST_F(NodeSignalingTest, APeerThatOnlyAnAbsentSignalingKnowsIsPresentAndUsedWhenThatIsBack)
{
	_node.signalingState(_far, SignalingState::Online, "far");
	offer(_far, "far");
	offer(_near, "near");
	_transport.link(_node, ALICE, LinkState::Up);
	_node.signalingState(_far, SignalingState::Offline, "gone");
	_node.peerLeft(_near, ALICE);
	EXPECT_TRUE(present());
	EXPECT_THAT(_transport.left, IsEmpty());
	_node.signalingState(_far, SignalingState::Online, "back");
	offer(_far, "far 2");
	EXPECT_THAT(sessions(), ElementsAre("far", "near", "far 2"));
	_node.peerLeft(_far, ALICE);
	EXPECT_FALSE(present()) << "the one that had left before is not remembered";
}

TEST_F(NodeSignalingTest, AnOfferOfWhichNoLinkComesGivesWayToTheOther)
{
	offer(_far, "far");
	offer(_near, "near");
	_loop.advance(4s);
	EXPECT_THAT(sessions(), ElementsAre("far"));
	_loop.advance(1s);
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
	_loop.advance(5s);
	EXPECT_THAT(sessions(), ElementsAre("far", "near", "far")) << "in turns for as long as there is no link";
	_transport.link(_node, ALICE, LinkState::Up);
	_loop.advance(1h);
	EXPECT_THAT(sessions(), SizeIs(3));
}

TEST_F(NodeSignalingTest, ALinkThatIsLostIsLookedForByBoth)
{
	offer(_far, "far");
	offer(_near, "near");
	_transport.link(_node, ALICE, LinkState::Up);
	_transport.link(_node, ALICE, LinkState::Silent);
	_loop.advance(6s);
	EXPECT_THAT(sessions(), ElementsAre("far", "near"));
}

TEST_F(NodeSignalingTest, OffersThatAreRepeatedWithoutEndDoNotHoldTheOtherUp)
{
	offer(_far, "far");
	offer(_near, "near");
	for (int second = 0; second < 6; ++second)
	{
		offer(_far, "far " + std::to_string(second));
		_loop.advance(1s);
	}
	EXPECT_EQ(_transport.offers.back().session, "near");
}

// One side was offered by the one first, the other by the other: both know both sessions, and the smaller
// wins.
TEST_F(NodeSignalingTest, TheTwoSidesSettleForOneSession)
{
	offer(_far, "b");
	offer(_near, "a");
	say(_near, "a", "hello");
	EXPECT_THAT(sessions(), ElementsAre("b", "a"));
	EXPECT_THAT(_transport.signals, ElementsAre(ALICE + ":hello")) << "what was said there is heard";
	say(_far, "b", "crossing");
	EXPECT_THAT(sessions(), ElementsAre("b", "a")) << "the other side comes over to ours";
	_node.peerLeft(_near, ALICE);
	EXPECT_THAT(_transport.signals, ElementsAre(ALICE + ":hello", ALICE + ":crossing")) << "nothing is lost";
}

TEST_F(NodeSignalingTest, ALinkThatIsUpFollowsNoSignalOfAnotherSession)
{
	offer(_far, "b");
	offer(_near, "a");
	_transport.link(_node, ALICE, LinkState::Up);
	say(_near, "a", "hello");
	EXPECT_THAT(sessions(), ElementsAre("b"));
	EXPECT_THAT(_transport.signals, IsEmpty());
}

TEST_F(NodeSignalingTest, ASessionThatHasFailedIsNotFollowedForASignal)
{
	offer(_near, "a");
	offer(_far, "b");
	_loop.advance(5s);
	EXPECT_THAT(sessions(), ElementsAre("a", "b"));
	say(_near, "a", "whoever sits there");
	EXPECT_THAT(sessions(), ElementsAre("a", "b"));
}

TEST_F(NodeSignalingTest, SignalsOfStrangeSessionsAreNotKept)
{
	offer(_far, "b");
	offer(_near, "a");
	say(_near, "0", "old");
	_node.peerLeft(_far, ALICE);
	EXPECT_THAT(_transport.signals, IsEmpty());
}

// A name proves nothing, and on a local network anybody says anything.
TEST_F(NodeSignalingTest, ANameThatIsPinnedToAnotherSpoilsOnlyItsOwnOffer)
{
	_pins.pin("anna", BOB);
	offer(_near, "a", "anna");
	EXPECT_EQ(_node.peers()[0].link.state, LinkState::Refused);
	offer(_far, "b", "alice");
	EXPECT_THAT(sessions(), ElementsAre("b")) << "the other signaling gives it a name of its own";
	_loop.advance(1min);
	EXPECT_THAT(sessions(), ElementsAre("b")) << "the refused offer is not tried";
	_node.peerLeft(_far, ALICE);
	EXPECT_TRUE(present()) << "by the other, which is refused still";
}

TEST_F(NodeSignalingTest, ARefusedOfferOfASecondSignalingDoesNotHurtTheFirst)
{
	_pins.pin("anna", BOB);
	offer(_far, "b", "alice");
	offer(_near, "a", "anna");
	EXPECT_NE(_node.peers()[0].link.state, LinkState::Refused);
	say(_near, "a", "hello");
	_loop.advance(1min);
	EXPECT_THAT(sessions(), ElementsAre("b"));
}

TEST_F(NodeSignalingTest, OnlineIsWhoeverIsOnlineAndAllAreNamed)
{
	SignalingObserver observer;
	_node.addObserver(observer);
	_node.signalingState(_far, SignalingState::Connecting, "far away");
	_node.signalingState(_near, SignalingState::Online, "nearby");
	_node.signalingState(_near, SignalingState::Online, "nearby");
	EXPECT_EQ(_node.signalingState(), SignalingState::Online);
	_node.signalingState(_near, SignalingState::Offline, "no network");
	EXPECT_EQ(_node.signalingState(), SignalingState::Connecting);
	EXPECT_THAT(observer.said,
		ElementsAre("connecting: far away", "online: far away; nearby", "connecting: far away; no network"));
	_node.detach(_far);
	EXPECT_EQ(_node.signalingDetail(), "no network");
	_node.removeObserver(observer);
}

TEST_F(NodeSignalingTest, ASignalingThatEndsTakesItsOffersWithIt)
{
	offer(_far, "far");
	offer(_near, "near");
	_node.detach(_near);
	_loop.advance(1min);
	EXPECT_THAT(sessions(), ElementsAre("far"));
	_node.detach(_far);
	EXPECT_FALSE(_node.signal(_transport, ALICE, "far", "1"));
}

}

}
