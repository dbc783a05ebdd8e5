#include "plugins/signaling/rendezvous/RendezvousClient.h"

#include <gmock/gmock.h>

#include <set>

#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/rendezvous/ServerCodec.h"
#include "tests/support/FakeRendezvous.h"
#include "tests/support/TestIdentity.h"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace gimlet::rendezvous_client
{

namespace
{

const PeerId OWN = test::testIdentity().id();
const PeerId PEER = "7a1f6f0e-52c1-4b7e-9f43-2f9a63f6c0aa";
const PeerId OTHER = "b7e23ec2-9cde-4f4f-8f7a-8a9f9a5f6a01";
const std::string SESSION = "0123456789abcdef";

/// A client, a server and the time between them.
class Harness
{
public:
	Harness() : _client(test::testIdentity(), "gimlet/1", options("http://r.test:9000"), randomness())
	{
		_description.name = "alice";
		_description.transports = {"udp-plain/1"};
	}

	static RendezvousClient::Options options(const std::string& url, const std::string& room = "lobby")
	{
		std::string error;
		return {.url = RendezvousUrl::parse(url, error).value(), .room = room};
	}

	RendezvousClient::Randomness randomness()
	{
		return {.chance = [this] { return _chance; }};
	}

	/// Carries bytes and takes events until both sides are silent.
	void settle()
	{
		for (;;)
		{
			if (const auto bytes = _client.takeOutput(); !bytes.empty() && _streamOpen)
				feed(_server.receive(bytes));
			const auto event = _client.pollEvent();
			if (!event)
				return;
			std::visit([this](const auto& happened) { take(happened); }, *event);
		}
	}

	void feed(const Buffer& bytes)
	{
		if (!bytes.empty())
			_client.onBytes(bytes, _now);
	}

	void say(std::string_view text)
	{
		feed(_server.say(text));
		settle();
	}

	void offer(const PeerId& peer)
	{
		say(R"({"type":"p2p_connection_offer","peer_worker_id":")" + peer +
			R"(","peer_udp_ip":"192.0.2.7","peer_udp_port":40001,"transport":"udp-plain/1","session":")" +
			SESSION + R"(","name":"bob","hello":true})");
	}

	void open()
	{
		ASSERT_TRUE(_dialled) << "no connection is wanted";
		_dialled = false;
		_streamOpen = true;
		_server.accept();
		_client.onOpen({.token = _token, .overLoopback = false}, _now);
		settle();
	}

	void goOnline()
	{
		_client.start();
		_client.describe(_description);
		settle();
		open();
		ASSERT_TRUE(_client.online());
	}

	void connectionFails(const std::string& error)
	{
		_dialled = false;
		_streamOpen = false;
		_client.onClosed(error, _now);
		settle();
	}

	/// Lets time pass, timer by timer. @return When the first connection was wanted, from now.
	std::optional<Duration> advance(Duration duration)
	{
		const auto begun = _now;
		const auto until = _now + duration;
		while (_client.nextDeadline() <= until)
		{
			_now = std::max(_now, _client.nextDeadline());
			_client.onTimer(_now);
			settle();
			if (_dialled)
				return _now - begun;
		}
		_now = until;
		return std::nullopt;
	}

	void take(const Connect&)
	{
		EXPECT_FALSE(_streamOpen);
		_dialled = true;
	}
	void take(const Disconnect&)
	{
		_streamOpen = false;
		_dialled = false;
		++_disconnects;
	}
	void take(const StateChanged& change)
	{
		_state = change.state;
		_detail = change.detail;
	}
	void take(const Complaint& complaint)
	{
		_complaints.push_back(complaint.text);
	}
	void take(const Note& note)
	{
		_notes.push_back(note.text);
	}
	void take(const RoundTrip& measured)
	{
		_roundTrips.push_back(measured.time);
	}
	void take(const RelayPlaced& placed)
	{
		_places.push_back(placed.place ? placed.place->path : "none");
	}
	void take(const TurnHandedOut& turn)
	{
		_turns.push_back(turn.servers);
	}
	void take(const PeerOffer& peer)
	{
		_offers.push_back(peer);
	}
	void take(const SignalArrived& signal)
	{
		_signals.push_back(signal.peer + " " + signal.session + " " + signal.data);
	}
	void take(const PeerGone& gone)
	{
		_gone.push_back(gone.peer);
	}
	void take(const PeerStranger& stranger)
	{
		_strangers.push_back(stranger.peer + " " + stranger.detail);
	}

	static rendezvous::Prove proofIn(const std::string& text)
	{
		std::string error;
		const auto message = rendezvous::decodeClientMessage(text, error);
		EXPECT_EQ(error, "") << text;
		const auto* proof = message ? std::get_if<rendezvous::Prove>(&*message) : nullptr;
		EXPECT_NE(proof, nullptr) << text;
		return proof ? *proof : rendezvous::Prove{};
	}

	TimePoint _now{1000h};
	double _chance = 0;
	std::string _token;
	LocalDescription _description;
	test::FakeRendezvous _server;
	RendezvousClient _client;
	bool _dialled = false;
	bool _streamOpen = false;
	int _disconnects = 0;
	SignalingState _state = SignalingState::Offline;
	std::string _detail;
	std::vector<std::string> _complaints;
	std::vector<std::string> _notes;
	std::vector<std::chrono::microseconds> _roundTrips;
	std::vector<std::string> _places;
	std::vector<std::vector<RelayServer>> _turns;
	std::vector<PeerOffer> _offers;
	std::vector<std::string> _signals;
	std::vector<PeerId> _gone;
	std::vector<std::string> _strangers;
};

