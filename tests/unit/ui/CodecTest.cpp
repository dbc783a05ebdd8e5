#include "node/protocol/ui/Codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::ui;
using testing::HasSubstr;

namespace
{

constexpr auto ID = "3f0d6c1e-58d7-4f6e-9c38-0a4a5b8f2a11";
constexpr auto PEER = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";

PeerView fullPeer()
{
	PeerView peer;
	peer.id = PEER;
	peer.name = "Workshop \"north\"";
	peer.state = LinkState::Silent;
	peer.message = "nothing heard for 31 s";
	peer.since = WallTime{1'700'000'000'123};
	peer.address = "[2001:db8::1]:40001";
	peer.present = true;
	peer.transport = "udp-plain/1";
	peer.encrypted = true;
	peer.acknowledges = true;
	peer.roundTripMs = 23.4;
	peer.queued = 3;
	peer.bytesSent = 1ULL << 40;
	peer.bytesReceived = 7;
	peer.retransmissions = 2;
	peer.trust = Trust::Verified;
	peer.refusal = LinkRefusal::IdentityChanged;
	peer.verifiedAs = "workshop";
	peer.path = "direct";
	peer.localAddress = "192.0.2.1:7";
	peer.localType = CandidateType::Host;
	peer.remoteType = CandidateType::ServerReflexive;
	peer.cipher = "ECDHE-ECDSA-AES128-GCM-SHA256";
	peer.codeWords = "amber bridge candle delta eagle";
	peer.codeDigits = "01234 56789";
	return peer;
}

InitInfo fullInit()
{
	InitInfo info;
	info.workerId = ID;
	info.linkedPeer = PEER;
	info.name = "Küche";
	info.version = "0.1.0";
	info.maxMessage = 1057;
	info.run = "r1";
	info.signaling = {SignalingState::Online, "wss://example.org"};
	info.ready = true;
	PluginView plugin;
	plugin.name = "stun";
	plugin.role = "discovery";
	plugin.state = PluginState::Degraded;
	plugin.message = "no answer";
	plugin.required = false;
	info.plugins = {plugin};
	info.peers = {fullPeer(), PeerView{}};
	info.network = {MappingBehaviour::AddressDependent,
		{{CandidateType::ServerReflexive, "203.0.113.7:1", "stun.example.org:3478"}}};
	info.network.nat = {MappingBehaviour::AddressDependent, FilteringBehaviour::AddressAndPortDependent,
		PortAssignment::Sequential, -1, false};
	info.network.facts = {FactView{{.topic = "stun",
							  .subject = "stun.example.org:3478 IPv4",
							  .verdict = NetworkFact::Verdict::Good,
							  .text = "answers",
							  .value = "203.0.113.7:1",
							  .roundTrip = std::chrono::microseconds{1500}}},
		FactView{{.topic = "relay", .verdict = NetworkFact::Verdict::Bad, .text = "no answer in 5 s"}},
		FactView{{.topic = "rendezvous", .text = "no answer yet", .pending = true}}};
	info.network.udp = UdpReach::Works;
	info.network.verdict = {"Links are direct with every NAT but a symmetric one.", std::string(200, 'x')};
	return info;
}

const MessageSent SENT{
	"m1", "line\nline", {PEER}, WallTime{5}, 8, {{PEER, Delivery::Failed, "the peer is gone"}}};
const MessageReceived RECEIVED{PEER, "Ann", "\u0001 <b>", "m2", WallTime{6}, 9};

std::string refusalOf(std::string_view text)
{
	std::string error;
	return decodeFromPage(text, error) ? "accepted" : error;
}

}

TEST(UiCodec, EveryObjectOfTheNodeComesBackAsItWas)
{
	for (const ToPage& object : std::vector<ToPage>{fullInit(), InitInfo{}, HistoryPart{{SENT, RECEIVED}},
			 StatusUpdate{"up", PEER, LinkState::Up, PEER}, StatusUpdate{}, RECEIVED, SENT,
			 DeliveryUpdate{"m1", {PEER, Delivery::Unconfirmed, ""}}, PeerUpdate{fullPeer()},
			 PeerForgotten{PEER}, SignalingStatus{SignalingState::Refused, "unauthorised"}, PluginUpdate{},
			 fullInit().network, Notice{"read me"}, Error{"Cannot send empty message.", "empty", "m3"},
			 Error{"no", "", ""}, Error{"no", "other_code", "", PEER}, Verification{PEER, true}, Pong{}})
	{
		std::string error;
		const auto text = encode(object);
		EXPECT_EQ(text.find('\n'), std::string::npos) << text;
		const auto back = decodeToPage(text, error);
		ASSERT_TRUE(back) << text << ": " << error;
		EXPECT_EQ(*back, object) << text;
	}
}

