#include "node/protocol/ui/Session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/FakeNode.h"

using namespace gimlet;
using namespace gimlet::ui;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace
{

class UiSession : public testing::Test
{
protected:
	std::unique_ptr<Session> start(const std::string& run = "r1")
	{
		return std::make_unique<Session>(
			_node, History::Limits{}, run, [this](const ToPage& object) { _told.push_back(object); });
	}

	/// The objects of one type that everybody was told.
	template <typename T>
	std::vector<T> told() const
	{
		std::vector<T> result;
		for (const auto& object : _told)
			if (const auto* match = std::get_if<T>(&object))
				result.push_back(*match);
		return result;
	}

	test::FakeNode _node;
	std::vector<ToPage> _told;
};

}

TEST_F(UiSession, IntroducesTheNode)
{
	_node.maxMessageValue = 1057;
	_node.signaling = SignalingState::Online;
	_node.addPeer('a', "Ann", LinkState::Attempted);
	const auto silent = _node.addPeer('b', "Ben", LinkState::Silent);
	_node.pluginList = {{"stun", "discovery", PluginState::Ready, "", true}};
	_node.candidateList = {
		{CandidateType::Host, *Endpoint::parse("192.0.2.1:8081"), {}, nullptr, "this machine"}};
	const auto session = start();
	const auto objects = session->introduction();
	ASSERT_THAT(objects, SizeIs(1));
	const auto& info = std::get<InitInfo>(objects.front());
	EXPECT_EQ(info.workerId, _node.ownId);
	EXPECT_EQ(info.maxMessage, 1057U);
	EXPECT_EQ(info.run, "r1");
	EXPECT_EQ(info.linkedPeer, silent) << "silent is still a link, when no better one is up";
	EXPECT_EQ(info.signaling.state, SignalingState::Online);
	EXPECT_THAT(info.peers, SizeIs(2));
	EXPECT_THAT(info.plugins, SizeIs(1));
	EXPECT_EQ(info.network.candidates.front().address, "192.0.2.1:8081");
}

TEST_F(UiSession, PrefersALinkThatIsUp)
{
	_node.addPeer('a', "Ann", LinkState::Silent);
	const auto up = _node.addPeer('b', "Ben", LinkState::Up);
	EXPECT_EQ(std::get<InitInfo>(start()->introduction().front()).linkedPeer, up);
}

TEST_F(UiSession, AnswersAHelloOnlyWhenALinkIsUp)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Attempted);
	const auto session = start();
	EXPECT_THAT(session->handle(ClientHello{}), IsEmpty());
	_node.changeLink(peer, LinkState::Up, "its datagrams arrive");
	EXPECT_THAT(session->handle(ClientHello{}),
		ElementsAre(ToPage{StatusUpdate{
			"Link with Ann (aaaaaaaa) is up: its datagrams arrive", peer, LinkState::Up, peer}}));
	EXPECT_THAT(session->handle(Ping{}), ElementsAre(ToPage{Pong{}}));
	EXPECT_THAT(session->handle(Unknown{"later"}), IsEmpty());
}

TEST_F(UiSession, AStatusCarriesAPeerIdOnlyWhileItsLinkIsUp)
{
	const auto peer = _node.addPeer('a', "", LinkState::Waiting);
	const auto session = start();
	for (const auto state : {LinkState::Attempted, LinkState::Up, LinkState::Silent, LinkState::Lost})
		_node.changeLink(peer, state);
	EXPECT_THAT(told<StatusUpdate>(),
		ElementsAre(StatusUpdate{"Link with aaaaaaaa is attempted", {}, LinkState::Attempted, peer},
			StatusUpdate{"Link with aaaaaaaa is up", peer, LinkState::Up, peer},
			StatusUpdate{"Link with aaaaaaaa is silent", peer, LinkState::Silent, peer},
			StatusUpdate{"Link with aaaaaaaa is lost", {}, LinkState::Lost, peer}));
	EXPECT_THAT(told<PeerUpdate>(), SizeIs(4));
}

TEST_F(UiSession, ALostPeerDoesNotHideAnotherThatIsUp)
{
	const auto lost = _node.addPeer('a', "Ann", LinkState::Up);
	const auto up = _node.addPeer('b', "Ben", LinkState::Up);
	const auto session = start();
	_node.changeLink(lost, LinkState::Lost);
	const auto statuses = told<StatusUpdate>();
	ASSERT_THAT(statuses, SizeIs(2));
	EXPECT_EQ(statuses[0].about, lost);
	EXPECT_EQ(statuses[0].peer, std::nullopt);
	EXPECT_EQ(statuses[1].peer, up);
}