class RendezvousClientTest : public testing::Test, protected Harness
{
};

TEST_F(RendezvousClientTest, WaitsUntilThereIsSomethingToAnnounce)
{
	_client.start();
	settle();
	EXPECT_FALSE(_dialled);
	_client.describe({});
	settle();
	EXPECT_FALSE(_dialled);
	_client.describe(_description);
	settle();
	EXPECT_TRUE(_dialled);
	EXPECT_EQ(_state, SignalingState::Connecting);
	EXPECT_EQ(_detail, "connecting to the rendezvous http://r.test:9000, room lobby");
}

TEST_F(RendezvousClientTest, SaysHelloThenItsAddresses)
{
	_token = "secret";
	_description.publicAddress = "203.0.113.7";
	_description.endpoint = Endpoint::parse("203.0.113.7:40001");
	goOnline();
	EXPECT_THAT(_server.request, testing::StartsWith("GET /ws/register/" + OWN + "?room=lobby HTTP/1.1\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nHost: r.test:9000\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nAuthorization: Bearer secret\r\n"));
	EXPECT_THAT(_server.messages,
		ElementsAre(R"({"type":"hello","protocol":1,"transports":["udp-plain/1"],"name":"alice"})",
			R"({"type":"register_public_ip","ip":"203.0.113.7"})",
			R"({"type":"update_udp_endpoint","udp_ip":"203.0.113.7","udp_port":40001})"));
	EXPECT_EQ(_state, SignalingState::Online);
	EXPECT_EQ(_detail, "connected to the rendezvous http://r.test:9000, room lobby");
	EXPECT_TRUE(_complaints.empty());
}

TEST_F(RendezvousClientTest, ProvesItsIdOnceForTheHostThatItDialled)
{
	goOnline();
	const std::string challenge = rendezvous::encode(rendezvous::Challenge{{1, 2, 3}});
	say(challenge);
	ASSERT_EQ(_server.messages.size(), 2U);
	const auto text = _server.messages.back();
	const auto proof = proofIn(text);
	EXPECT_EQ(proof.host, "r.test:9000");
	EXPECT_FALSE(proof.yield);
	EXPECT_EQ(OWN, identity::workerId(proof.publicKey));
	const auto signedText = [&](const std::string& host, const std::string& room)
	{
		return identity::registrationText({.host = host,
			.serverNonce = {1, 2, 3},
			.clientNonce = proof.clientNonce,
			.id = OWN,
			.room = room});
	};
	EXPECT_TRUE(identity::verify(proof.publicKey, signedText("r.test:9000", "lobby"), proof.signature));
	EXPECT_FALSE(identity::verify(proof.publicKey, signedText("r.test:9000", "den"), proof.signature));
	EXPECT_FALSE(identity::verify(proof.publicKey, signedText("other.test:9000", "lobby"), proof.signature));

	say(challenge);
	say(rendezvous::encode(rendezvous::Challenge{{4, 5, 6}}));
	EXPECT_EQ(_server.messages.size(), 2U) << "a client is no oracle";
	say(R"({"type":"challenge","nonce":"00"})");
	EXPECT_EQ(_client.counters().malformed, 1U);
}