TEST(UiCodec, EveryObjectOfThePageComesBackAsItWas)
{
	for (const FromPage& object : std::vector<FromPage>{ClientHello{}, Ping{},
			 SendMessage{"hello", PEER, "m1"}, SendMessage{"", {}, ""}, VerifyPeer{PEER, "01234 56789"},
			 VerifyPeer{PEER, ""}, UnverifyPeer{PEER}, RefusePeer{PEER}})
	{
		std::string error;
		const auto back = decodeFromPage(encode(object), error);
		ASSERT_TRUE(back) << error;
		EXPECT_EQ(*back, object);
	}
}

TEST(UiCodec, SpeaksTheWordsOfTheFirstVersion)
{
	EXPECT_THAT(encode(ToPage{fullInit()}), HasSubstr(std::string{R"({"type":"init_info","worker_id":")"} +
													  ID + R"(","p2p_peer_id":")" + PEER + '"'));
	EXPECT_THAT(encode(ToPage{InitInfo{}}), HasSubstr(R"("p2p_peer_id":null)"));
	EXPECT_EQ(encode(ToPage{StatusUpdate{"m", {}, LinkState::Lost, PEER}}),
		std::string{R"({"type":"p2p_status_update","message":"m","peer_id":null,"state":"lost","about":")"} +
			PEER + "\"}");
	EXPECT_EQ(encode(ToPage{MessageReceived{PEER, "", "hi", "", WallTime{4}, 0}}),
		std::string{R"({"type":"p2p_message_received","from_peer_id":")"} + PEER +
			R"(","name":"","content":"hi","id":"","time":4})");
	std::string error;
	EXPECT_EQ(decodeFromPage(R"({"type":"send_p2p_message","content":"x"})", error),
		FromPage{(SendMessage{"x", {}, ""})});
	EXPECT_EQ(decodeFromPage(R"({"type":"ui_client_hello"})", error), FromPage{ClientHello{}});
}

TEST(UiCodec, IgnoresWhatItDoesNotKnow)
{
	std::string error;
	EXPECT_EQ(decodeFromPage(R"({"type":"later","x":[1]})", error), FromPage{Unknown{"later"}});
	EXPECT_EQ(decodeFromPage(R"({"type":"send_p2p_message","content":"x","colour":"red","to":null})", error),
		FromPage{(SendMessage{"x", {}, ""})});
	EXPECT_EQ(decodeToPage(R"({"type":"later"})", error), ToPage{Unknown{"later"}});
}

TEST(UiCodec, SaysWhatIsWrongWithAnObject)
{
	EXPECT_THAT(refusalOf(R"({"type":"send_p2p_message"})"), HasSubstr("\"content\""));
	EXPECT_THAT(refusalOf(R"({"type":"send_p2p_message","content":7})"), HasSubstr("\"content\""));
	EXPECT_THAT(refusalOf(R"({"type":"send_p2p_message","content":"x","to":7})"), HasSubstr("\"to\""));
	EXPECT_THAT(refusalOf(R"({"type":"send_p2p_message","content":"x","id":{}})"), HasSubstr("\"id\""));
	EXPECT_THAT(refusalOf(R"({"content":"x"})"), HasSubstr("\"type\""));
	for (const auto* text : {"", "[]", "7", "{", "{\"type\":\"ping\"} x", "{\"type\":\"\xff\"}"})
	{
		EXPECT_NE(refusalOf(text), "accepted") << text;
		EXPECT_NE(refusalOf(text), "") << text;
	}
	EXPECT_NE(refusalOf(R"({"type":"x","a":")" + std::string(MAX_OBJECT, 'a') + "\"}"), "accepted");
}

TEST(UiCodec, RefusesWordsThatNoStateHas)
{
	std::string error;
	EXPECT_FALSE(decodeToPage(R"({"type":"signaling","state":"nearly","message":""})", error));
	EXPECT_THAT(error, HasSubstr("\"state\""));
	EXPECT_FALSE(decodeToPage(R"({"type":"history","messages":[{"type":"notice","message":"x"}]})", error));
	EXPECT_FALSE(decodeToPage(R"({"type":"history","messages":[7]})", error));
	EXPECT_FALSE(decodeToPage(R"({"type":"peer","peer":{"id":"x"}})", error));
}

TEST(UiCodec, ShowsAPeerInTheUnitsOfThePage)
{
	PeerInfo info;
	info.id = PEER;
	info.link.roundTrip = std::chrono::microseconds{1500};
	info.link.remote = *Endpoint::parse("192.0.2.1:9");
	const PeerView view{info};
	EXPECT_EQ(view.roundTripMs, 1.5);
	EXPECT_EQ(view.address, "192.0.2.1:9");
	EXPECT_THAT(encode(ToPage{PeerUpdate{view}}), HasSubstr(R"("round_trip_ms":1.5)"));
	EXPECT_THAT(encode(ToPage{PeerUpdate{PeerView{}}}), HasSubstr(R"("address":null)"));
	EXPECT_THAT(encode(ToPage{PeerUpdate{PeerView{}}}), HasSubstr(R"("round_trip_ms":null)"));
}

