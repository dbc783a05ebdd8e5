#include "plugins/service/rendezvous-server/relay/RelayService.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/websocket/CloseCode.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeHttpHost.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/rendezvous-server/RelayWorld.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using gimlet::test::FakeHttpHost;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* PATH = "/ws/relay/{ticket}";

class RelayServiceTest : public testing::Test
{
protected:
	RelayServiceTest()
	{
		_context.httpHost = &_http;
		_options.origins = {"https://page.test"};
		_service = std::make_unique<RelayService>(_context, _metrics, _options, [this] { return ++_random; });
	}

	std::string arrive(unsigned number)
	{
		const auto place = _service->machine().arrive("lobby", id(number), _loop.now());
		_service->drain();
		return place->path.substr(RELAY_PATH.size());
	}

	static HttpRequest request(const std::string& ticket)
	{
		HttpRequest result;
		result.parameters["ticket"] = ticket;
		return result;
	}

	FakeHttpHost::Client connect(const std::string& ticket)
	{
		return _http.connect(PATH, request(ticket));
	}

	int refusal(const HttpRequest& asked)
	{
		const auto accepted = _http.sockets.at(PATH).second(asked);
		return std::holds_alternative<HttpReply>(accepted) ? std::get<HttpReply>(accepted).status : 101;
	}

	static std::string frame(unsigned other, ByteView datagram)
	{
		std::array<std::uint8_t, relay::MAX_FRAME> room{};
		return std::string{asText(
			relay::writeFrame(room, {.other = relay::keyOf("lobby", id(other)), .datagram = datagram}))};
	}

	double metric(const std::string& name, const std::map<std::string, std::string>& labels = {})
	{
		_loop.advance(1s);
		return _context.metric("gimlet_rendezvous_server_relay_" + name, labels);
	}

	gimlet::test::ManualLoop _loop;
	gimlet::test::FakeContext _context{_loop, "relay-service-test"};
	FakeHttpHost _http;
	RelayMetrics _metrics{_context.metrics()};
	RelayService::Options _options;
	std::uint64_t _random = 0;
	std::unique_ptr<RelayService> _service;
};

TEST_F(RelayServiceTest, carriesFramesBetweenItsSockets)
{
	auto one = connect(arrive(1));
	auto two = connect(arrive(2));
	one.handler->onBinary(asBytes(frame(2, dtls())));
	EXPECT_THAT(two.socket->texts, ElementsAre(frame(1, dtls())));
	EXPECT_THAT(one.socket->texts, IsEmpty());
	EXPECT_EQ(1, metric("datagrams_total"));
	EXPECT_EQ(1200, metric("bytes_total"));
	EXPECT_EQ(2, metric("places"));
	EXPECT_EQ(2, metric("connections"));
	two.end();
	one.handler->onBinary(asBytes(frame(2, dtls())));
	EXPECT_EQ(1, metric("dropped_total", {{"reason", "absent"}}));
	EXPECT_EQ(1, metric("connections"));
	EXPECT_EQ(0U, _loop.timers()) << "no timer runs while nothing happens";
}

TEST_F(RelayServiceTest, opensForWhoeverHasATicket)
{
	const auto ticket = arrive(1);
	EXPECT_EQ(Access::Public, _http.sockets.at(PATH).first.access);
	EXPECT_EQ(404, refusal(request("")));
	EXPECT_EQ(404, refusal(request(ticket + "0")));
	EXPECT_EQ(101, refusal(request(ticket)));
	auto asked = request(ticket);
	asked.headers["origin"] = "https://elsewhere.test";
	EXPECT_EQ(403, refusal(asked));
	asked.headers["origin"] = "https://page.test";
	EXPECT_EQ(101, refusal(asked));
	_service->setOrigins({});
	EXPECT_EQ(403, refusal(asked));
	EXPECT_EQ(2, metric("refused_total", {{"status", "404"}}));
}

TEST_F(RelayServiceTest, takesATicketAsABearerTokenToo)
{
	constexpr const char* BARE = "/ws/relay";
	const auto status = [this](const std::string& authorization)
	{
		HttpRequest asked;
		if (!authorization.empty())
			asked.headers["authorization"] = authorization;
		const auto accepted = _http.sockets.at(BARE).second(asked);
		return std::holds_alternative<HttpReply>(accepted) ? std::get<HttpReply>(accepted).status : 101;
	};
	const auto ticket = arrive(1);
	EXPECT_EQ(404, status(""));
	EXPECT_EQ(404, status("Bearer x"));
	EXPECT_EQ(404, status("Basic " + ticket));
	EXPECT_EQ(101, status("Bearer " + ticket));
	EXPECT_EQ(Access::Public, _http.sockets.at(BARE).first.access);
	HttpRequest asked;
	asked.headers["authorization"] = "Bearer " + ticket;
	auto one = _http.connect(BARE, asked);
	auto two = connect(arrive(2));
	two.handler->onBinary(asBytes(frame(1, dtls())));
	EXPECT_THAT(one.socket->texts, ElementsAre(frame(2, dtls())));
}