TEST_F(UiSession, TellsAStatusOnceThoughFiguresChange)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Waiting);
	const auto session = start();
	_node.changeLink(peer, LinkState::Up, "datagrams arrive");
	_node.peer(peer).link.bytesSent = 5;
	_node.changeLink(peer, LinkState::Up, "datagrams arrive");
	_node.changeLink(peer, LinkState::Up, "datagrams arrive");
	EXPECT_THAT(told<StatusUpdate>(), SizeIs(1));
	EXPECT_THAT(told<PeerUpdate>(), SizeIs(2)) << "what has not changed is not told";
}

TEST_F(UiSession, RefreshTellsOnlyOfChangedFigures)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	_node.addPeer('b', "Ben", LinkState::Up);
	const auto session = start();
	session->refresh();
	EXPECT_THAT(_told, IsEmpty());
	_node.peer(peer).link.bytesReceived = 7;
	session->refresh();
	session->refresh();
	ASSERT_THAT(_told, SizeIs(1));
	EXPECT_EQ(std::get<PeerUpdate>(_told.front()).peer.bytesReceived, 7U);
}

TEST_F(UiSession, MessagesAreToldToEverybodyAndKept)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start();
	EXPECT_THAT(session->handle(SendMessage{"hello", {}, "m1"}), IsEmpty()) << "message_sent says it";
	_node.deliver(peer, "m1", Delivery::Delivered);
	_node.receive(peer, "<b>hi</b>", "m2");

	const MessageSent sent{"m1", "hello", {peer}, _node.time, 1, {}};
	const MessageReceived received{peer, "Ann", "<b>hi</b>", "m2", _node.time, 2};
	EXPECT_THAT(_told, ElementsAre(ToPage{sent},
						   ToPage{DeliveryUpdate{"m1", {peer, Delivery::Delivered, ""}}}, ToPage{received}));
	auto kept = sent;
	kept.deliveries = {{peer, Delivery::Delivered, ""}};
	EXPECT_EQ(session->introduction().at(1), ToPage{(HistoryPart{{kept, received}})});
}

TEST_F(UiSession, WithoutARunMessagesAreNeitherCountedNorKept)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start("");
	_node.receive(peer, "hi");
	EXPECT_EQ(std::get<MessageReceived>(_told.at(0)).seq, 0U);
	EXPECT_THAT(session->introduction(), SizeIs(1));
}

TEST_F(UiSession, ARefusalGoesToItsSenderAlone)
{
	_node.refusal = Refusal::NotConnected;
	_node.refusalText = "Not connected to a P2P peer.";
	const auto session = start();
	EXPECT_THAT(session->handle(SendMessage{"hello", {}, "m1"}),
		ElementsAre(ToPage{Error{"Not connected to a P2P peer.", "not_connected", "m1"}}));
	EXPECT_THAT(_told, IsEmpty());
}

TEST_F(UiSession, AMessageHandedOverTwiceIsSentOnce)
{
	_node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start();
	(void)session->handle(SendMessage{"hello", {}, "m1"});
	const auto again = session->handle(SendMessage{"hello", {}, "m1"});
	ASSERT_THAT(again, SizeIs(1));
	EXPECT_EQ(std::get<MessageSent>(again.front()).id, "m1");
	EXPECT_THAT(_node.requests, SizeIs(1));
	EXPECT_THAT(told<MessageSent>(), SizeIs(1));
}

TEST_F(UiSession, PassesOnTheRest)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start();
	_node.tell(
		[&peer](NodeObserver& observer)
		{
			observer.peerForgotten(peer);
			observer.signalingChanged(SignalingState::Refused, "unauthorised");
			observer.pluginChanged({"stun", "discovery", PluginState::Failed, "no", false});
			observer.notice("read me");
		});
	PluginView plugin{PluginInfo{"stun", "discovery", PluginState::Failed, "no", false}};
	EXPECT_THAT(_told, ElementsAre(ToPage{PeerForgotten{peer}},
						   ToPage{SignalingStatus{SignalingState::Refused, "unauthorised"}},
						   ToPage{PluginUpdate{plugin}}, ToPage{Notice{"read me"}}));
}

