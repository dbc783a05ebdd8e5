#include "node/api/Plugin.h"
#include "tests/integration/http/HostTest.h"

using namespace gimlet;
using namespace gimlet::test;
using testing::HasSubstr;
using testing::Not;

namespace
{

class HttpHostTest : public HostTest
{
};

}

TEST_F(HttpHostTest, AnswersARouteWithWhatItAskedFor)
{
	start();
	HttpRequest seen;
	keep(
		[&]
		{
			return host().get("/hello/{name}", Access::Public,
				[&](const HttpRequest& request, HttpReply& reply)
				{
					seen = request;
					reply.status = 201;
					reply.contentType = "application/json";
					reply.headers["X-Own"] = "yes";
					reply.body = "{}";
				});
		});
	const auto response = get("/hello/w%20x?a=1&b=%20", "X-Test: one\r\n");
	EXPECT_EQ(response.status, 201);
	EXPECT_EQ(response.body, "{}");
	EXPECT_EQ(response.headers.at("content-type"), "application/json");
	EXPECT_EQ(response.headers.at("x-own"), "yes");
	EXPECT_EQ(seen.method, "GET");
	EXPECT_EQ(seen.path, "/hello/w x");
	EXPECT_EQ(seen.parameters.at("name"), "w x");
	EXPECT_EQ(seen.query.at("b"), " ");
	EXPECT_EQ(seen.header("x-test"), "one");
	EXPECT_EQ(seen.header("absent"), "");
	EXPECT_TRUE(seen.remote.isLoopback());
	EXPECT_TRUE(seen.trusted);
}

