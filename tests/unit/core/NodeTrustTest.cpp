#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/text_serializer.h>

#include "tests/unit/core/RecordingPlugins.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Version 8: what a key proves.
const PeerId ANNA = "aaaaaaaa-0000-8000-8000-000000000001";
const PeerId MALLORY = "eeeeeeee-0000-8000-8000-000000000002";

class NodeTrustTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	prometheus::Registry _metrics;
	MemoryPins _pins;
	RecordingTransport _transport;
	RecordingTransport _plain;
	RecordingSignaling _signaling;
	RecordingObserver _observer;
	std::unique_ptr<NodeCore> _node;

	void SetUp() override
	{
		_transport.secret = true;
		_plain.name = "plain/1";
		start({});
	}

	void start(std::set<PeerId> allowed)
	{
		_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
			NodeCore::Options{.id = OWN,
				.name = "own",
				.version = "1",
				.peers = std::move(allowed),
				.pins = &_pins,
				.metrics = &_metrics});
		_node->attach(_transport);
		_node->attach(_plain);
		_node->attach(_signaling);
		_node->addObserver(_observer);
	}

	void offer(const PeerId& peer, const std::string& name, const std::string& transport = "test/1")
	{
		_node->peerOffered(_signaling, {.peer = peer,
										   .name = name,
										   .transport = transport,
										   .session = "s",
										   .endpoint = {},
										   .ours = true,
										   .overLoopback = false});
	}

	void link(const PeerId& peer, const std::string& name)
	{
		offer(peer, name);
		_transport.prove(*_node, peer);
	}

	PeerInfo peer(const PeerId& id) const
	{
		for (const auto& info : _node->peers())
			if (info.id == id)
				return info;
		return {};
	}

	std::vector<PeerId> offered() const
	{
		std::vector<PeerId> result;
		for (const auto& offer : _transport.offers)
			result.push_back(offer.peer);
		return result;
	}

	std::string metrics() const
	{
		return prometheus::TextSerializer{}.Serialize(_metrics.Collect());
	}
};

TEST_F(NodeTrustTest, APeerThatProvesItsIdIsNotYetVerified)
{
	offer(ANNA, "anna");
	EXPECT_EQ(peer(ANNA).trust, Trust::Unproven);
	_transport.prove(*_node, ANNA);
	EXPECT_EQ(peer(ANNA).trust, Trust::Proven);
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_links{trust=\"proven\"} 1"));
}

TEST_F(NodeTrustTest, ConfiguredIdsAreTrustedOnceTheyAreProven)
{
	start({ANNA});
	offer(ANNA, "anna");
	EXPECT_EQ(peer(ANNA).trust, Trust::Unproven);
	_transport.prove(*_node, ANNA);
	EXPECT_EQ(peer(ANNA).trust, Trust::Configured);
	EXPECT_EQ(_node->verify(ANNA), "");
	EXPECT_EQ(peer(ANNA).trust, Trust::Verified);
}

TEST_F(NodeTrustTest, VerifyingPinsTheIdentityToTheNameAndIsToldToEverybody)
{
	link(ANNA, "Anna");
	EXPECT_EQ(_node->verify(ANNA), "");
	EXPECT_EQ(_observer.last.trust, Trust::Verified);
	EXPECT_EQ(_pins.find("anna"), ANNA);
	EXPECT_EQ(peer(ANNA).pinnedName, "anna");
	_node->unverify(ANNA);
	EXPECT_EQ(_observer.last.trust, Trust::Proven);
	EXPECT_EQ(_pins.find("anna"), std::nullopt);
}

