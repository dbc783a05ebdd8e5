#include "plugins/service/rendezvous-server/RendezvousServer.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/rendezvous/ClientCodec.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeHttpHost.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace std::chrono_literals;
using namespace rendezvous;
using gimlet::rendezvous_server::test::id;
using gimlet::rendezvous_server::test::place;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* PATH = "/ws/register/{worker_id}";

/// Keeps what is logged.
class Ear final : public Poco::Channel
{
public:
	void log(const Poco::Message& message) override
	{
		text += message.getText() + '\n';
	}

	std::string text;
};

class RendezvousServerTest : public testing::Test
{
protected:
	RendezvousServerTest()
	{
		_context.httpHost = &_http;
		_context.logger().setChannel(_ear);
	}

	~RendezvousServerTest() override
	{
		_context.logger().setChannel(nullptr);
	}

	Settings settings(const std::map<std::string, std::string>& given)
	{
		std::map<std::string, std::string> values{{"token", ""}, {"origins", ""}, {"max_members", "100"},
			{"max_rooms", "100"}, {"max_per_room", "100"}, {"max_per_address", "100"}, {"max_message", "64k"},
			{"max_signal", "16k"}, {"message_rate", "50"}, {"endpoint_rate", "12"},
			{"offers_per_address", "600"}, {"ip_rate", "1"}, {"proof_rate", "50"}, {"names", ""},
			{"ping_interval", "0.5"}, {"ping_timeout", "2"}, {"relay", "on"}, {"relay_rate", "2M"},
			{"relay_sessions", "100"}, {"turn_urls", ""}, {"turn_secret", ""}, {"turn_lifetime", "3600"}};
		for (const auto& [key, value] : given)
			values[key] = value;
		return gimlet::test::settings("rendezvous-server", values);
	}

	void start(const std::map<std::string, std::string>& given = {})
	{
		_server.configure(settings(given), _problems);
		_server.start();
	}

	static HttpRequest request(unsigned number)
	{
		HttpRequest result;
		result.parameters["worker_id"] = id(number);
		result.remote = place(number);
		return result;
	}

	gimlet::test::FakeHttpHost::Client connect(unsigned number)
	{
		return _http.connect(PATH, request(number));
	}

	int refusal(const HttpRequest& asked)
	{
		const auto accepted = _http.sockets.at(PATH).second(asked);
		return std::holds_alternative<HttpReply>(accepted) ? std::get<HttpReply>(accepted).status : 101;
	}

	HttpReply ip(const Endpoint& from)
	{
		HttpRequest asked;
		asked.remote = from;
		HttpReply reply;
		_http.handlers.at("/ip")(asked, reply);
		return reply;
	}

	void node(const gimlet::test::FakeHttpHost::Client& client, unsigned number)
	{
		client.handler->onText(encode(Hello{1, {"udp-plain/1"}, ""}));
		client.handler->onText(encode(UpdateUdpEndpoint{place(number), ""}));
	}

	double metric(const std::string& name)
	{
		return _context.metric("gimlet_rendezvous_server_" + name);
	}

	gimlet::test::ManualLoop _loop;
	gimlet::test::FakeContext _context{_loop, "rendezvous-server-test"};
	gimlet::test::FakeHttpHost _http;
	gimlet::test::FakeProblems _problems;
	Poco::AutoPtr<Ear> _ear{new Ear};
	RendezvousServer _server{_context};
};

TEST_F(RendezvousServerTest, mountsAndUnmounts)
{
	start();
	EXPECT_THAT(_problems.all, IsEmpty());
	const auto& options = _http.sockets.at(PATH).first;
	EXPECT_EQ(Access::Public, options.access);
	EXPECT_EQ(500ms, options.pingInterval);
	EXPECT_EQ(2000ms, options.pingTimeout);
	EXPECT_EQ(65536U, options.maxMessage);
	EXPECT_EQ((256U + 100U) * 1024U, options.maxBuffered)
		<< "a full room's offers, and no megabyte for each reader";
	_server.stop();
	_server.stop();
	EXPECT_THAT(_http.sockets, IsEmpty());
	EXPECT_THAT(_http.handlers, IsEmpty());
	EXPECT_EQ(0U, _loop.timers());
}