TEST_F(UiSession, TellsOfTheNetworkOnceForEachChange)
{
	const auto session = start();
	const auto changed = [this]
	{
		_node.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
		_node.tell([](NodeObserver& observer) { observer.networkChanged(); });
		return told<NetworkStatus>().size();
	};
	EXPECT_EQ(changed(), 0U) << "nothing is another than init_info has told";
	_node.factList = {{.topic = "stun", .verdict = NetworkFact::Verdict::Bad, .text = "no answer in 5 s"}};
	EXPECT_EQ(changed(), 1U);
	_node.natValue.hairpin = true;
	EXPECT_EQ(changed(), 2U);
	EXPECT_EQ(changed(), 2U);
	_node.signaling = SignalingState::Refused;
	_node.tell([](NodeObserver& observer) { observer.signalingChanged(SignalingState::Refused, ""); });
	ASSERT_THAT(told<NetworkStatus>(), SizeIs(3)) << "what the network means depends on it";
	EXPECT_EQ(told<NetworkStatus>().back().facts.front().text, "no answer in 5 s");
	EXPECT_EQ(told<NetworkStatus>().back().verdict,
		std::get<InitInfo>(session->introduction().front()).network.verdict);
}

TEST_F(UiSession, StopsObservingWhenItEnds)
{
	auto session = start();
	EXPECT_THAT(_node.observers, SizeIs(1));
	session.reset();
	EXPECT_THAT(_node.observers, IsEmpty());
}

TEST_F(UiSession, AnotherTextUnderAUsedIdIsRefusedAndNotTakenForTheFirst)
{
	_node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start();
	(void)session->handle(SendMessage{"from one page", {}, "1"});
	const auto answer = session->handle(SendMessage{"from another", {}, "1"});
	ASSERT_THAT(answer, SizeIs(1));
	EXPECT_EQ(std::get<Error>(answer.front()).id, "1");
	EXPECT_EQ(std::get<Error>(answer.front()).code, "bad_message");
}

TEST_F(UiSession, APersonVerifiesAPeerByTheCodeThatWasCompared)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	_node.prove(peer);
	const auto session = start();
	for (const auto* code : {"01234 56789", "0123456789", "Amber-Bridge-Candle-Delta-Eagle", ""})
	{
		EXPECT_THAT(session->handle(VerifyPeer{peer, code}), ElementsAre(ToPage{Verification{peer, true}}));
		EXPECT_EQ(told<PeerUpdate>().back().peer.trust, Trust::Verified);
		EXPECT_THAT(session->handle(UnverifyPeer{peer}), ElementsAre(ToPage{Verification{peer, false}}));
		EXPECT_EQ(told<PeerUpdate>().back().peer.trust, Trust::Proven);
	}
}

TEST_F(UiSession, AnotherCodeThanThatOfTheLinkVerifiesNothing)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	_node.prove(peer);
	const auto session = start();
	for (const auto* code : {"99999 99999", " ", "-"})
	{
		const auto answer = session->handle(VerifyPeer{peer, code});
		ASSERT_THAT(answer, SizeIs(1));
		EXPECT_EQ(std::get<Error>(answer.front()).code, "other_code") << code;
		EXPECT_EQ(std::get<Error>(answer.front()).peer, peer);
	}
	EXPECT_EQ(_node.peer(peer).trust, Trust::Proven);
}

TEST_F(UiSession, WhatTheNodeCannotVerifyIsSaid)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	_node.verifyError = "The id of this peer proves nothing.";
	const auto session = start();
	EXPECT_THAT(session->handle(VerifyPeer{peer, ""}),
		ElementsAre(ToPage{Error{_node.verifyError, "not_verified", "", peer}}));
	EXPECT_THAT(session->handle(VerifyPeer{"nobody", ""}),
		ElementsAre(ToPage{Error{"No such peer.", "unknown_peer", "", "nobody"}}));
	EXPECT_THAT(session->handle(UnverifyPeer{"nobody"}),
		ElementsAre(ToPage{Error{"No such peer.", "unknown_peer", "", "nobody"}}));
}

TEST_F(UiSession, CodesThatDifferEndTheLink)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	const auto session = start();
	EXPECT_THAT(session->handle(RefusePeer{peer}), ElementsAre(ToPage{Verification{peer, false}}));
	EXPECT_EQ(told<PeerUpdate>().back().peer.refusal, LinkRefusal::CodesDiffer);
	EXPECT_THAT(session->handle(RefusePeer{"nobody"}),
		ElementsAre(ToPage{Error{"No such peer.", "unknown_peer", "", "nobody"}}));
}
