#include <poll.h>
#include <sys/socket.h>

#include "node/protocol/websocket/CloseCode.h"
#include "tests/integration/http/HostTest.h"

using namespace gimlet;
using namespace gimlet::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using websocket::CloseCode;

namespace
{

/// What handlers were told, in order. Written on the loop, read there.
using Journal = std::vector<std::string>;

/// Sends back what it hears, and does as it is told.
class EchoHandler final : public WebSocketHandler
{
public:
	explicit EchoHandler(Journal& journal) : _journal(journal) {}
	~EchoHandler() override
	{
		_journal.push_back("destroyed");
	}

	void onOpen(WebSocketConnection& connection) override
	{
		latest = &connection;
		_journal.push_back("open");
		connection.sendText("welcome");
	}

	void onText(std::string_view text) override
	{
		if (text == "throw")
			throw std::runtime_error("as asked");
		if (text == "ping")
			return _connection->ping();
		if (text == "pause")
			return _connection->pauseReading();
		if (text == "bye")
		{
			_connection->close(4001, "as asked");
			_connection->sendText("never");
			_journal.push_back("close returned");
			return;
		}
		_connection->sendText(text);
	}

	void onPong() override
	{
		_journal.push_back("pong");
	}

	/// The connection that was opened last.
	static inline WebSocketConnection* latest = nullptr;

	void onClose(std::uint16_t code, std::string_view) override
	{
		_journal.push_back("close " + std::to_string(code));
	}

private:
	Journal& _journal;
};

class WebSocketHostTest : public HostTest
{
protected:
	void mountEcho()
	{
		webSocketOptions.access = Access::Public;
		keep(
			[this]
			{
				return host().webSocket("/echo/{name}", webSocketOptions,
					[this](const HttpRequest& request)
						-> std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>
					{
						if (request.parameters.at("name") == "nobody")
						{
							HttpReply reply;
							reply.status = 429;
							reply.body = "not you";
							return reply;
						}
						++accepted;
						lastRemote = request.remote;
						return std::make_unique<EchoHandler>(journal);
					});
			});
	}

	/// A client that has been welcomed.
	std::unique_ptr<RawWebSocket> connect(const RawClient::Options& clientOptions = {})
	{
		auto client = std::make_unique<RawWebSocket>(server, "/echo/me", "", clientOptions);
		EXPECT_TRUE(client->accepted());
		EXPECT_EQ(client->nextText(), "welcome");
		return client;
	}

	/// Waits until the last handler is gone, and tells what it heard.
	Journal finished()
	{
		waitFor([this] { return !journal.empty() && journal.back() == "destroyed"; });
		return onLoop([this] { return std::exchange(journal, {}); });
	}

	WebSocketOptions webSocketOptions;
	Journal journal;
	int accepted = 0;
	Endpoint lastRemote;
};

Buffer masked(std::initializer_list<int> head, std::string_view payload = {})
{
	Buffer result;
	for (const int value : head)
		result.push_back(static_cast<std::uint8_t>(value));
	result.insert(result.end(), 4, 0);
	result.insert(result.end(), payload.begin(), payload.end());
	return result;
}

}