TEST_F(RendezvousClientTest, ANonceOfItsOwnIsInEachProof)
{
	std::set<identity::Nonce> nonces;
	goOnline();
	for (int connection = 0; connection < 3; ++connection)
	{
		say(rendezvous::encode(rendezvous::Challenge{{1}}));
		nonces.insert(proofIn(_server.messages.back()).clientNonce);
		connectionFails("gone");
		ASSERT_TRUE(advance(1min));
		open();
	}
	EXPECT_EQ(nonces.size(), 3U);
}

TEST_F(RendezvousClientTest, OnceReplacedItYieldsUntilItHasItsIdAgain)
{
	goOnline();
	feed(_server.close(rendezvous::CLOSE_ID_IN_USE, "taken over"));
	settle();
	EXPECT_EQ(_state, SignalingState::Refused);
	EXPECT_FALSE(advance(59s)) << "two never fight";
	ASSERT_TRUE(advance(20s));
	open();
	say(rendezvous::encode(rendezvous::Challenge{{1}}));
	EXPECT_TRUE(proofIn(_server.messages.back()).yield);
	advance(PersistentConnection::STABLE);
	connectionFails("gone");
	ASSERT_TRUE(advance(1min));
	open();
	say(rendezvous::encode(rendezvous::Challenge{{1}}));
	EXPECT_FALSE(proofIn(_server.messages.back()).yield)
		<< "what is in its way then is its own lost connection";
}

TEST_F(RendezvousClientTest, AnIdThatIsNotBelievedIsARefusal)
{
	goOnline();
	feed(_server.close(rendezvous::CLOSE_NOT_PROVEN, "the proof is for another host"));
	settle();
	EXPECT_EQ(_state, SignalingState::Refused);
	EXPECT_THAT(_detail, HasSubstr("the proof is for another host"));
	EXPECT_THAT(_detail, HasSubstr("names"));
	EXPECT_THAT(_detail, HasSubstr("at another rendezvous")) << "it may have passed the proof on";
	EXPECT_FALSE(advance(59s));
}

TEST_F(RendezvousClientTest, AnnouncesWhatIsFoundLaterOnce)
{
	goOnline();
	_description.endpoint = Endpoint::parse("203.0.113.7:40001");
	_client.describe(_description);
	_client.describe(_description);
	settle();
	EXPECT_EQ(_server.messages.size(), 2U);
	_description.endpoint = Endpoint::parse("203.0.113.7:40002");
	_client.describe(_description);
	settle();
	EXPECT_THAT(_server.messages.back(), HasSubstr("40002"));
}

TEST_F(RendezvousClientTest, AnEndpointIsTakenBackByANewConnection)
{
	_description.endpoint = Endpoint::parse("203.0.113.7:40001");
	goOnline();
	EXPECT_EQ(_server.messages.size(), 2U);
	_description.endpoint.reset();
	_client.describe(_description);
	settle();
	EXPECT_EQ(_server.closeCode, 1000);
	open();
	EXPECT_EQ(_server.messages.size(), 1U) << "hello alone";
}

TEST_F(RendezvousClientTest, AChangedListOfTransportsNeedsANewHello)
{
	goOnline();
	_description.transports.emplace_back("udp-punch/1");
	_client.describe(_description);
	settle();
	EXPECT_EQ(_server.closeCode, 1000);
	open();
	EXPECT_THAT(_server.messages.front(), HasSubstr("udp-punch/1"));
}

TEST_F(RendezvousClientTest, ANameThatTheProtocolDoesNotAllowIsLeftOut)
{
	_description.name = std::string(65, 'x');
	goOnline();
	EXPECT_THAT(_server.messages.front(), HasSubstr(R"("name":"")"));
}

TEST_F(RendezvousClientTest, PassesOffersOn)
{
	goOnline();
	offer(PEER);
	ASSERT_EQ(_offers.size(), 1U);
	const auto& peer = _offers.front();
	EXPECT_EQ(peer.peer, PEER);
	EXPECT_EQ(peer.name, "bob");
	EXPECT_EQ(peer.transport, "udp-plain/1");
	EXPECT_EQ(peer.session, SESSION);
	EXPECT_EQ(peer.room, "lobby");
	EXPECT_EQ(peer.endpoint, Endpoint::parse("192.0.2.7:40001"));
	EXPECT_TRUE(peer.ours);
	EXPECT_FALSE(peer.overLoopback);
	offer(OWN);
	EXPECT_EQ(_offers.size(), 1U) << "a node is no peer of itself";
}