TEST_F(RendezvousServerTest, refusesASignalLongerThanAMessage)
{
	_server.configure(settings({{"max_message", "1k"}, {"max_signal", "2k"}}), _problems);
	EXPECT_THAT(
		_problems.all, testing::ElementsAre("max_signal: a signal cannot be longer than max_message"));
}

TEST_F(RendezvousServerTest, carriesWhatTheMachineWants)
{
	start();
	auto one = connect(1);
	node(one, 1);
	auto two = connect(2);
	node(two, 2);
	EXPECT_THAT(one.socket->texts.back(), HasSubstr("p2p_connection_offer"));
	EXPECT_THAT(two.socket->texts.back(), HasSubstr(id(1)));
	EXPECT_THAT(one.socket->texts.front(), HasSubstr("\"ping_interval\":0.5"));
	EXPECT_EQ(2, metric("members"));
	EXPECT_EQ(1, metric("rooms"));
	EXPECT_EQ(1, metric("offers_total"));
	EXPECT_EQ(4, metric("messages_total"));
	two.end();
	EXPECT_THAT(one.socket->texts.back(), HasSubstr("peer_left"));
	EXPECT_EQ(1, metric("members"));
	EXPECT_EQ(1, metric("left_total"));
}

TEST_F(RendezvousServerTest, pingsTheHolderOfAnIdAndReplacesItWhenItIsSilent)
{
	start();
	auto older = connect(1);
	auto newer = connect(1);
	EXPECT_EQ(1U, older.socket->pings);
	_loop.advance(CLAIM_TIMEOUT);
	EXPECT_EQ(CLOSE_ID_IN_USE, older.socket->closed);
	EXPECT_FALSE(newer.socket->closed);
	older.end();
	EXPECT_EQ(1, metric("members"));

	auto newest = connect(1);
	newer.handler->onPong();
	EXPECT_EQ(CLOSE_ID_IN_USE, newest.socket->closed);
}

TEST_F(RendezvousServerTest, refusesWhatTheDoorAndTheLimitsRefuse)
{
	start({{"token", "0123456789abcdef"}, {"max_per_address", "1"}, {"max_per_room", "2"}});
	HttpRequest asked = request(1);
	EXPECT_EQ(401, refusal(asked));
	asked.query["token"] = "0123456789abcdef";
	const auto one = _http.connect(PATH, asked);
	asked.parameters["worker_id"] = id(2);
	EXPECT_EQ(429, refusal(asked));
	asked.remote = place(2);
	const auto two = _http.connect(PATH, asked);
	asked.remote = place(3);
	asked.parameters["worker_id"] = id(3);
	EXPECT_EQ(503, refusal(asked));
	asked.headers["origin"] = "https://example.org";
	EXPECT_EQ(403, refusal(asked));
	EXPECT_EQ(1, _context.metric("gimlet_rendezvous_server_refused_total", {{"status", "429"}}));
	_server.reconfigure(settings({{"token", "fedcba9876543210"}}));
	EXPECT_EQ(401, refusal(asked)) << "a token is reloaded";
}

TEST_F(RendezvousServerTest, tellsCallersTheirAddress)
{
	start();
	EXPECT_EQ("203.0.113.1", ip(place(1)).body);
	EXPECT_EQ("2001:db8::1", ip(*Endpoint::parse("[2001:db8::1]:7")).body);
	EXPECT_EQ("no-store", ip(place(1)).headers.at("Cache-Control"));
	ip(place(1));
	ip(place(1));
	EXPECT_EQ(429, ip(place(1)).status) << "four at once, then one a second";
	_loop.advance(1s);
	EXPECT_EQ(200, ip(place(1)).status);
}