TEST_F(WebSocketHostTest, CarriesMessagesBothWaysAndCloses)
{
	start();
	mountEcho();
	auto client = connect();
	const std::string text = "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x94\xa9";
	client->sendText(text);
	EXPECT_EQ(client->nextText(), text);
	client->sendText(std::string(60'000, 'x'));
	EXPECT_EQ(client->nextText(), std::string(60'000, 'x'));
	EXPECT_EQ(metric("gimlet_websocket_connections"), 1);
	EXPECT_EQ(metric("gimlet_http_connections"), 0) << "it has left the HTTP side";
	EXPECT_EQ(metric("gimlet_websocket_messages_total", "in"), 2);
	EXPECT_EQ(metric("gimlet_websocket_messages_total", "out"), 3);

	client->close(1000, "done");
	EXPECT_EQ(client->nextClose(), 1000);
	EXPECT_EQ(client->client().receiveAll(), "") << "the server hangs up";
	EXPECT_THAT(finished(), ElementsAre("open", "close 1000", "destroyed"));
	EXPECT_EQ(metric("gimlet_websocket_connections"), 0);
	EXPECT_EQ(metric("gimlet_websocket_accepted_total"), 1);
}

TEST_F(WebSocketHostTest, TakesFramesThatCameBehindTheRequest)
{
	start();
	mountEcho();
	RawClient client{server};
	client.send("GET /echo/me HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, "
				"Upgrade\r\n"
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
				std::string{asText(masked({0x81, 0x82}, "hi"))});
	std::string answer;
	while (!answer.ends_with("\x81\x02hi"))
	{
		const auto part = client.receiveSome();
		ASSERT_FALSE(part.empty()) << answer;
		answer += part;
	}
	EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

TEST_F(WebSocketHostTest, RefusesAsTheAcceptorSays)
{
	start();
	mountEcho();
	RawWebSocket refused{server, "/echo/nobody"};
	EXPECT_FALSE(refused.accepted());
	EXPECT_EQ(refused.refusal().status, 429);
	EXPECT_EQ(refused.refusal().body, "not you");
	EXPECT_EQ(accepted, 0);
}

TEST_F(WebSocketHostTest, AnswersWhatIsNoUpgrade)
{
	start();
	mountEcho();
	const auto plain = get("/echo/me");
	EXPECT_EQ(plain.status, 426);
	EXPECT_EQ(plain.headers.at("upgrade"), "websocket");
	EXPECT_EQ(
		get("/echo/me", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n").status,
		400);
	const auto old =
		get("/echo/me", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
						"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	EXPECT_EQ(old.status, 426);
	EXPECT_EQ(old.headers.at("sec-websocket-version"), "13");
	EXPECT_EQ(metric("gimlet_http_refused_total", "handshake"), 3);
}

TEST_F(WebSocketHostTest, EndsWhoeverBreaksTheRules)
{
	webSocketOptions.maxMessage = 100;
	start();
	mountEcho();
	const std::vector<std::pair<Buffer, std::uint16_t>> cases = {
		{{0x81, 0x02, 'h', 'i'}, CloseCode::PROTOCOL_ERROR},
		{masked({0xc1, 0x82}, "hi"), CloseCode::PROTOCOL_ERROR},
		{masked({0x83, 0x80}), CloseCode::PROTOCOL_ERROR},
		{masked({0x81, 0x81}, "\xff"), CloseCode::INVALID_PAYLOAD},
		{masked({0x81, 0x80 | 101}, std::string(101, 'x')), CloseCode::TOO_LARGE},
		{masked({0x82, 0x82}, "hi"), CloseCode::UNSUPPORTED_DATA},
	};
	for (const auto& [frame, code] : cases)
	{
		auto client = connect();
		client->sendRaw(frame);
		EXPECT_EQ(client->nextClose(), code);
		EXPECT_THAT(finished(), ElementsAre("open", "close " + std::to_string(code), "destroyed"));
	}
}

TEST_F(WebSocketHostTest, TellsOneWhoSendsFarTooMuchWhy)
{
	webSocketOptions.maxMessage = 100;
	start();
	mountEcho();
	auto client = connect();
	// Most of it is still on its way when the server has made up its mind.
	const std::string huge(4'000'000, 'x');
	client->sendText(huge);
	EXPECT_EQ(client->nextClose(), CloseCode::TOO_LARGE);
}

TEST_F(WebSocketHostTest, ClosesWhenTheHandlerWantsTo)
{
	start();
	mountEcho();
	auto client = connect();
	client->sendText("bye");
	client->sendText("not heard");
	EXPECT_EQ(client->nextClose(), 4001);
	EXPECT_THAT(finished(), ElementsAre("open", "close returned", "close 4001", "destroyed"));
}

TEST_F(WebSocketHostTest, AHandlerThatThrowsLosesItsConnectionOnly)
{
	start();
	mountEcho();
	auto other = connect();
	auto client = connect();
	client->sendText("throw");
	EXPECT_EQ(client->nextClose(), CloseCode::INTERNAL_ERROR);
	other->sendText("still here");
	EXPECT_EQ(other->nextText(), "still here");
}

TEST_F(WebSocketHostTest, AnswersPingsAndHearsPongs)
{
	start();
	mountEcho();
	auto client = connect();
	client->ping();
	EXPECT_EQ(client->next().type, websocket::Event::Type::Pong);
	client->sendText("ping");
	client->sendText("on");
	EXPECT_EQ(client->nextText(), "on") << "the ping before it was answered on the way";
	waitFor([this] { return journal.size() == 2 && journal.back() == "pong"; });
}

TEST_F(WebSocketHostTest, FindsHalfOpenConnections)
{
	webSocketOptions.pingInterval = 50ms;
	webSocketOptions.pingTimeout = 50ms;
	start();
	mountEcho();
	auto silent = connect();
	EXPECT_THAT(finished(), ElementsAre("open", "close 1006", "destroyed"))
		<< "a client that answers no ping is gone";
}

TEST_F(WebSocketHostTest, KeepsThoseThatAnswerPings)
{
	webSocketOptions.pingInterval = 20ms;
	webSocketOptions.pingTimeout = 10s;
	start();
	mountEcho();
	auto client = connect();
	// Each pong that the client sends by itself is one that the handler hears.
	std::thread reader{[&] { EXPECT_EQ(client->nextClose(), 4001); }};
	waitFor([this] { return std::count(journal.begin(), journal.end(), "pong") >= 3; });
	client->client().send(asText(masked({0x81, 0x83}, "bye")));
	reader.join();
}

TEST_F(WebSocketHostTest, WhoeverIsNotReadIsHeldBackByTcp)
{
	webSocketOptions.pingInterval = 10ms;
	webSocketOptions.pingTimeout = 20ms;
	start();
	mountEcho();
	auto client = connect();
	client->sendText("pause");
	client->sendText("later");
	waitFor([this] { return metric("gimlet_websocket_bytes_total", "out") > 100; });
	EXPECT_THAT(onLoop([this] { return journal; }), ElementsAre("open"))
		<< "it has answered none of many pings, and that means nothing";
	EXPECT_LE(metric("gimlet_websocket_messages_total", "in"), 2);
	// A frame that takes long to come: nothing of it is read.
	Buffer head = masked({0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0});
	client->sendRaw(head);
	const std::string huge(64'000'000, 'x');
	EXPECT_LT(client->client().sendUntilStuck(huge), huge.size());
	onLoop([] { EchoHandler::latest->resumeReading(); });
	waitFor([this] { return metric("gimlet_websocket_messages_total", "in") >= 2; });
	// The answer to what came before the offence goes out only if both did not come in one piece.
	auto event = client->next();
	if (event.type == websocket::Event::Type::Text)
	{
		EXPECT_EQ(event.data, "later");
		event = client->next();
	}
	EXPECT_EQ(event.type, websocket::Event::Type::Closed);
	EXPECT_EQ(event.code, CloseCode::TOO_LARGE);
}

TEST_F(WebSocketHostTest, APausedConnectionCanBeClosed)
{
	start();
	mountEcho();
	auto client = connect();
	client->sendText("pause");
	client->sendText("x");
	client->ping();
	waitFor([this] { return metric("gimlet_websocket_messages_total", "in") >= 1; });
	onLoop([] { EchoHandler::latest->close(4001, "enough"); });
	EXPECT_EQ(client->nextClose(), 4001);
	EXPECT_THAT(finished(), testing::Contains("destroyed"));
	auto gone = connect();
	gone->sendText("pause");
	waitFor([this] { return metric("gimlet_websocket_messages_total", "in") >= 2; });
	gone->client().reset();
	EXPECT_THAT(finished(), ElementsAre("open", "close 1006", "destroyed"))
		<< "that the other side has broken off is noticed all the same";
}

TEST_F(WebSocketHostTest, WhatWaitsForTheEndOfARoundMakesNobodySlow)
{
	webSocketOptions.maxBuffered = 4096;
	start();
	mountEcho();
	auto client = connect();
	Buffer frames;
	websocket::FramePool pool{websocket::Role::Client};
	const std::string text(100, 'x');
	for (int i = 0; i < 200; ++i)
		pool.write(frames, websocket::Opcode::Text, asBytes(text));
	client->sendRaw(frames);
	for (int i = 0; i < 200; ++i)
		ASSERT_EQ(client->nextText(), text);
}

TEST_F(WebSocketHostTest, ClosesAReaderThatIsTooSlow)
{
	webSocketOptions.maxBuffered = 256 * 1024;
	start();
	mountEcho();
	auto client = connect({.receiveBuffer = 4096});
	Buffer frames;
	websocket::FramePool pool{websocket::Role::Client};
	for (int i = 0; i < 400; ++i)
		pool.write(frames, websocket::Opcode::Text, asBytes(std::string(60'000, 'x')));
	client->client().sendUntilStuck(asText(frames));
	waitFor([this] { return metric("gimlet_websocket_dropped_total") > 0; });
	EXPECT_EQ(client->nextClose(), CloseCode::TRY_AGAIN_LATER);
	EXPECT_THAT(finished(), ElementsAre("open", testing::AnyOf("close 1013", "close 1006"), "destroyed"));
}

TEST_F(WebSocketHostTest, GivesUpAReaderThatNeverReads)
{
	options.closeTime = 200ms;
	webSocketOptions.maxBuffered = 256 * 1024;
	start();
	mountEcho();
	auto client = connect({.receiveBuffer = 4096});
	// Pings alone, whose pongs nobody reads.
	Buffer frames;
	websocket::FramePool pool{websocket::Role::Client};
	for (int i = 0; i < 100'000; ++i)
		pool.write(frames, websocket::Opcode::Ping, Buffer(125, 'p'));
	client->client().sendUntilStuck(asText(frames));
	EXPECT_THAT(finished(), ElementsAre("open", "close 1013", "destroyed"));
}

TEST_F(WebSocketHostTest, NobodyStaysByGoingOnToSendAfterTheEnd)
{
	webSocketOptions.maxBuffered = 64 * 1024 * 1024;
	start();
	mountEcho();
	auto client = connect({.receiveBuffer = 4096});
	// More than the kernel takes for somebody who does not read, so that the end cannot be written.
	Buffer frames;
	websocket::FramePool pool{websocket::Role::Client};
	for (int i = 0; i < 400; ++i)
		pool.write(frames, websocket::Opcode::Text, asBytes(std::string(60'000, 'x')));
	pool.write(frames, websocket::Opcode::Close, {});
	client->client().send(asText(frames));
	EXPECT_THAT(finished(), ElementsAre("open", "close 1005", "destroyed"));
	pollfd hangUp{.fd = client->client().descriptor(), .events = 0, .revents = 0};
	const auto deadline = Clock::now() + 20s;
	bool ended = false;
	while (!ended && Clock::now() < deadline)
		ended = ::send(hangUp.fd, "x", 1, MSG_NOSIGNAL) < 0 || ::poll(&hangUp, 1, 100) > 0;
	EXPECT_TRUE(ended);
}

TEST_F(WebSocketHostTest, ALostConnectionIs1006)
{
	start();
	mountEcho();
	auto client = connect();
	client->client().reset();
	EXPECT_THAT(finished(), ElementsAre("open", "close 1006", "destroyed"));
	auto other = connect();
	other.reset();
	EXPECT_THAT(finished(), ElementsAre("open", "close 1006", "destroyed"));
}

TEST_F(WebSocketHostTest, ARouteHasAsManyAsItMay)
{
	webSocketOptions.maxConnections = 2;
	start();
	mountEcho();
	auto first = connect();
	auto second = connect();
	RawWebSocket third{server, "/echo/me"};
	EXPECT_EQ(third.refusal().status, 503);
	EXPECT_EQ(metric("gimlet_http_refused_total", "route_full"), 1);
	first->close(1000);
	EXPECT_EQ(first->nextClose(), 1000);
	waitFor([this] { return metric("gimlet_websocket_connections") == 1; });
	connect();
}

TEST_F(WebSocketHostTest, TheEndOfAMountIsTheEndOfItsConnections)
{
	start();
	mountEcho();
	auto client = connect();
	const auto told = onLoop([this] { return journal; });
	EXPECT_THAT(told, ElementsAre("open"));
	dropMounts();
	EXPECT_THAT(onLoop([this] { return journal; }), ElementsAre("open", "close 1001", "destroyed"))
		<< "told before the mount's destructor returned";
	EXPECT_EQ(client->nextClose(), CloseCode::GOING_AWAY);
	EXPECT_EQ(get("/echo/me").status, 404);
}

TEST_F(WebSocketHostTest, TheEndOfTheHostIsTheEndOfAll)
{
	start();
	mountEcho();
	auto client = connect();
	onLoop([this] { host().stop(); });
	EXPECT_EQ(client->nextClose(), CloseCode::GOING_AWAY);
	EXPECT_THAT(onLoop([this] { return journal; }), ElementsAre("open", "close 1001", "destroyed"));
	onLoop([this] { host().stop(); });
}

TEST_F(WebSocketHostTest, NearTheLimitOfDescriptorsOnlyWebSocketsAreRefused)
{
	// What the test process holds already counts too; every client takes two, since both ends are here.
	options.spareDescriptors = 20;
	options.descriptorLimit = 100 + static_cast<std::size_t>(Descriptor{::dup(0)}.value());
	start();
	mountEcho();
	std::vector<std::unique_ptr<RawWebSocket>> clients;
	while (clients.size() < 100)
	{
		clients.push_back(std::make_unique<RawWebSocket>(server, "/echo/me"));
		if (!clients.back()->accepted())
			break;
	}
	EXPECT_THAT(clients.size(), testing::AllOf(testing::Gt(20U), testing::Lt(50U)));
	EXPECT_EQ(clients.back()->refusal().status, 503);
	EXPECT_THAT(clients.back()->refusal().body, HasSubstr("descriptors"));
	EXPECT_GE(metric("gimlet_http_refused_total", "descriptors"), 1);
	EXPECT_EQ(get("/healthz").status, 200) << "a full server is a healthy one";
	clients.clear();
	waitFor([this] { return metric("gimlet_websocket_connections") == 0; });
	connect();
}