TEST_F(RendezvousClientTest, TellsFromWhereAPeerIsConnected)
{
	goOnline();
	const auto seen = [this](const std::string& address)
	{
		say(R"({"type":"p2p_connection_offer","peer_worker_id":")" + PEER +
			R"(","transport":"udp-punch/1","session":")" + SESSION + R"(","hello":true,"seen_ip":")" +
			address + R"("})");
		return _offers.back().seen;
	};
	EXPECT_THAT(seen("203.0.113.7"), ElementsAre(*Endpoint::parseAddress("203.0.113.7", 0)));
	EXPECT_THAT(seen("2001:db8::7"), ElementsAre(*Endpoint::parseAddress("2001:db8::7", 0)));
	EXPECT_THAT(seen("10.0.0.7"), testing::SizeIs(1)) << "the rendezvous may stand in the same network";
	for (const auto* address : {"127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255",
			 "169.254.169.254", "fe80::1", "100::1"})
		EXPECT_THAT(seen(address), testing::IsEmpty()) << address;
}

TEST_F(RendezvousClientTest, PassesOnWhatTheWelcomeOffers)
{
	goOnline();
	const std::string welcome =
		R"({"type":"welcome","protocol":1,"room":"lobby","seen_ip":"192.0.2.1","ping_interval":25)";
	say(welcome + "}");
	say(welcome + R"(,"relay":{"path":"/ws/relay/1","address":"100::1"}})");
	EXPECT_THAT(_places, ElementsAre("none", "/ws/relay/1"));
	EXPECT_TRUE(_turns.empty()) << "no servers before and none now are no news";

	say(welcome + R"(,"turn":[{"urls":["turn:a.test","turns:a.test"],"username":"u","credential":"p"},)" +
		R"({"urls":["turn:b.test"],"username":"v","credential":"q"}],"turn_ttl":3600})");
	ASSERT_EQ(_turns.size(), 1U);
	EXPECT_THAT(
		_turns.back(), ElementsAre(RelayServer{"turn:a.test", "u", "p"},
						   RelayServer{"turns:a.test", "u", "p"}, RelayServer{"turn:b.test", "v", "q"}));
	say(R"({"type":"turn","turn":[{"urls":["turn:b.test"],"username":"v","credential":"r"}],"turn_ttl":60})");
	EXPECT_THAT(_turns.back(), ElementsAre(RelayServer{"turn:b.test", "v", "r"}));
	say(welcome + "}");
	EXPECT_TRUE(_turns.back().empty());
	EXPECT_EQ(_turns.size(), 3U);
}

TEST_F(RendezvousClientTest, LeavesOutWhatTheWelcomeOffersInAWrongWay)
{
	goOnline();
	const std::string welcome = R"({"type":"welcome","protocol":1,"relay":)";
	const std::string relay = R"({"path":"/ws/relay/1","address":"100::1"})";
	say(welcome + relay + R"(,"turn":[{"urls":["turns-ng:a"]}]})");
	EXPECT_THAT(_places, ElementsAre("/ws/relay/1"));
	EXPECT_TRUE(_turns.empty());
	say(welcome + R"({},"turn":[{"urls":["turn:a.test"],"username":"u","credential":"p"}]})");
	EXPECT_EQ(_places.back(), "none");
	EXPECT_THAT(_turns.back(), ElementsAre(RelayServer{"turn:a.test", "u", "p"}));
	EXPECT_EQ(_client.counters().skipped, 2U);
	EXPECT_EQ(_client.counters().malformed, 0U);
	ASSERT_EQ(_notes.size(), 1U) << "once a connection";
	EXPECT_THAT(_notes.front(), HasSubstr("is left out: a TURN server must have"));
}

TEST_F(RendezvousClientTest, IsAskedAtOnceWhenTheNetworkChanges)
{
	goOnline();
	EXPECT_EQ(_roundTrips.size(), 1U) << "the upgrade took one";
	advance(1s);
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(_client.connectionCounters().pings, 1U);
	EXPECT_EQ(_roundTrips.size(), 2U);
	advance(1min);
	EXPECT_TRUE(_client.online());

	_server.alive = false;
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(advance(1min), 3500ms);
	EXPECT_EQ(_detail, "the rendezvous did not answer a ping within 3 s");
	connectionFails("no route");
	_client.networkChanged(_now);
	settle();
	EXPECT_TRUE(_dialled) << "a pause ends";
}

TEST_F(RendezvousClientTest, WhatWasOnItsWayWhenTheNetworkChangedShowsNothing)
{
	goOnline();
	const auto late = _server.say(R"({"type":"udp_endpoint_ack","status":"received"})");
	_server.alive = false;
	_client.networkChanged(_now);
	settle();
	_now += 1s;
	feed(late);
	settle();
	EXPECT_EQ(advance(1min), 2s + 500ms);
	EXPECT_EQ(_detail, "the rendezvous did not answer a ping within 3 s");
}

