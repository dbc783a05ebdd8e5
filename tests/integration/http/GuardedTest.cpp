#include "node/http/Workers.h"
#include "tests/integration/http/HostTest.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace gimlet::test;
using testing::HasSubstr;

namespace
{

const std::string TOKEN = "0123456789abcdef0123456789abcdef";

class GuardedHostTest : public HostTest
{
protected:
	GuardedHostTest()
	{
		_folder.write("index.html", "<!DOCTYPE html>" + std::string(1000, ' '));
		_folder.write("main.js", "export {};");
	}

	void startWithPage()
	{
		start();
		keep([this] { return host().files("/", _folder.path(), Access::Guarded); });
		keep(
			[this]
			{
				return host().get("/trusted", Access::Public,
					[](const HttpRequest& request, HttpReply& reply)
					{ reply.body = request.trusted ? "trusted" : "stranger"; });
			});
		keep(
			[this]
			{
				return host().webSocket("/ui_ws", {},
					[](const HttpRequest&) -> std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>
					{
						HttpReply reply;
						reply.status = 418;
						return reply;
					});
			});
	}

	/// What a browser or a script gets that asks for the page's WebSocket; 418 is the acceptor's own answer.
	int upgradeStatus(const std::string& headers, const std::string& target = "/ui_ws")
	{
		return RawWebSocket{server, target, headers}.refusal().status;
	}

private:
	TempFolder _folder;
};

}

TEST_F(GuardedHostTest, OnLoopbackThePageIsOpenToItself)
{
	startWithPage();
	const auto page = get("/");
	EXPECT_EQ(page.status, 200);
	EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
	EXPECT_EQ(get("/trusted").body, "trusted");
	EXPECT_EQ(upgradeStatus(""), 418);
	EXPECT_EQ(upgradeStatus("Origin: http://" + server.toString() + "\r\n"), 418);
}

TEST_F(GuardedHostTest, OnLoopbackNobodyElsesPageGetsIn)
{
	startWithPage();
	EXPECT_EQ(get("/", "Origin: http://evil.example\r\n").status, 403);
	EXPECT_EQ(upgradeStatus("Origin: http://evil.example\r\n"), 403);
	EXPECT_EQ(upgradeStatus("Origin: null\r\n"), 403);
	EXPECT_EQ(get("/trusted", "Origin: http://evil.example\r\n").body, "stranger");

	RawClient rebound{server};
	rebound.host = "evil.example:" + std::to_string(server.port());
	for (const auto* path : {"/", "/main.js", "/metrics"})
		EXPECT_EQ(rebound.get(path).status, 403) << path;
	EXPECT_EQ(rebound.get("/healthz").status, 200);
	EXPECT_GE(metric("gimlet_http_refused_total", "host"), 3);
	EXPECT_GE(metric("gimlet_http_refused_total", "origin"), 3);
}

TEST_F(GuardedHostTest, AnAbsoluteTargetIsJudgedByTheHostItNames)
{
	startWithPage();
	const auto port = std::to_string(server.port());
	EXPECT_EQ(get("http://localhost:" + port + "/").status, 200);
	EXPECT_EQ(get("http://localhost:" + port + "/trusted?a=b").body, "trusted");
	EXPECT_EQ(get("http://evil.example/").status, 403) << "Host says localhost, the target does not";
}

TEST_F(GuardedHostTest, BeyondLoopbackNothingOpensWithoutAToken)
{
	listen = "*:0";
	startWithPage();
	EXPECT_EQ(get("/").status, 403);
	EXPECT_EQ(upgradeStatus(""), 403);
	const auto metrics = get("/metrics");
	EXPECT_EQ(metrics.status, 403);
	EXPECT_THAT(metrics.body, HasSubstr("Set [http] metrics_token"));
	EXPECT_EQ(get("/healthz").status, 200);
	EXPECT_EQ(get("/trusted").body, "stranger");
}