TEST_F(NodeTrustTest, OnlyALinkThatProvesItsIdAndHasACodeCanBeVerified)
{
	EXPECT_THAT(_node->verify(ANNA), HasSubstr("No such peer"));
	offer(ANNA, "anna");
	EXPECT_THAT(_node->verify(ANNA), HasSubstr("no link"));
	_transport.link(*_node, ANNA, LinkState::Up);
	EXPECT_THAT(_node->verify(ANNA), HasSubstr("proves nothing"));
	_transport.prove(*_node, ANNA);
	_transport.links[ANNA].codeDigits.clear();
	EXPECT_THAT(_node->verify(ANNA), HasSubstr("not known yet"));
	_transport.links[ANNA].codeFailure = "the peer sent nonsense";
	EXPECT_EQ(_node->verify(ANNA), "There is no code to compare on this link: the peer sent nonsense.");
	link(MALLORY, " \xe2\x80\x8b ");
	EXPECT_THAT(_node->verify(MALLORY), HasSubstr("no name"));
	EXPECT_EQ(_pins.nameOf(ANNA), std::nullopt);
}

TEST_F(NodeTrustTest, AnotherIdentityUnderAPinnedNameIsRefusedLoudlyAndOnce)
{
	_pins.pin("anna", ANNA);
	for (int repeated = 0; repeated < 5; ++repeated)
		offer(MALLORY, "Anna ");
	EXPECT_THAT(_transport.offers, IsEmpty());
	const auto refused = peer(MALLORY);
	EXPECT_EQ(refused.link.state, LinkState::Refused);
	EXPECT_EQ(refused.refusal, LinkRefusal::IdentityChanged);
	EXPECT_THAT(refused.link.reason, HasSubstr("another identity"));
	ASSERT_THAT(_observer.notices, SizeIs(1));
	EXPECT_THAT(_observer.notices[0], HasSubstr(MALLORY));
	EXPECT_THAT(_observer.notices[0], HasSubstr(ANNA));
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_refused_offers_total{reason=\"identity_changed\"} 5"));
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_unsaid_total 4"));

	EXPECT_EQ(_node->send(MALLORY, "secret", "", nullptr).refusal, Refusal::NotConnected);
	_node->signalReceived(_signaling, MALLORY, "s", "{}");
	EXPECT_THAT(_transport.signals, IsEmpty());
	EXPECT_THAT(_node->verify(MALLORY), HasSubstr("refused"));
}

TEST_F(NodeTrustTest, ThePinnedIdentityItselfAndOtherNamesAreLinked)
{
	_pins.pin("anna", ANNA);
	link(ANNA, "anna");
	link(MALLORY, "mallory");
	EXPECT_THAT(offered(), ElementsAre(ANNA, MALLORY));
	EXPECT_EQ(peer(ANNA).trust, Trust::Verified);
	EXPECT_EQ(peer(MALLORY).trust, Trust::Proven);
	EXPECT_THAT(_observer.notices, IsEmpty());
}

TEST_F(NodeTrustTest, ForgettingTheOldIdentityLinksTheNewOneUnverified)
{
	_pins.pin("anna", ANNA);
	offer(MALLORY, "anna");
	_node->signalReceived(_signaling, MALLORY, "older", "0");
	for (const auto* signal : {"1", "2"})
		_node->signalReceived(_signaling, MALLORY, "s", signal);
	EXPECT_THAT(_transport.signals, IsEmpty());
	_node->unverify(MALLORY);
	EXPECT_THAT(offered(), ElementsAre(MALLORY));
	EXPECT_THAT(_transport.signals, ElementsAre(MALLORY + ":1", MALLORY + ":2"))
		<< "it will not say them again";
	EXPECT_EQ(peer(MALLORY).link.state, LinkState::Waiting);
	_transport.prove(*_node, MALLORY);
	EXPECT_EQ(peer(MALLORY).trust, Trust::Proven);
	EXPECT_EQ(peer(MALLORY).refusal, LinkRefusal::None);
	EXPECT_EQ(_node->verify(MALLORY), "");
	offer(ANNA, "anna");
	EXPECT_EQ(peer(ANNA).refusal, LinkRefusal::IdentityChanged);
}

TEST_F(NodeTrustTest, OthersWhoBearTheNameAreRefusedAsSoonAsItIsPinned)
{
	link(ANNA, "anna");
	link(MALLORY, "anna");
	EXPECT_EQ(_node->verify(ANNA), "");
	EXPECT_THAT(_transport.disconnected, ElementsAre(MALLORY));
	EXPECT_EQ(peer(MALLORY).link.state, LinkState::Refused);
	EXPECT_EQ(peer(ANNA).trust, Trust::Verified);
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_links{trust=\"verified\"} 1"));
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_links{trust=\"proven\"} 0"));
}

