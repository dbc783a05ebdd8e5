#include <gtest/gtest.h>

#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/rendezvous/Names.h"
#include "node/protocol/rendezvous/ServerCodec.h"

using namespace std::string_literals;

namespace gimlet::rendezvous
{

namespace
{

const std::string ID = "0b6f3c1e-8d5b-4d7e-9b1a-2f0c5a9e7d31";
const std::string SESSION = "0123456789abcdef";
const std::string SERVER = R"({"urls":["turn:t"],"username":"u","credential":"c"})";
const Endpoint ADDRESS = *Endpoint::parse("203.0.113.7:40001");

template <typename T>
T fromClient(const std::string& text)
{
	std::string error;
	auto message = decodeClientMessage(text, error);
	EXPECT_EQ("", error) << text;
	EXPECT_TRUE(message && std::holds_alternative<T>(*message)) << text;
	return message && std::holds_alternative<T>(*message) ? std::get<T>(*message) : T{};
}

template <typename T>
T fromServer(const std::string& text)
{
	std::string error;
	auto message = decodeServerMessage(text, error);
	EXPECT_EQ("", error) << text;
	EXPECT_TRUE(message && std::holds_alternative<T>(*message)) << text;
	return message && std::holds_alternative<T>(*message) ? std::get<T>(*message) : T{};
}

std::string clientError(const std::string& text)
{
	std::string error;
	EXPECT_FALSE(decodeClientMessage(text, error)) << text;
	return error;
}

std::string serverError(const std::string& text)
{
	std::string error;
	EXPECT_FALSE(decodeServerMessage(text, error)) << text;
	return error;
}

TEST(RendezvousNamesTest, workerIdsAreUuidsOfVersion4And8InLowerCase)
{
	EXPECT_EQ(ID, workerId("0B6F3C1E-8D5B-4D7E-9B1A-2F0C5A9E7D31"));
	EXPECT_EQ(4, uuidVersion(ID));
	EXPECT_EQ(8, uuidVersion(*workerId("0b6f3c1e-8d5b-8d7e-ab1a-2f0c5a9e7d31")));
	const std::vector<std::string> refused{"", "0b6f3c1e", ID + "0", "{" + ID + "}",
		"0b6f3c1e8d5b4d7e9b1a2f0c5a9e7d31", "0b6f3c1e-8d5b-1d7e-9b1a-2f0c5a9e7d31",
		"0b6f3c1e-8d5b-7d7e-9b1a-2f0c5a9e7d31", "0b6f3c1e-8d5b-4d7e-7b1a-2f0c5a9e7d31",
		"0b6f3c1e-8d5b-4d7e-cb1a-2f0c5a9e7d31", "0b6f3c1e_8d5b-4d7e-9b1a-2f0c5a9e7d31",
		"0b6f3c1g-8d5b-4d7e-9b1a-2f0c5a9e7d31", "00000000-0000-0000-0000-000000000000"};
	for (const std::string& text : refused)
		EXPECT_FALSE(workerId(text)) << text;
}

TEST(RendezvousNamesTest, roomsNamesTransportsAndSessions)
{
	for (const char* good : {"lobby", "A", "a.b_c-9", "..", "-"})
		EXPECT_TRUE(isRoom(good)) << good;
	for (const std::string& bad : {""s, "a b"s, "ä"s, "a/b"s, "a\0"s, std::string(65, 'a')})
		EXPECT_FALSE(isRoom(bad)) << bad;
	EXPECT_TRUE(isRoom(std::string(64, 'a')));

	EXPECT_TRUE(isName(""));
	EXPECT_TRUE(isName("Jürgen's \"laptop\" 😀"));
	for (const std::string& bad : {"a\nb"s, "\x7f"s, "\x1b[31m"s, "a\0"s, "\xff"s, std::string(65, 'a')})
		EXPECT_FALSE(isName(bad)) << bad;

	EXPECT_TRUE(isTransport("udp-plain/1"));
	EXPECT_FALSE(isTransport(""));
	EXPECT_FALSE(isTransport("udp plain"));

	EXPECT_TRUE(isSession(SESSION));
	EXPECT_FALSE(isSession(SESSION.substr(1)));
	EXPECT_FALSE(isSession(std::string(65, 'a')));
	EXPECT_FALSE(isSession("0123456789abcde\""));
}

TEST(RendezvousCodecTest, readsTheFirstVersionsMessagesAsWritten)
{
	EXPECT_EQ("203.0.113.7",
		fromClient<RegisterPublicIp>(R"({"type":"register_public_ip","ip":"203.0.113.7"})").ip);
	const auto update = fromClient<UpdateUdpEndpoint>(
		R"({"type": "update_udp_endpoint", "udp_ip": "203.0.113.7", "udp_port": 40001})");
	EXPECT_EQ(ADDRESS, update.endpoint);
	EXPECT_EQ("", update.problem);
	fromClient<GetMyDetails>(R"({"type":"get_my_details"})");
	const auto offer = fromServer<Offer>(R"({"type":"p2p_connection_offer","peer_worker_id":")" + ID +
										 R"(","peer_udp_ip":"203.0.113.7","peer_udp_port":40001})");
	EXPECT_EQ(ID, offer.peer);
	EXPECT_EQ(ADDRESS, offer.endpoint);
	EXPECT_EQ("", offer.transport);
	EXPECT_EQ("", offer.session);
	EXPECT_FALSE(offer.hello);
	EXPECT_TRUE(fromServer<UdpEndpointAck>(R"({"type":"udp_endpoint_ack","status":"ok"})").ok());
}