TEST_F(GuardedHostTest, TheTokenInTheAddressBecomesACookie)
{
	listen = "*:0";
	startWithPage();
	onLoop([this] { host().setGuard({TOKEN, {}}); });
	const auto stranger = get("/");
	EXPECT_EQ(stranger.status, 401);
	EXPECT_EQ(stranger.headers.at("www-authenticate"), "Bearer");
	EXPECT_THAT(stranger.body, HasSubstr("?token="));
	EXPECT_EQ(get("/?token=" + std::string(32, 'x')).status, 401);

	const auto redirect = get("/?token=" + TOKEN);
	EXPECT_EQ(redirect.status, 303);
	EXPECT_EQ(redirect.headers.at("location"), "/");
	const auto setCookie = redirect.headers.at("set-cookie");
	EXPECT_THAT(setCookie, testing::StartsWith("gimlet_" + std::to_string(server.port()) + "="));
	EXPECT_THAT(setCookie, HasSubstr("HttpOnly; SameSite=Strict"));
	const auto cookie = "Cookie: " + setCookie.substr(0, setCookie.find(';')) + "\r\n";
	EXPECT_EQ(get("/", cookie).status, 200);
	EXPECT_EQ(get("/metrics", cookie).status, 200);
	EXPECT_EQ(upgradeStatus(cookie), 418);
	EXPECT_EQ(upgradeStatus(""), 401);
	EXPECT_EQ(upgradeStatus(cookie + "Origin: http://evil.example\r\n"), 403);
}

TEST_F(GuardedHostTest, ScriptsSendTheTokenAsBearer)
{
	listen = "*:0";
	startWithPage();
	onLoop([this] { host().setGuard({TOKEN, {}}); });
	const auto bearer = "Authorization: Bearer " + TOKEN + "\r\n";
	EXPECT_EQ(get("/", bearer).status, 200);
	EXPECT_EQ(get("/trusted", bearer).body, "trusted");
	EXPECT_EQ(upgradeStatus(bearer), 418);
	EXPECT_EQ(upgradeStatus("", "/ui_ws?token=" + TOKEN), 418);
	EXPECT_EQ(get("/", "Authorization: Bearer wrong\r\n").status, 401);
	onLoop([this] { host().setGuard({std::string(32, 'n'), {}}); });
	EXPECT_EQ(get("/", bearer).status, 401) << "a changed token counts at once";
}

TEST_F(GuardedHostTest, MetricsHaveATokenOfTheirOwn)
{
	listen = "*:0";
	options.metricsToken = std::string(24, 'm');
	startWithPage();
	EXPECT_EQ(get("/metrics", "Authorization: Bearer " + options.metricsToken + "\r\n").status, 200);
	const auto refused = get("/metrics");
	EXPECT_EQ(refused.status, 401) << "there is a token to show";
	EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer");
	EXPECT_THAT(refused.body, HasSubstr("ask for [http] metrics_token"));
	EXPECT_THAT(refused.body, testing::Not(HasSubstr("Set ")));
	EXPECT_EQ(get("/", "Authorization: Bearer " + options.metricsToken + "\r\n").status, 403);
}

TEST_F(GuardedHostTest, FilesAreServedWhole)
{
	startWithPage();
	const auto page = get("/");
	EXPECT_EQ(page.body.size(), 1015U);
	const auto tag = page.headers.at("etag");
	const auto again = get("/", "If-None-Match: " + tag + "\r\n");
	EXPECT_EQ(again.status, 304);
	EXPECT_FALSE(again.headers.contains("content-length"));
	const auto zipped = get("/", "Accept-Encoding: br, gzip\r\n");
	EXPECT_EQ(zipped.headers.at("content-encoding"), "gzip");
	EXPECT_LT(zipped.body.size(), 200U);
	const auto head = get("/main.js", "", "HEAD");
	EXPECT_EQ(head.status, 200);
	EXPECT_EQ(head.headers.at("content-length"), "10");
	EXPECT_EQ(get("/missing.js").status, 404);
	EXPECT_EQ(get("/%2e%2e/etc/passwd").status, 400);
	EXPECT_EQ(get("/..%2fetc/passwd").status, 400);
	EXPECT_EQ(get("/main.js%00.html").status, 400);
}

TEST_F(GuardedHostTest, SeveralFilesComeOverOneConnectionInTheirOrder)
{
	startWithPage();
	RawClient client{server};
	std::string requests;
	for (int i = 0; i < 10; ++i)
		requests += "GET " + std::string{i % 2 ? "/main.js" : "/"} + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
	client.send(requests);
	for (int i = 0; i < 10; ++i)
		EXPECT_EQ(client.receiveResponse().body.size(), i % 2 ? 10U : 1015U);
}

TEST(HttpWorkers, RefuseWorkThatCouldNotWait)
{
	std::mutex blocked;
	blocked.lock();
	std::atomic<int> done = 0;
	{
		http::Workers workers{1, 2};
		EXPECT_TRUE(workers.run(
			[&]
			{
				const std::lock_guard lock(blocked);
				++done;
			}));
		// One may be running by now or not, two may wait.
		int taken = 0;
		while (taken < 10 && workers.run([&] { ++done; }))
			++taken;
		EXPECT_THAT(taken, testing::AnyOf(1, 2));
		blocked.unlock();
	}
	EXPECT_LE(done, 3);
}