TEST_F(RendezvousServerTest, whatComesAfterTheEndIsIgnored)
{
	start();
	auto client = connect(1);
	auto unopened = std::get<std::unique_ptr<WebSocketHandler>>(_http.sockets.at(PATH).second(request(2)));
	_server.stop();
	client.handler->onText(encode(GetMyDetails{}));
	client.handler->onPong();
	EXPECT_THAT(client.socket->texts, IsEmpty());
	gimlet::test::FakeWebSocket socket;
	unopened->onOpen(socket);
	unopened->onClose(1001, "");
	start();
	client.end();
	EXPECT_EQ(0, metric("members"));
}

TEST_F(RendezvousServerTest, warnsWhenItIsOpenToTheWorld)
{
	start();
	EXPECT_THAT(_ear->text, Not(HasSubstr("open")));
	_server.stop();
	_http.address = *Endpoint::parse("0.0.0.0:9000");
	start();
	EXPECT_THAT(_ear->text, HasSubstr("[rendezvous-server] token"));
	_server.stop();
	_ear->text.clear();
	start({{"token", "short"}});
	EXPECT_THAT(_ear->text, HasSubstr("can be guessed"));
	EXPECT_THAT(_ear->text, Not(HasSubstr("\"short\"")));
	_server.stop();
	_ear->text.clear();
	start({{"token", "0123456789abcdef"}});
	EXPECT_THAT(_ear->text, Not(HasSubstr("open")));
}

TEST_F(RendezvousServerTest, warnsWhenItGivesTurnCredentialsToTheWorld)
{
	std::map<std::string, std::string> values{{"turn_urls", "turn:t.test"}, {"turn_secret", "north"}};
	start(values);
	EXPECT_THAT(_ear->text, Not(HasSubstr("turn_urls"))) << "on loopback";
	_server.stop();
	_http.address = *Endpoint::parse("0.0.0.0:9000");
	start(values);
	EXPECT_THAT(_ear->text, HasSubstr("gives credentials for the servers of turn_urls"));
	_server.stop();
	_ear->text.clear();
	values["token"] = "0123456789abcdef";
	start(values);
	EXPECT_THAT(_ear->text, Not(HasSubstr("turn_urls")));
}

TEST_F(RendezvousServerTest, warnsWhenStrangersCouldPassProofsOnToIt)
{
	const std::string warning = "register the worker's id here";
	start();
	EXPECT_THAT(_ear->text, Not(HasSubstr(warning))) << "on loopback";
	_server.stop();
	_http.address = *Endpoint::parse("0.0.0.0:9000");
	start();
	EXPECT_THAT(_ear->text, HasSubstr(warning));
	EXPECT_THAT(_ear->text, HasSubstr("[rendezvous-server] names"));
	_server.stop();
	_ear->text.clear();
	start({{"names", "rendezvous.example"}});
	EXPECT_THAT(_ear->text, Not(HasSubstr(warning)));
	_server.stop();
	start({{"token", "0123456789abcdef"}});
	EXPECT_THAT(_ear->text, Not(HasSubstr(warning))) << "strangers do not get that far";
}

TEST_F(RendezvousServerTest, aLineSaysNowAndThenWhatHappened)
{
	start();
	_ear->text.clear();
	{
		auto one = connect(1);
		node(one, 1);
		auto two = connect(2);
		node(two, 2);
		_loop.advance(10min);
	}
	EXPECT_THAT(_ear->text,
		HasSubstr("2 workers are here in 1 rooms; since the last such line 2 came, 0 left, 1 pairs"));
	_loop.advance(10min);
	EXPECT_THAT(
		_ear->text, HasSubstr("0 workers are here in 0 rooms; since the last such line 0 came, 2 left"));
	_ear->text.clear();
	_loop.advance(24h);
	EXPECT_EQ("", _ear->text);
	EXPECT_EQ(0U, _loop.timers());
}

}

}