TEST(UiCodec, ShowsTrustAndTheCodeToCompare)
{
	PeerInfo info;
	info.id = PEER;
	EXPECT_THAT(encode(ToPage{PeerUpdate{PeerView{info}}}),
		HasSubstr(
			R"("path":null,"local_type":null,"remote_type":null,"local_address":null,"cipher":null,)"
			R"("retransmissions":0,"trust":"unproven","refusal":null,"verified_as":null,"code":null,"code_failure":null})"));
	info.trust = Trust::Proven;
	info.link.codeWords = "a b c d e";
	info.link.codeDigits = "1 2";
	EXPECT_THAT(encode(ToPage{PeerUpdate{PeerView{info}}}),
		HasSubstr(
			R"("trust":"proven","refusal":null,"verified_as":null,"code":{"words":"a b c d e","digits":"1 2"},"code_failure":null})"));
	info.link.codeWords = info.link.codeDigits = "";
	info.link.codeFailure = "the peer sent nonsense";
	const auto object = encode(ToPage{PeerUpdate{PeerView{info}}});
	EXPECT_THAT(object, HasSubstr(R"("code":null,"code_failure":"the peer sent nonsense")"));
	std::string error;
	EXPECT_EQ(decodeToPage(object, error), ToPage{PeerUpdate{PeerView{info}}}) << error;
}

TEST(UiCodec, ShowsTheNetworkWithNullsForWhatIsNotKnown)
{
	NetworkStatus network;
	network.facts = {FactView{{.topic = "relay", .text = "asked"}}};
	network.verdict = {"Not known yet."};
	EXPECT_EQ(encode(ToPage{network}),
		R"({"type":"network","mapping":"unknown","candidates":[],"nat":{"mapping":"unknown","filtering":"unknown",)"
		R"("assignment":"unknown","step":0,"hairpin":null},"facts":[{"topic":"relay","subject":null,)"
		R"("verdict":"unknown","text":"asked","value":null,"round_trip_ms":null}],"udp":"unknown",)"
		R"("verdict":["Not known yet."]})");
}

TEST(UiCodec, TheNetworkOfAnOlderNodeIsItsMappingAndCandidates)
{
	std::string error;
	const auto object =
		decodeToPage(R"({"type":"network","mapping":"address-dependent","candidates":[]})", error);
	ASSERT_TRUE(object) << error;
	EXPECT_EQ(std::get<NetworkStatus>(*object), (NetworkStatus{MappingBehaviour::AddressDependent, {}}));
	for (const auto* wrong :
		{R"("nat":7)",
			R"("nat":{"mapping":"unknown","filtering":"unknown","assignment":"unknown","step":0,"hairpin":1})",
			R"("facts":[{}])", R"("udp":"perhaps")", R"("verdict":[7])"})
		EXPECT_FALSE(decodeToPage(
			std::string{R"({"type":"network","mapping":"unknown","candidates":[],)"} + wrong + "}", error))
			<< wrong;
}

TEST(UiCodec, APeerOfAnOlderNodeHasNoTrust)
{
	std::string error;
	const auto object = decodeToPage(
		R"({"type":"peer","peer":{"id":"x","state":"up","present":true,"encrypted":false,"acknowledges":true}})",
		error);
	ASSERT_TRUE(object) << error;
	EXPECT_EQ(std::get<PeerUpdate>(*object).peer.trust, Trust::Unproven);
}

TEST(UiCodec, ACodeWithoutDigitsIsNone)
{
	std::string error;
	EXPECT_FALSE(
		decodeToPage(R"({"type":"peer","peer":{"id":"x","state":"up","present":true,"encrypted":true,)"
					 R"("acknowledges":true,"code":{"words":"a b","digits":""}}})",
			error));
	EXPECT_THAT(error, HasSubstr("\"code\""));
}

TEST(UiCodec, SaysInWordsWhatKindOfPathALinkTakes)
{
	LinkStatus link;
	link.remote = *Endpoint::parse("203.0.113.7:9");
	EXPECT_EQ(describePath(link), "");
	link.state = LinkState::Up;
	EXPECT_EQ(describePath(link), "direct");
	for (const auto* address : {"192.168.1.7:9", "127.0.0.1:9", "[fe80::1]:9", "100.64.0.3:9", "[fd00::1]:9"})
	{
		link.remote = *Endpoint::parse(address);
		EXPECT_EQ(describePath(link), "direct, same network") << address;
	}
	link.localType = CandidateType::Relayed;
	EXPECT_EQ(describePath(link), "relayed");
	link.state = LinkState::Lost;
	EXPECT_EQ(describePath(link), "");
}