TEST(RendezvousCodecTest, writesTheFirstVersionsMessagesWithNothingMore)
{
	EXPECT_EQ(R"({"type":"udp_endpoint_ack","status":"ok"})", encode(UdpEndpointAck{"ok"}));
	EXPECT_EQ(R"({"type":"p2p_connection_offer","peer_worker_id":")" + ID +
				  R"(","peer_udp_ip":"203.0.113.7","peer_udp_port":40001})",
		encode(Offer{
			.peer = ID, .endpoint = ADDRESS, .transport = "", .session = "", .name = "x", .hello = true}));
	EXPECT_EQ(R"({"type":"update_udp_endpoint","udp_ip":"203.0.113.7","udp_port":40001})",
		encode(UpdateUdpEndpoint{ADDRESS, ""}));
	EXPECT_EQ(R"({"type":"register_public_ip","ip":"203.0.113.7"})", encode(RegisterPublicIp{"203.0.113.7"}));
}

TEST(RendezvousCodecTest, anEndpointThatIsNoneIsAMessageWithAProblem)
{
	const auto problem = [](const std::string& members)
	{
		const auto update =
			fromClient<UpdateUdpEndpoint>("{\"type\":\"update_udp_endpoint\"," + members + "}");
		EXPECT_FALSE(update.endpoint.valid()) << members;
		return update.problem;
	};
	const std::string port = "udp_port must be a number from 1 to 65535";
	const std::string address = "udp_ip must be an IPv4 or IPv6 address";
	EXPECT_EQ(port, problem(R"("udp_ip":"203.0.113.7")"));
	for (const char* value : {"0", "-1", "65536", "1.5", "\"40001\"", "null", "1e3"})
		EXPECT_EQ(port, problem(R"("udp_ip":"203.0.113.7","udp_port":)"s + value)) << value;
	for (const char* value : {"\"\"", "\"example.org\"", "\"1.2.3\"", "\"1.2.3.4:5\"", "\"[::1]\"", "null",
			 "7", R"("1.2.3.4\u0000")", "\"010.1.1.1\""})
		EXPECT_EQ(address, problem(R"("udp_port":40001,"udp_ip":)"s + value)) << value;
}

TEST(RendezvousCodecTest, aMappedAddressIsUnmapped)
{
	const auto update = fromClient<UpdateUdpEndpoint>(
		R"({"type":"update_udp_endpoint","udp_ip":"::ffff:203.0.113.7","udp_port":40001})");
	EXPECT_EQ(ADDRESS, update.endpoint);
}

TEST(RendezvousCodecTest, echoGivesBackEveryMemberAsItStood)
{
	const std::string text = R"({"a":[1, 2.50],"type":"echo","\u0062":"\u00e4","n":null})";
	const auto echo = fromClient<Echo>(text);
	EXPECT_EQ(R"({"type":"echo_response","a":[1, 2.50],"\u0062":"\u00e4","n":null})",
		encode(EchoResponse{echo.members}));
	EXPECT_EQ(R"({"type":"echo"})", encode(Echo{}));
}