TEST_F(NodeTrustTest, ALinkThatIsUpKeepsItsNameWhenTheRendezvousGivesItAPinnedOne)
{
	_pins.pin("anna", ANNA);
	link(MALLORY, "mallory");
	offer(MALLORY, "anna");
	EXPECT_EQ(peer(MALLORY).name, "mallory");
	EXPECT_EQ(peer(MALLORY).link.state, LinkState::Up);
	EXPECT_EQ(_transport.offers.back().name, "mallory");
	ASSERT_THAT(_observer.notices, SizeIs(1));
	EXPECT_THAT(_observer.notices[0], HasSubstr("mallory"));
}

TEST_F(NodeTrustTest, AVerifiedPeerUnderAnotherNameIsNotVerifiedAsThat)
{
	link(ANNA, "anna");
	_node->verify(ANNA);
	offer(ANNA, "bob");
	EXPECT_EQ(peer(ANNA).trust, Trust::Proven);
	EXPECT_EQ(peer(ANNA).pinnedName, "anna");
	_node->unverify(ANNA);
	EXPECT_EQ(peer(ANNA).pinnedName, "");
}

TEST_F(NodeTrustTest, AKnownKeyIsNotLinkedOverATransportThatProvesNothing)
{
	_pins.pin("anna", ANNA);
	offer(ANNA, "anna", "plain/1");
	EXPECT_THAT(_plain.offers, IsEmpty());
	EXPECT_EQ(peer(ANNA).refusal, LinkRefusal::Unproven);
	EXPECT_THAT(_observer.notices, SizeIs(1));

	start({MALLORY, ALICE});
	offer(MALLORY, "bob", "plain/1");
	EXPECT_EQ(peer(MALLORY).refusal, LinkRefusal::Unproven);
	offer(ALICE, "old", "plain/1"); // a version 4 id: nobody can prove it anyhow
	EXPECT_THAT(_plain.offers, SizeIs(1));
}

TEST_F(NodeTrustTest, ALinkThatDoesNotProveAKnownKeyEnds)
{
	_pins.pin("anna", ANNA);
	offer(ANNA, "anna");
	_transport.link(*_node, ANNA, LinkState::Up);
	EXPECT_THAT(_transport.disconnected, ElementsAre(ANNA));
	EXPECT_EQ(peer(ANNA).refusal, LinkRefusal::Unproven);
}

TEST_F(NodeTrustTest, AnOfferDoesNotTakeTheEncryptionFromALinkThatIsUp)
{
	link(ANNA, "anna");
	offer(ANNA, "anna", "plain/1");
	EXPECT_THAT(_plain.offers, IsEmpty());
	EXPECT_EQ(peer(ANNA).link.state, LinkState::Up);
	EXPECT_EQ(peer(ANNA).transport, "test/1");
}

TEST_F(NodeTrustTest, CodesThatDifferEndTheLinkUntilAPersonThinksBetterOfIt)
{
	link(ANNA, "anna");
	_node->refuse(MALLORY);
	_node->refuse(ANNA);
	EXPECT_THAT(_transport.disconnected, ElementsAre(ANNA));
	EXPECT_EQ(peer(ANNA).refusal, LinkRefusal::CodesDiffer);
	_transport.offers.clear();
	offer(ANNA, "anna");
	EXPECT_THAT(_transport.offers, IsEmpty());
	_node->unverify(ANNA);
	EXPECT_THAT(offered(), ElementsAre(ANNA));
	EXPECT_EQ(peer(ANNA).refusal, LinkRefusal::None);
}

TEST_F(NodeTrustTest, WhoIsNotInPeersIsShownAsRefusedAndSaidOnce)
{
	start({ANNA});
	for (int repeated = 0; repeated < 3; ++repeated)
		offer(MALLORY, "mallory");
	EXPECT_EQ(peer(MALLORY).refusal, LinkRefusal::NotInPeers);
	ASSERT_THAT(_observer.notices, SizeIs(1));
	EXPECT_THAT(_observer.notices[0], HasSubstr("[node] peers"));
}