TEST_F(RendezvousClientTest, AnotherNetworkIsNoReasonToComeBackWhereItWasToldToStayAway)
{
	goOnline();
	feed(_server.close(rendezvous::CLOSE_ID_IN_USE));
	settle();
	_client.networkChanged(_now);
	settle();
	EXPECT_FALSE(_dialled) << "two never fight";
	EXPECT_FALSE(advance(59s));
}

TEST_F(RendezvousClientTest, UnderstandsTheFirstVersionsServer)
{
	goOnline();
	say(R"({"type":"udp_endpoint_ack","status":"received"})");
	say(R"({"type":"p2p_connection_offer","peer_worker_id":")" + PEER +
		R"(","peer_udp_ip":"192.0.2.7","peer_udp_port":40001})");
	ASSERT_EQ(_offers.size(), 1U);
	EXPECT_EQ(_offers.front().transport, "udp-plain/1");
	EXPECT_EQ(_offers.front().session, "");
	EXPECT_FALSE(_offers.front().ours);
	EXPECT_TRUE(_notes.empty());
}

TEST_F(RendezvousClientTest, CarriesSignals)
{
	EXPECT_FALSE(_client.sendSignal(PEER, SESSION, "{}"));
	goOnline();
	EXPECT_TRUE(_client.sendSignal(PEER, SESSION, R"({"candidates":[]})"));
	settle();
	EXPECT_EQ(_server.messages.back(), R"({"type":"signal","to":")" + PEER + R"(","session":")" + SESSION +
										   R"(","data":{"candidates":[]}})");
	EXPECT_FALSE(_client.sendSignal(PEER, SESSION, "no JSON"));
	EXPECT_FALSE(
		_client.sendSignal(PEER, SESSION, '"' + std::string(RendezvousClient::MAX_MESSAGE, 'x') + '"'));

	say(R"({"type":"signal","from":")" + PEER + R"(","session":")" + SESSION + R"(","data":{"a":1}})");
	EXPECT_THAT(_signals, ElementsAre(PEER + " " + SESSION + R"( {"a":1})"));
	say(R"({"type":"signal_failed","to":")" + PEER + R"(","session":")" + SESSION + R"(","reason":"gone"})");
	EXPECT_EQ(_client.counters().refusedSignals, 1U);
}

TEST_F(RendezvousClientTest, TellsWhoLeftAndWhoIsIncompatible)
{
	goOnline();
	offer(PEER);
	say(R"({"type":"peer_left","peer_worker_id":")" + PEER + R"("})");
	say(R"({"type":"peer_left","peer_worker_id":")" + PEER + R"("})");
	say(R"({"type":"peer_left","peer_worker_id":")" + OTHER + R"("})");
	EXPECT_THAT(_gone, ElementsAre(PEER));
	say(R"({"type":"peer_incompatible","peer_worker_id":")" + OTHER +
		R"(","name":"old","transports":["udp-plain/1"],"message":"send me money"})");
	say(R"({"type":"peer_incompatible","peer_worker_id":")" + OTHER +
		R"(","name":"","transports":["x/1","y/2"],"message":""})");
	EXPECT_THAT(_strangers,
		ElementsAre(OTHER + " it speaks udp-plain/1 only; add udp-plain to [node] plugins to talk with it "
							"without encryption",
			OTHER + " it speaks x/1, y/2 only; add x to [node] plugins to talk with it"));
}

TEST_F(RendezvousClientTest, DropsAndCountsWhatItCannotRead)
{
	goOnline();
	say("no JSON");
	say(R"({"type":"p2p_connection_offer","peer_worker_id":"x"})");
	say(R"({"type":"something_new","a":[1,2]})");
	EXPECT_EQ(_client.counters().malformed, 2U);
	EXPECT_EQ(_client.counters().unknown, 1U);
	EXPECT_TRUE(_client.online());
}

TEST_F(RendezvousClientTest, TellsAnObjectionOfTheServerOnce)
{
	goOnline();
	say(R"({"type":"error","code":"too_fast","message":"slow down"})");
	say(R"({"type":"error","code":"too_fast","message":"slow down"})");
	EXPECT_THAT(_notes, ElementsAre("the rendezvous objects: slow down (too_fast)"));
	say(R"({"type":"udp_endpoint_ack","status":"error: not an address"})");
	EXPECT_EQ(_notes.size(), 2U);
	say(R"({"type":"welcome","protocol":2,"room":"lobby","seen_ip":"192.0.2.1","ping_interval":25})");
	EXPECT_EQ(_notes.back(), "the rendezvous speaks protocol 2, this node 1");
}