TEST(RendezvousCodecTest, helloRoundTrip)
{
	const Hello hello{1, {"udp-punch/1", "udp-plain/1"}, "Jürgen's \"laptop\""};
	const auto read = fromClient<Hello>(encode(hello));
	EXPECT_EQ(hello.protocol, read.protocol);
	EXPECT_EQ(hello.transports, read.transports);
	EXPECT_EQ(hello.name, read.name);
	EXPECT_EQ("", fromClient<Hello>(R"({"type":"hello","protocol":2,"transports":["x"],"more":[{}]})").name);
}

TEST(RendezvousCodecTest, challengesAndProofsRoundTrip)
{
	identity::Nonce nonce{};
	for (std::uint8_t i = 0; i < nonce.size(); ++i)
		nonce[i] = i;
	const auto challenge = encode(Challenge{nonce});
	EXPECT_EQ(
		R"({"type":"challenge","nonce":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"})",
		challenge);
	EXPECT_EQ(nonce, fromServer<Challenge>(challenge).nonce);
	EXPECT_NE("", serverError(R"({"type":"challenge"})"));
	EXPECT_NE("", serverError(R"({"type":"challenge","nonce":"00"})"));

	const Prove proof{{1, 2, 3}, nonce, "r.test:9000", {4, 5}, true};
	const auto text = encode(proof);
	EXPECT_EQ(
		R"({"type":"prove","public_key":"AQID","client_nonce":"000102030405060708090a0b0c0d0e0f1011121314151617)"
		R"(18191a1b1c1d1e1f","host":"r.test:9000","signature":"BAU=","yield":true})",
		text);
	const auto read = fromClient<Prove>(text);
	EXPECT_EQ(proof.publicKey, read.publicKey);
	EXPECT_EQ(nonce, read.clientNonce);
	EXPECT_EQ("r.test:9000", read.host);
	EXPECT_EQ(proof.signature, read.signature);
	EXPECT_TRUE(read.yield);
	EXPECT_FALSE(fromClient<Prove>(encode(Prove{{1}, nonce, "r.test", {4}, false})).yield);
}

TEST(RendezvousCodecTest, proofsOfTheWrongFormAreRefused)
{
	const auto good = encode(Prove{{1, 2, 3}, {}, "r.test:9000", {4, 5}, false});
	const auto with = [&](const std::string& from, const std::string& to)
	{
		auto text = good;
		return clientError(text.replace(text.find(from), from.size(), to));
	};
	EXPECT_NE("", with("AQID", "AQI"));
	EXPECT_NE("", with("AQID", std::string(124, 'A')));
	EXPECT_NE("", with("BAU=", "BAU"));
	EXPECT_NE("", with("BAU=", std::string(100, 'A')));
	EXPECT_NE("", with("client_nonce\":\"00", "client_nonce\":\"0"));
	EXPECT_NE("", with("r.test", "R.test"));
	EXPECT_NE("", with("r.test", "r test"));
	EXPECT_NE("", with("r.test:9000", ""));
	EXPECT_NE("", with("r.test:9000", std::string(300, 'a')));
}

TEST(RendezvousCodecTest, welcomeAndDetailsRoundTrip)
{
	const auto welcome = fromServer<Welcome>(encode(Welcome{1, "lobby", "2001:db8::1", 0.5}));
	EXPECT_EQ(1, welcome.protocol);
	EXPECT_EQ("lobby", welcome.room);
	EXPECT_EQ("2001:db8::1", welcome.seenIp);
	EXPECT_EQ(0.5, welcome.pingInterval);

	MyDetails details{ID, "lobby", "n", {"udp-plain/1"}, "203.0.113.7", ADDRESS, "127.0.0.1"};
	auto read = fromServer<MyDetails>(encode(details));
	EXPECT_EQ(ID, read.workerId);
	EXPECT_EQ("203.0.113.7", read.publicIp);
	EXPECT_EQ(ADDRESS, read.endpoint);
	EXPECT_EQ(details.transports, read.transports);
	details.endpoint.reset();
	details.publicIp.clear();
	EXPECT_EQ(
		R"({"type":"my_details_response","worker_id":")" + ID +
			R"(","room":"lobby","name":"n","transports":["udp-plain/1"],"public_ip":null,"udp_ip":null,)"
			R"("udp_port":null,"seen_ip":"127.0.0.1"})",
		encode(details));
	EXPECT_FALSE(fromServer<MyDetails>(encode(details)).endpoint);
}