TEST_F(NodeTrustTest, AHostileRendezvousFillsNeitherTheListNorTheNotices)
{
	_pins.pin("anna", ANNA);
	start({ANNA, MALLORY});
	for (int count = 0; count < 2000; ++count)
	{
		const auto id = fmt::format("bbbbbbbb-0000-8000-8000-{:012}", count);
		offer(id, "stranger");
		_node->peerIncompatible(_signaling, id, "it speaks nothing");
	}
	EXPECT_EQ(_node->peers().size(), 16U);
	EXPECT_THAT(_observer.notices, SizeIs(10));
	offer(MALLORY, "anna");
	ASSERT_THAT(_observer.notices, SizeIs(11));
	EXPECT_THAT(_observer.notices.back(), HasSubstr(MALLORY));
	_loop.advance(2min);
	_node->peerIncompatible(_signaling, ANNA, "it speaks nothing");
	EXPECT_THAT(_observer.notices, SizeIs(12));
	link(ANNA, "anna");
	EXPECT_EQ(peer(ANNA).trust, Trust::Verified);
}

TEST_F(NodeTrustTest, WhatTransportsWantPeopleToReadIsSaidOnceAndShort)
{
	_node->notice("anna's description was not signed");
	_node->notice("anna's description was not signed");
	_node->notice(std::string(100'000, 'x'));
	ASSERT_THAT(_observer.notices, SizeIs(2));
	EXPECT_LT(_observer.notices[1].size(), 1100U);
}

TEST_F(NodeTrustTest, PinsThatCannotBeKeptAreNotPretended)
{
	class FullDisk final : public Pins
	{
	public:
		std::optional<PeerId> find(const std::string&) const override
		{
			return {};
		}
		std::optional<std::string> nameOf(const PeerId&) const override
		{
			return {};
		}
		void pin(const std::string&, const PeerId&) override
		{
			throw std::runtime_error("the disk is full");
		}
		void unpin(const std::string&) override {}
	} pins;
	_node = std::make_unique<NodeCore>(_loop, Poco::Logger::get("test"),
		NodeCore::Options{.id = OWN, .name = "own", .version = "1", .peers = {}, .pins = &pins});
	_node->attach(_transport);
	link(ANNA, "anna");
	EXPECT_EQ(_node->verify(ANNA), "the disk is full");
	EXPECT_EQ(peer(ANNA).trust, Trust::Proven);
}

TEST(HeldSignalsTest, TheLatestOfOneSessionAreKeptAndNotWithoutBound)
{
	HeldSignals held;
	for (int count = 0; count < 100; ++count)
		held.hold("s", fmt::format("{}", count));
	const auto few = held.take("s");
	ASSERT_THAT(few, SizeIs(HeldSignals::MAX_SIGNALS));
	EXPECT_EQ(few.back(), "99");
	EXPECT_THAT(held.take("s"), IsEmpty());
	for (int count = 0; count < 100; ++count)
		held.hold("s", std::string(16 * 1024, 'x'));
	EXPECT_THAT(held.take("s"), SizeIs(4));
	held.hold("s", "1");
	EXPECT_THAT(held.take("t"), IsEmpty());
}

TEST(PinNameTest, WhatLooksTheSameIsOneName)
{
	EXPECT_EQ(pinName("Anna"), "anna");
	EXPECT_EQ(pinName("  ANNA \t"), "anna");
	EXPECT_EQ(pinName("an\xe2\x80\x8bna\xe2\x80\xae"), "anna"); // zero width space, right-to-left override
	EXPECT_EQ(pinName("anna\xc2\xa0 \xe3\x80\x80"
					  "b"),
		"anna b");
	EXPECT_EQ(pinName("\xc3\x84nne"), "\xc3\xa4nne");
	EXPECT_EQ(pinName("a\xff"), "a\xef\xbf\xbd");
	EXPECT_EQ(pinName("\x01 \x7f"), "");
	EXPECT_NE(pinName("anna"), pinName("anne"));
}

}

}