TEST_F(RelayServiceTest, bothRoutesTogetherHaveABound)
{
	_service.reset();
	_options.limits.maxPlaces = 1;
	_service = std::make_unique<RelayService>(_context, _metrics, _options, [this] { return ++_random; });
	const auto ticket = arrive(1);
	HttpRequest bare;
	bare.headers["authorization"] = "Bearer " + ticket;
	std::vector<FakeHttpHost::Client> clients;
	for (int i = 0; i < 5; ++i)
		clients.push_back(_http.connect("/ws/relay", bare));
	for (int i = 0; i < 6; ++i)
		clients.push_back(connect(ticket));
	EXPECT_EQ(503, refusal(request(ticket)));
	const auto other = _http.sockets.at("/ws/relay").second(bare);
	ASSERT_TRUE(std::holds_alternative<HttpReply>(other));
	EXPECT_EQ(503, std::get<HttpReply>(other).status);
	EXPECT_EQ(2, metric("refused_total", {{"status", "503"}}));
	clients.front().end();
	EXPECT_EQ(101, refusal(request(ticket)));
}

TEST_F(RelayServiceTest, pausesAndResumesWhoeverSendsTooMuch)
{
	auto one = connect(arrive(1));
	for (int i = 0; i < 10'000 && !one.socket->paused; ++i)
		one.handler->onBinary(asBytes(frame(2, dtls())));
	EXPECT_TRUE(one.socket->paused);
	_loop.advance(1s);
	EXPECT_FALSE(one.socket->paused);
	EXPECT_FALSE(one.socket->closed);
	EXPECT_EQ(1, metric("paused_total"));
}

TEST_F(RelayServiceTest, aFullReceiverLosesDatagrams)
{
	auto one = connect(arrive(1));
	auto two = connect(arrive(2));
	two.socket->buffered = RELAY_QUEUE + 1;
	one.handler->onBinary(asBytes(frame(2, dtls())));
	EXPECT_THAT(two.socket->texts, IsEmpty());
	EXPECT_FALSE(two.socket->closed);
	EXPECT_EQ(1, metric("dropped_total", {{"reason", "queue"}}));
}

TEST_F(RelayServiceTest, closesWhatIsNoFrame)
{
	auto short8 = connect(arrive(1));
	short8.handler->onBinary(asBytes("12345678"));
	EXPECT_EQ(1002, short8.socket->closed);
	short8.end();
	auto text = connect(arrive(1));
	text.handler->onText("{}");
	EXPECT_EQ(1002, text.socket->closed);
	text.end();
	auto large = connect(arrive(1));
	large.end(1009);
	EXPECT_EQ(3, metric("malformed_total"));
	EXPECT_EQ(0, metric("connections"));
}

TEST_F(RelayServiceTest, endsPlacesInTime)
{
	auto one = connect(arrive(1));
	_service->machine().depart("lobby", id(1), _loop.now());
	_service->drain();
	_loop.advance(PLACE_GRACE);
	EXPECT_EQ(websocket::GOING_AWAY, one.socket->closed);
	EXPECT_EQ(0, metric("places"));
}

TEST_F(RelayServiceTest, whatHappenedJustBeforeTheEndIsCounted)
{
	auto one = connect(arrive(1));
	auto two = connect(arrive(2));
	one.handler->onBinary(asBytes(frame(2, dtls())));
	_service.reset();
	EXPECT_EQ(1, metric("datagrams_total"));
	EXPECT_EQ(2, metric("opened_total"));
	EXPECT_EQ(0, metric("connections"));
}

TEST_F(RelayServiceTest, whatComesAfterTheEndIsIgnored)
{
	const auto ticket = arrive(1);
	auto client = connect(ticket);
	auto unopened =
		std::get<std::unique_ptr<WebSocketHandler>>(_http.sockets.at(PATH).second(request(ticket)));
	_service.reset();
	EXPECT_THAT(_http.sockets, IsEmpty());
	EXPECT_EQ(0U, _loop.timers());
	client.handler->onBinary(asBytes(frame(2, dtls())));
	client.handler->onText("x");
	gimlet::test::FakeWebSocket socket;
	unopened->onOpen(socket);
	unopened->onClose(1001, "");
	EXPECT_FALSE(client.socket->closed);
}

}

}