TEST_F(RendezvousClientTest, TriesForEverWithLongerPausesAndFewWords)
{
	_chance = 1;
	_client.start();
	_client.describe(_description);
	settle();
	std::vector<Duration> pauses;
	for (int attempt = 0; attempt < 200; ++attempt)
	{
		connectionFails("192.0.2.1:9000 refused the connection");
		EXPECT_EQ(_state, SignalingState::Offline);
		const auto pause = advance(1h);
		ASSERT_TRUE(pause);
		pauses.push_back(*pause);
	}
	EXPECT_EQ(pauses[0], 1s);
	EXPECT_EQ(pauses[1], 2s);
	EXPECT_EQ(pauses[4], 16s);
	EXPECT_EQ(pauses[5], 30s);
	EXPECT_EQ(pauses.back(), 30s);
	EXPECT_EQ(_complaints.front(), "http://r.test:9000 cannot be reached: 192.0.2.1:9000 refused the "
								   "connection; trying again until it works");
	EXPECT_THAT(_complaints.size(), testing::AllOf(testing::Ge(9U), testing::Le(11U)))
		<< "in a hundred minutes: the first, then every ten minutes";
}

TEST_F(RendezvousClientTest, PausesAreJitteredFromHalfASecondTo30)
{
	_chance = 0;
	_client.start();
	_client.describe(_description);
	settle();
	std::vector<Duration> pauses;
	for (int attempt = 0; attempt < 8; ++attempt)
	{
		connectionFails("no such name: r.test");
		pauses.push_back(advance(1h).value());
	}
	EXPECT_EQ(pauses.front(), 500ms);
	EXPECT_EQ(pauses.back(), 15s);
}

TEST_F(RendezvousClientTest, ComesBackUnderTheSameIdAndAnnouncesEverythingAnew)
{
	_description.endpoint = Endpoint::parse("203.0.113.7:40001");
	goOnline();
	advance(11s);
	connectionFails("the connection broke off");
	EXPECT_EQ(_state, SignalingState::Offline);
	EXPECT_EQ(_detail, "the connection to the rendezvous was lost: the connection broke off");
	EXPECT_FALSE(_client.sendSignal(PEER, SESSION, "{}"));
	const auto pause = advance(1h);
	EXPECT_EQ(pause, 500ms);
	open();
	EXPECT_THAT(_server.request, HasSubstr(OWN));
	EXPECT_EQ(_server.messages.size(), 2U);
	EXPECT_EQ(_state, SignalingState::Online);
}

TEST_F(RendezvousClientTest, AServerThatAcceptsAndClosesIsNotHammered)
{
	goOnline();
	Duration pause{};
	for (int round = 0; round < 8; ++round)
	{
		feed(_server.close(1011));
		settle();
		pause = advance(1h).value();
		open();
	}
	EXPECT_EQ(pause, 15s);
	EXPECT_EQ(_complaints.size(), 1U);
}

TEST_F(RendezvousClientTest, PingsAndGoesAwayWhenNothingAnswers)
{
	goOnline();
	EXPECT_EQ(advance(24s), std::nullopt);
	EXPECT_EQ(_client.connectionCounters().pings, 0U);
	advance(76s);
	EXPECT_EQ(_client.connectionCounters().pings, 4U);
	EXPECT_TRUE(_client.online());
	_server.alive = false;
	EXPECT_EQ(advance(49s), std::nullopt);
	EXPECT_TRUE(_client.online());
	EXPECT_TRUE(advance(5s));
	EXPECT_EQ(_detail, "the rendezvous did not answer a ping within 25 s");
}

TEST_F(RendezvousClientTest, AnythingThatComesShowsThatTheConnectionLives)
{
	goOnline();
	_server.alive = false;
	advance(26s);
	say(R"({"type":"something_new"})");
	advance(25s);
	EXPECT_TRUE(_client.online());
}

TEST_F(RendezvousClientTest, PingTimesAreTheConfiguredOnes)
{
	goOnline();
	auto faster = options("http://r.test:9000");
	faster.pingInterval = 1s;
	faster.pingTimeout = 500ms;
	_client.reconfigure(faster, _now);
	settle();
	EXPECT_TRUE(_client.online()) << "pings alone are no reason for a new connection";
	advance(5500ms);
	EXPECT_EQ(_client.connectionCounters().pings, 5U);
	_server.alive = false;
	EXPECT_EQ(advance(10s), 1500ms);
}