TEST(RendezvousCodecTest, welcomeMayGiveAPlaceAtTheRelayAndTurnServers)
{
	Welcome welcome{1, "lobby", "203.0.113.7", 25};
	welcome.relay =
		RelayPlace{"/ws/relay/0123456789abcdef", *Endpoint::parseAddress("100::1:2", 9), "0123456789abcdef"};
	welcome.turn = {{{{"turn:t.test:3478?transport=udp", "turns:t.test"}, "1700000000:" + ID, "secret"}},
		std::chrono::hours{1}};
	const auto text = encode(welcome);
	EXPECT_EQ(
		R"({"type":"welcome","protocol":1,"room":"lobby","seen_ip":"203.0.113.7","ping_interval":25,)"
		R"("relay":{"path":"/ws/relay/0123456789abcdef","ticket":"0123456789abcdef","address":"100::1:2"},)"
		R"("turn":[{"urls":["turn:t.test:3478?transport=udp","turns:t.test"],"username":"1700000000:)" +
			ID + R"(","credential":"secret"}],"turn_ttl":3600})",
		text);
	const auto read = fromServer<Welcome>(text);
	ASSERT_TRUE(read.relay);
	EXPECT_EQ(welcome.relay->path, read.relay->path);
	EXPECT_EQ(welcome.relay->address, read.relay->address);
	EXPECT_EQ(welcome.relay->ticket, read.relay->ticket);
	ASSERT_EQ(1U, read.turn.servers.size());
	EXPECT_EQ(welcome.turn.servers[0].urls, read.turn.servers[0].urls);
	EXPECT_EQ("secret", read.turn.servers[0].credential);
	EXPECT_EQ(std::chrono::hours{1}, read.turn.ttl);

	const auto plain = fromServer<Welcome>(encode(Welcome{1, "lobby", "203.0.113.7", 25}));
	EXPECT_FALSE(plain.relay);
	EXPECT_TRUE(plain.turn.servers.empty());
}

TEST(RendezvousCodecTest, aTicketThatDoesNotEndThePathIsNotShownApart)
{
	const auto ticketOf = [](const std::string& path, const std::string& ticket)
	{
		const auto read = fromServer<Welcome>(R"({"type":"welcome","protocol":1,"relay":{"path":")" + path +
											  R"(","ticket":)" + ticket + R"(,"address":"100::1"}})");
		EXPECT_TRUE(read.relay);
		return read.relay ? read.relay->ticket : "no place";
	};
	EXPECT_EQ("abc", ticketOf("/ws/relay/abc", R"("abc")"));
	for (const char* ticket : {R"("")", R"("xyz")", R"("bc")", R"("ws/relay/abc")", "7", "null"})
		EXPECT_EQ("", ticketOf("/ws/relay/abc", ticket)) << ticket;
}

TEST(RendezvousCodecTest, turnServersAreRenewedByAMessageOfTheirOwn)
{
	const TurnServers turn{{{{"turn:t.test"}, "u", "c"}}, std::chrono::seconds{60}};
	const auto read = fromServer<TurnServers>(encode(turn));
	ASSERT_EQ(1U, read.servers.size());
	EXPECT_EQ("u", read.servers[0].username);
	EXPECT_EQ(std::chrono::seconds{60}, read.ttl);
	EXPECT_TRUE(fromServer<TurnServers>(R"({"type":"turn","turn":[]})").servers.empty());
}