TEST_F(HttpHostTest, KeepsABrowserSafe)
{
	start();
	mountText("/", Access::Public, "x");
	const auto headers = get("/").headers;
	EXPECT_THAT(headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
	EXPECT_THAT(headers.at("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
	EXPECT_THAT(headers.at("content-security-policy"), Not(HasSubstr("unsafe")));
	EXPECT_EQ(headers.at("x-content-type-options"), "nosniff");
	EXPECT_EQ(headers.at("referrer-policy"), "no-referrer");
	EXPECT_EQ(headers.at("cache-control"), "no-store");
	EXPECT_TRUE(headers.contains("date"));
	EXPECT_FALSE(headers.contains("server"));
}

TEST_F(HttpHostTest, KeepsTheConnectionForFurtherRequests)
{
	start();
	mountText("/a", Access::Public, "A");
	RawClient client{server};
	for (int i = 0; i < 3; ++i)
		EXPECT_EQ(client.get("/a").body, "A");
	const std::string request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
	client.send(request + request + "HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	EXPECT_EQ(client.receiveResponse().body, "A");
	EXPECT_EQ(client.receiveResponse().body, "A");
	const auto last = client.receiveResponse(false);
	EXPECT_EQ(last.headers.at("content-length"), "1");
	EXPECT_EQ(last.headers.at("connection"), "close");
	EXPECT_EQ(client.receiveAll(), "");
}

TEST_F(HttpHostTest, UnderstandsARequestByteByByte)
{
	start();
	mountText("/a", Access::Public, "A");
	RawClient client{server};
	for (const char character : std::string{"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"})
		client.send({&character, 1});
	EXPECT_EQ(client.receiveResponse().body, "A");
}

TEST_F(HttpHostTest, SpeaksToHttp10)
{
	start();
	mountText("/a", Access::Public, "A");
	RawClient client{server};
	client.send("GET /a HTTP/1.0\r\n\r\n");
	const auto answer = client.receiveAll();
	EXPECT_THAT(answer, HasSubstr("Connection: close"));
	EXPECT_TRUE(answer.ends_with("\r\n\r\nA"));
}

TEST_F(HttpHostTest, SaysWhatIsNotThere)
{
	start();
	mountText("/a", Access::Public, "A");
	const auto missing = get("/b");
	EXPECT_EQ(missing.status, 404);
	EXPECT_THAT(missing.body, HasSubstr("nothing is served"));
	const auto method = get("/a", "", "POST");
	EXPECT_EQ(method.status, 405);
	EXPECT_EQ(method.headers.at("allow"), "GET, HEAD");
}

TEST_F(HttpHostTest, RefusesWhatItDoesNotUnderstandAndGoesOn)
{
	start();
	mountText("/a", Access::Public, "A");
	const std::vector<std::pair<std::string, std::string>> cases = {
		{"\x16\x03\x01\x02\x00\x01", "HTTP/1.1 400 "},
		{"\r\n\r\n", "HTTP/1.1 400 "},
		{"hello there\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /a HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /a HTTP/3.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 "},
		{"GET /../a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 "},
		{"GET http://a/a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 "},
		{"GET ftp://a/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 "},
		{"GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 413 "},
		{"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 "},
		{"GET /" + std::string(20'000, 'a'), "HTTP/1.1 431 "},
		{"GET /a HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a'), "HTTP/1.1 431 "},
	};
	for (const auto& [request, answer] : cases)
	{
		RawClient client{server};
		client.send(request);
		EXPECT_THAT(client.receiveAll(), testing::StartsWith(answer)) << request.substr(0, 60);
	}
	EXPECT_EQ(get("/a").body, "A");
}

TEST_F(HttpHostTest, ABodyThatNobodyReadsDoesNotDestroyTheAnswer)
{
	start();
	RawClient client{server};
	client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
	client.send(std::string(500'000, 'x'));
	EXPECT_EQ(client.receiveResponse().status, 405);
}

TEST_F(HttpHostTest, ASlowClientIsTurnedOutAndHoldsNobodyUp)
{
	options.requestTimeout = std::chrono::milliseconds{300};
	options.keepAlive = std::chrono::milliseconds{300};
	start();
	mountText("/a", Access::Public, "A");
	std::vector<std::unique_ptr<RawClient>> slow;
	for (int i = 0; i < 40; ++i)
	{
		slow.push_back(std::make_unique<RawClient>(server));
		slow.back()->send("GET /a HT");
	}
	EXPECT_EQ(get("/a").body, "A");
	for (const auto& client : slow)
		EXPECT_THAT(client->receiveAll(), testing::StartsWith("HTTP/1.1 408 "));
	EXPECT_EQ(metric("gimlet_http_refused_total", "timeout"), 40);

	RawClient idle{server};
	EXPECT_EQ(idle.get("/a").body, "A");
	EXPECT_EQ(idle.receiveAll(), "") << "an idle connection ends silently";
}

TEST_F(HttpHostTest, AClientThatReadsNothingIsTurnedOut)
{
	options.requestTimeout = std::chrono::milliseconds{300};
	start();
	mountText("/big", Access::Public, std::string(8 * 1024 * 1024, 'x'));
	RawClient client{server, {.receiveBuffer = 4096}};
	client.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	waitFor([&] { return metric("gimlet_http_connections") == 1; });
	waitFor([&] { return metric("gimlet_http_connections") == 0; });
	EXPECT_LT(client.receiveAll().size(), 8U * 1024 * 1024);
}

TEST_F(HttpHostTest, WhoWaitsLongestMakesRoom)
{
	options.maxRequests = 3;
	start();
	std::vector<std::unique_ptr<RawClient>> clients;
	for (std::size_t i = 0; i < 3; ++i)
	{
		clients.push_back(std::make_unique<RawClient>(server));
		waitFor([&] { return metric("gimlet_http_connections") == static_cast<double>(i + 1); });
	}
	EXPECT_EQ(get("/healthz").status, 200);
	EXPECT_EQ(clients[0]->receiveAll(), "") << "the first that came has gone";
	EXPECT_EQ(clients[1]->get("/healthz").status, 200);
	EXPECT_EQ(clients[2]->get("/healthz").status, 200);
	EXPECT_EQ(metric("gimlet_http_refused_total", "displaced"), 1);
}

TEST_F(HttpHostTest, WhereAllAreBusyTheNextIsTold)
{
	options.maxRequests = 2;
	start();
	mountText("/big", Access::Public, std::string(32 * 1024 * 1024, 'x'));
	std::vector<std::unique_ptr<RawClient>> busy;
	for (int i = 0; i < 2; ++i)
	{
		busy.push_back(std::make_unique<RawClient>(server, RawClient::Options{.receiveBuffer = 4096}));
		busy.back()->send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}
	waitFor([&] { return metric("gimlet_http_responses_total") == 2; });
	RawClient more{server};
	EXPECT_EQ(more.receiveResponse().status, 503);
	EXPECT_EQ(more.receiveAll(), "");
	EXPECT_EQ(metric("gimlet_http_refused_total", "busy"), 1);
}

TEST_F(HttpHostTest, AHandlerThatThrowsIsAnError500)
{
	start();
	keep(
		[&]
		{
			return host().get("/throws", Access::Public,
				[](const HttpRequest&, HttpReply&) { throw std::runtime_error("secret detail"); });
		});
	keep(
		[&]
		{
			return host().get("/splits", Access::Public,
				[](const HttpRequest&, HttpReply& reply) { reply.headers["X"] = "a\r\nSet-Cookie: b"; });
		});
	const auto response = get("/throws");
	EXPECT_EQ(response.status, 500);
	EXPECT_THAT(response.body, Not(HasSubstr("secret")));
	// A plugin may throw anything.
	keep([&]
		{ return host().get("/throws/7", Access::Public, [](const HttpRequest&, HttpReply&) { throw 7; }); });
	EXPECT_EQ(get("/throws/7").status, 500);
	keep(
		[&]
		{
			return host().webSocket("/throws/8", {},
				[](const HttpRequest&) -> std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>
				{ throw 8; });
		});
	EXPECT_EQ((RawWebSocket{server, "/throws/8"}.refusal().status), 500);
	const auto split = get("/splits");
	EXPECT_EQ(split.status, 500);
	EXPECT_FALSE(split.headers.contains("set-cookie"));
}

TEST_F(HttpHostTest, RoutesEndWithTheirMounts)
{
	start();
	mountText("/a", Access::Public, "A");
	onLoop(
		[&] {
			EXPECT_ANY_THROW(static_cast<void>(host().get("/a", Access::Public, [](const auto&, auto&) {})));
		});
	dropMounts();
	EXPECT_EQ(get("/a").status, 404);
	mountText("/a", Access::Public, "again");
	EXPECT_EQ(get("/a").body, "again");
}

TEST_F(HttpHostTest, AMountMayOutliveTheHost)
{
	LoopThread loop;
	std::unique_ptr<HttpHost::Mount> mount;
	loop.run(
		[&]
		{
			options.enabled = false;
			http::Host unused{loop.loop(), Poco::Logger::get("test"), options};
			unused.start();
			EXPECT_FALSE(unused.listening().valid());
			EXPECT_TRUE(unused.onLoopback());
			mount = unused.get("/a", Access::Public, [](const auto&, auto&) {});
		});
	loop.run([&] { mount.reset(); });
}

TEST_F(HttpHostTest, IsAliveAndCounts)
{
	start();
	EXPECT_EQ(get("/healthz").body, "alive\n");
	EXPECT_EQ(get("/health").body, "alive\n");
	const auto metrics = get("/metrics");
	EXPECT_EQ(metrics.status, 200);
	EXPECT_THAT(metrics.headers.at("content-type"), HasSubstr("version=0.0.4"));
	EXPECT_THAT(metrics.body, HasSubstr("gimlet_http_responses_total{status=\"2xx\"} 2"));
}

TEST_F(HttpHostTest, ListensOnBothFamilies)
{
	listen = "*:0";
	start();
	EXPECT_FALSE(onLoop([&] { return host().onLoopback(); }));
	for (const int family : {AF_INET, AF_INET6})
		EXPECT_EQ(RawClient{Endpoint::loopback(family, server.port())}.get("/healthz").status, 200) << family;
}

TEST_F(HttpHostTest, SaysWhereItCannotListen)
{
	start();
	options.listen.endpoint = server;
	LoopThread loop;
	loop.run(
		[&]
		{
			http::Host second{loop.loop(), Poco::Logger::get("test"), options};
			try
			{
				second.start();
				FAIL() << "listens twice";
			}
			catch (const PluginError& error)
			{
				EXPECT_THAT(error.what(), HasSubstr(server.toString()));
				EXPECT_THAT(error.what(), HasSubstr("in use"));
			}
			second.stop();
		});
}

TEST_F(HttpHostTest, BelievesOnlyTrustedProxies)
{
	ASSERT_TRUE(options.trustedProxies.add("127.0.0.1"));
	start();
	keep(
		[&]
		{
			return host().get("/ip", Access::Public,
				[](const HttpRequest& request, HttpReply& reply)
				{ reply.body = request.remote.addressString(); });
		});
	EXPECT_EQ(get("/ip").body, "127.0.0.1");
	EXPECT_EQ(get("/ip", "X-Forwarded-For: 198.51.100.7, 203.0.113.9\r\n").body, "203.0.113.9");
	EXPECT_EQ(get("/ip", "X-Forwarded-For: nonsense\r\n").body, "127.0.0.1");
}