TEST_F(RendezvousClientTest, SilenceAfterTheUpgradeRequestIsBounded)
{
	_client.start();
	_client.describe(_description);
	settle();
	_client.onOpen({}, _now);
	settle();
	EXPECT_TRUE(advance(1min));
	EXPECT_EQ(_detail, "http://r.test:9000 did not answer within 10 s");
}

struct Refusal
{
	std::string answer;
	SignalingState state;
	Duration atLeast;
	std::string words;
};

TEST_F(RendezvousClientTest, SaysWhyTheUpgradeWasRefused)
{
	const auto status = [](const std::string& line)
	{ return "HTTP/1.1 " + line + "\r\nContent-Length: 0\r\n\r\n"; };
	const std::vector<Refusal> refusals{
		{status("401 Unauthorized"), SignalingState::Refused, 60s, "token, token_file or token_command"},
		{status("401 Unauthorized"), SignalingState::Refused, 60s, "GIMLET_RENDEZVOUS_TOKEN"},
		{status("403 Forbidden"), SignalingState::Refused, 60s, "refused this node (403)"},
		{status("400 Bad Request"), SignalingState::Refused, 60s, "id or room (400)"},
		{status("429 Too Many Requests"), SignalingState::Offline, 30s, "429"},
		{status("503 Service Unavailable"), SignalingState::Offline, 500ms, "not available now (503)"},
		{status("404 Not Found"), SignalingState::Offline, 500ms,
			"http://r.test:9000 is not a Gimlet rendezvous: it answered 404"},
		{status("200 OK"), SignalingState::Offline, 500ms, "is not a Gimlet rendezvous: it answered 200"},
		{"HTTP/1.1 301 Moved\r\nLocation: https://new.test/\r\n\r\n", SignalingState::Offline, 500ms,
			"has moved to https://new.test/ (301)"},
		{"SSH-2.0-OpenSSH_9.2\r\n", SignalingState::Offline, 500ms,
			"http://r.test:9000 is not a Gimlet rendezvous: the server does not speak HTTP"},
	};
	for (const auto& refusal : refusals)
	{
		Harness one;
		one._server.refusal = refusal.answer;
		one._client.start();
		one._client.describe(one._description);
		one.settle();
		one.open();
		EXPECT_FALSE(one._client.online());
		EXPECT_EQ(one._state, refusal.state) << refusal.answer;
		EXPECT_THAT(one._detail, HasSubstr(refusal.words));
		EXPECT_EQ(one._complaints.size(), 1U);
		EXPECT_EQ(one._disconnects, 1);
		EXPECT_EQ(one.advance(1h), refusal.atLeast) << refusal.answer;
	}
}

TEST_F(RendezvousClientTest, ATokenThatIsNotAcceptedIsNotAskedFor)
{
	_token = "wrong";
	_server.refusal = "HTTP/1.1 401 Unauthorized\r\n\r\n";
	_client.start();
	_client.describe(_description);
	settle();
	open();
	EXPECT_THAT(_detail, HasSubstr("it does not accept our token"));
	EXPECT_THAT(_detail, testing::Not(HasSubstr("wrong")));
}

TEST_F(RendezvousClientTest, WhoIsReplacedKeepsAwayForAMinute)
{
	goOnline();
	advance(1min);
	feed(_server.close(4409, "taken over"));
	settle();
	EXPECT_EQ(_state, SignalingState::Refused);
	EXPECT_THAT(_complaints.back(), HasSubstr("another process is connected with this node's id"));
	_chance = 0;
	const auto pause = advance(1h);
	ASSERT_TRUE(pause);
	EXPECT_GE(*pause, 60s);
	EXPECT_LE(*pause, 66s);
}

TEST_F(RendezvousClientTest, SaysWhyTheServerClosed)
{
	const std::vector<std::pair<std::uint16_t, std::string>> closes{{1001, "the rendezvous went away"},
		{1008, "a limit was broken: why"}, {1013, "full or busy"},
		{1009, "closed the connection (1009): why"}};
	for (const auto& [code, words] : closes)
	{
		Harness one;
		one.goOnline();
		one.feed(one._server.close(code, "why"));
		one.settle();
		EXPECT_THAT(one._detail, HasSubstr(words));
		EXPECT_FALSE(one._client.online());
	}
}