TEST(RendezvousCodecTest, placesAndTurnServersThatAreNotRightAreLeftOut)
{
	for (const char* relay : {R"({})", R"("/ws")", R"({"path":"/ws/relay/x"})", R"({"address":"100::1"})",
			 R"({"path":"ws","address":"100::1"})", R"({"path":"/a b","address":"100::1"})",
			 R"({"path":"/a\r\n","address":"100::1"})", R"({"path":"/a","address":"100:0:0:1::1"})",
			 R"({"path":"/a","address":"203.0.113.7"})"})
	{
		const auto read = fromServer<Welcome>(
			R"({"type":"welcome","protocol":1,"turn":[)" + SERVER + R"(],"relay":)"s + relay + "}");
		EXPECT_FALSE(read.relay) << relay;
		EXPECT_NE("", read.skipped) << relay;
		EXPECT_EQ(1U, read.turn.servers.size()) << "the rest is taken";
		EXPECT_EQ("", read.turn.skipped);
	}
	for (const std::string& turn : {R"("turn":{})"s, R"("turn":[{}],"turn_ttl":60)"s,
			 R"("turn":[{"urls":["stun:t"],"username":"u","credential":"c"}],"turn_ttl":60)"s,
			 R"("turn":[{"urls":["turn:"],"username":"u","credential":"c"}],"turn_ttl":60)"s,
			 R"("turn":[{"urls":[],"username":"u","credential":"c"}],"turn_ttl":60)"s,
			 R"("turn":[{"urls":["turn:t"],"username":"u"}],"turn_ttl":60)"s})
	{
		EXPECT_NE("", serverError(R"({"type":"turn",)" + turn + "}")) << "those before are better: " << turn;
		const auto read = fromServer<Welcome>(
			R"({"type":"welcome","protocol":1,"relay":{"path":"/a","address":"100::1"},)" + turn + "}");
		EXPECT_TRUE(read.turn.servers.empty()) << turn;
		EXPECT_NE("", read.turn.skipped) << turn;
		EXPECT_TRUE(read.relay) << "the rest is taken";
		EXPECT_EQ("", read.skipped);
	}
}

TEST(RendezvousCodecTest, aTurnServerThatIsNotRightCostsNoOther)
{
	const auto read =
		fromServer<TurnServers>(R"({"type":"turn","turn":[{},)" + SERVER + R"(],"turn_ttl":60})");
	ASSERT_EQ(1U, read.servers.size());
	EXPECT_EQ("u", read.servers[0].username);
	EXPECT_EQ(std::chrono::seconds{60}, read.ttl);
	EXPECT_NE("", read.skipped);
	for (const char* ttl : {"", R"(,"turn_ttl":0)", R"(,"turn_ttl":"long")"})
	{
		const auto timeless =
			fromServer<TurnServers>(R"({"type":"turn","turn":[)" + SERVER + "]" + ttl + "}");
		EXPECT_EQ(1U, timeless.servers.size()) << ttl;
		EXPECT_EQ(std::chrono::seconds{0}, timeless.ttl);
		EXPECT_EQ("", timeless.skipped);
	}
}

TEST(RendezvousCodecTest, offersSayFromWhereThePeerIsConnected)
{
	Offer offer{ID, std::nullopt, "udp-punch/1", SESSION, "peer", true};
	EXPECT_FALSE(fromServer<Offer>(encode(offer)).seen);
	offer.seen = *Endpoint::parseAddress("203.0.113.7", 0);
	const auto text = encode(offer);
	EXPECT_NE(std::string::npos, text.find(R"("seen_ip":"203.0.113.7")"));
	EXPECT_EQ(offer.seen, fromServer<Offer>(text).seen);
	offer.session.clear();
	offer.endpoint = ADDRESS;
	EXPECT_EQ(std::string::npos, encode(offer).find("seen_ip"));
	EXPECT_NE("", serverError(R"({"type":"p2p_connection_offer","peer_worker_id":")" + ID +
							  R"(","transport":"udp-punch/1","session":")" + SESSION +
							  R"(","seen_ip":"example.org"})"));
}

TEST(RendezvousCodecTest, offersOfOtherTransportsCarryNoAddress)
{
	const std::string text = encode(Offer{ID, std::nullopt, "udp-punch/1", SESSION, "peer", true});
	EXPECT_EQ(std::string::npos, text.find("peer_udp_"));
	const auto offer = fromServer<Offer>(text);
	EXPECT_FALSE(offer.endpoint);
	EXPECT_EQ("udp-punch/1", offer.transport);
	EXPECT_EQ(SESSION, offer.session);
	EXPECT_EQ("peer", offer.name);
	EXPECT_TRUE(offer.hello);
	EXPECT_NE("", serverError(encode(Offer{ID, std::nullopt, "udp-plain/1", SESSION, "peer", true})));
}