TEST_F(RendezvousClientTest, AServerThatBreaksTheProtocolIsLeft)
{
	goOnline();
	feed({0xc1, 0x00}); // a reserved bit
	settle();
	EXPECT_THAT(_detail, HasSubstr("broke the WebSocket protocol"));
	EXPECT_EQ(_server.closeCode, 1002);
	EXPECT_EQ(advance(1h), 30s);
}

TEST_F(RendezvousClientTest, AMessageThatIsTooLargeEndsTheConnection)
{
	goOnline();
	say('"' + std::string(RendezvousClient::MAX_MESSAGE, 'x') + '"');
	EXPECT_FALSE(_client.online());
	EXPECT_EQ(_server.closeCode, 1009);
}

TEST_F(RendezvousClientTest, AFloodOfMessagesEndsTheConnection)
{
	goOnline();
	int messages = 0;
	while (_client.online() && messages < 10'000)
	{
		say("{}");
		++messages;
	}
	EXPECT_EQ(messages, 4097);
	EXPECT_EQ(_state, SignalingState::Refused);
	EXPECT_EQ(_server.closeCode, 1008);
	EXPECT_EQ(advance(1h), 60s);
}

TEST_F(RendezvousClientTest, MessagesAtABearableRateGoOnForEver)
{
	goOnline();
	for (int message = 0; message < 10'000; ++message)
	{
		advance(10ms);
		say("{}");
	}
	EXPECT_TRUE(_client.online());
}

TEST_F(RendezvousClientTest, WhoDoesNotComeBackAfterALostConnectionHasLeft)
{
	goOnline();
	offer(PEER);
	offer(OTHER);
	connectionFails("");
	EXPECT_TRUE(_gone.empty()) << "links outlive the rendezvous";
	advance(1h);
	open();
	offer(OTHER);
	advance(59s);
	EXPECT_TRUE(_gone.empty());
	advance(1s);
	EXPECT_THAT(_gone, ElementsAre(PEER));
	advance(10min);
	EXPECT_EQ(_gone.size(), 1U);
}

TEST_F(RendezvousClientTest, AnotherRoomIsEnteredAtOnceAndPeersAreKeptForAWhile)
{
	goOnline();
	offer(PEER);
	_client.reconfigure(options("http://r.test:9000", "attic"), _now);
	settle();
	EXPECT_EQ(_server.closeCode, 1000);
	EXPECT_TRUE(_complaints.empty());
	open();
	EXPECT_THAT(_server.request, HasSubstr("?room=attic "));
	EXPECT_TRUE(_gone.empty());
	EXPECT_EQ(_detail, "connected to the rendezvous http://r.test:9000, room attic");
}

TEST_F(RendezvousClientTest, NewSettingsEndAPause)
{
	_client.start();
	_client.describe(_description);
	settle();
	connectionFails("no such name: r.test");
	_client.reconfigure(options("http://other.test"), _now);
	settle();
	EXPECT_TRUE(_dialled);
}

TEST_F(RendezvousClientTest, WithoutItsTokenItDoesNotConnectAndTriesAgain)
{
	_client.start();
	_client.describe(_description);
	settle();
	_client.onNoToken("token_file t cannot be read", _now);
	settle();
	EXPECT_EQ(_detail, "there is no token for http://r.test:9000: token_file t cannot be read");
	EXPECT_EQ(advance(1h), 500ms);
}

TEST_F(RendezvousClientTest, SaysGoodbyeWhenItStops)
{
	goOnline();
	_client.stop();
	settle();
	EXPECT_EQ(_server.closeCode, 1001);
	EXPECT_FALSE(_streamOpen);
	EXPECT_EQ(_client.nextDeadline(), NEVER);
	_client.describe(_description);
	settle();
	EXPECT_FALSE(_dialled);
}

TEST_F(RendezvousClientTest, AnAnswerAndFramesInOnePieceAndByteByByte)
{
	_client.start();
	_client.describe(_description);
	settle();
	_server.accept();
	_client.onOpen({.token = {}, .overLoopback = true}, _now);
	auto answer = _server.receive(_client.takeOutput());
	const auto frame = _server.say(R"({"type":"p2p_connection_offer","peer_worker_id":")" + PEER +
								   R"(","peer_udp_ip":"127.0.0.1","peer_udp_port":40001})");
	answer.insert(answer.end(), frame.begin(), frame.end());
	_streamOpen = true;
	for (const auto byte : answer)
		_client.onBytes({&byte, 1}, _now);
	settle();
	ASSERT_EQ(_offers.size(), 1U);
	EXPECT_TRUE(_offers.front().overLoopback);
}

}

}