TEST(RendezvousCodecTest, aSignalsDataIsPassedOnAsItStands)
{
	const std::string data = "{ \"candidates\" : [\"192.0.2.7:40001\"], \"n\":1.0 ,\"u\":\"\\u00e4\" }";
	const std::string sent = encodeSignalTo(Signal{ID, SESSION, data});
	const auto received = fromClient<Signal>(sent);
	EXPECT_EQ(ID, received.peer);
	EXPECT_EQ(SESSION, received.session);
	EXPECT_EQ(data, received.data);
	const std::string relayed = encodeSignalFrom(received);
	EXPECT_EQ(data, fromServer<Signal>(relayed).data);
	EXPECT_NE(std::string::npos, relayed.find("\"from\":\"" + ID));
	EXPECT_EQ("null", fromClient<Signal>(encodeSignalTo(Signal{ID, SESSION, "null"})).data);
}

TEST(RendezvousCodecTest, theRestRoundTrips)
{
	const auto failed = fromServer<SignalFailed>(encode(SignalFailed{ID, SESSION, "gone"}));
	EXPECT_EQ(ID, failed.peer);
	EXPECT_EQ("gone", failed.reason);
	EXPECT_EQ(ID, fromServer<PeerLeft>(encode(PeerLeft{ID})).peer);
	const auto other = fromServer<PeerIncompatible>(encode(PeerIncompatible{ID, "n", {"a", "b"}, "Sorry."}));
	EXPECT_EQ("Sorry.", other.message);
	EXPECT_EQ((std::vector<std::string>{"a", "b"}), other.transports);
	const auto error = fromServer<Error>(encode(Error{std::string{TOO_FAST}, "Slower."}));
	EXPECT_EQ(TOO_FAST, error.code);
	EXPECT_EQ("get_my_details", fromServer<Unknown>(encode(GetMyDetails{})).type);
	EXPECT_EQ("welcome", fromClient<Unknown>(encode(Welcome{})).type);
}

TEST(RendezvousCodecTest, whatIsNoMessageIsRefusedWithASentence)
{
	const std::string to = R"("to":")" + ID + "\"";
	const std::string session = R"("session":")" + SESSION + "\"";
	const std::vector<std::string> bad{"", "[]", "{}", R"({"type":7})",
		R"({"type":")" + std::string(65, 'x') + "\"}", R"({"type":"register_public_ip"})",
		R"({"type":"register_public_ip","ip":"x"})", R"({"type":"hello"})",
		R"({"type":"hello","protocol":0,"transports":["a"]})",
		R"({"type":"hello","protocol":1,"transports":[]})",
		R"({"type":"hello","protocol":1,"transports":"a"})",
		R"({"type":"hello","protocol":1,"transports":["a b"]})",
		R"({"type":"hello","protocol":1,"transports":["a"],"name":"a\nb"})",
		R"({"type":"hello","protocol":1,"transports":["a"],"name":7})",
		R"({"type":"signal",)" + to + "," + session + "}", R"({"type":"signal","data":1,)" + to + "}",
		R"({"type":"signal","data":1,)" + session + "}",
		R"({"type":"signal","data":1,"session":"short",)" + to + "}",
		R"({"type":"signal","data":1,"to":"x",)" + session + "}"};
	for (const std::string& text : bad)
		EXPECT_NE("", clientError(text)) << text;
	for (const char* type :
		{"signal", "p2p_connection_offer", "peer_left", "signal_failed", "welcome", "peer_incompatible"})
		EXPECT_NE("", serverError("{\"type\":\""s + type + "\"}")) << type;
	std::string error;
	EXPECT_FALSE(decodeClientMessage(R"({"type":"get_my_details"})", error, {.size = 10}));
	EXPECT_EQ("the text has 25 bytes and 10 are allowed", error);
}

TEST(RendezvousCodecTest, whatIsOnlyShownIsMadePrintable)
{
	const auto error = fromServer<Error>(
		R"({"type":"error","code":"x","message":"a\u001b\nb\u0000)" + std::string(600, 'c') + "\"}");
	EXPECT_EQ("a  b " + std::string(495, 'c'), error.message);
}

}

}
