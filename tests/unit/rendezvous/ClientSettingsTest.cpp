#include "plugins/signaling/rendezvous/ClientSettings.h"

#include <gmock/gmock.h>

#include "plugins/signaling/rendezvous/ProxyChoice.h"
#include "tests/support/FakeContext.h"

namespace gimlet::rendezvous_client
{

namespace
{

const PeerId ID = "0d9b2ff2-1f6c-4c39-8bd6-7d0f0f6c3a11";

RendezvousUrl parsed(const std::string& url)
{
	std::string error;
	auto result = RendezvousUrl::parse(url, error);
	EXPECT_TRUE(result) << url << ": " << error;
	EXPECT_EQ(error, "");
	return result.value_or(RendezvousUrl{});
}

std::string errorOf(const std::string& url)
{
	std::string error;
	EXPECT_FALSE(RendezvousUrl::parse(url, error)) << url;
	return error;
}

std::string proxyOf(const std::string& url, const std::map<std::string, std::string>& variables)
{
	return proxyFromEnvironment(parsed(url),
		[&variables](const char* name)
		{
			const auto found = variables.find(name);
			return found == variables.end() ? std::string{} : found->second;
		});
}

std::map<std::string, std::string> values(const std::map<std::string, std::string>& changes = {})
{
	std::map<std::string, std::string> all{{"url", "https://r.test"}, {"room", "lobby"}, {"token", ""},
		{"token_file", ""}, {"token_command", ""}, {"iam_token_file", ""}, {"iam_token_command", ""},
		{"ca_file", ""}, {"proxy", ""}, {"relay", "yes"}, {"ping_interval", "25"}, {"ping_timeout", "12.5"}};
	for (const auto& [key, value] : changes)
		all[key] = value;
	return all;
}

std::vector<std::string> problemsOf(const std::map<std::string, std::string>& changes)
{
	test::FakeProblems problems;
	readSettings(test::settings("rendezvous", values(changes)), problems);
	return problems.all;
}

}

TEST(RendezvousUrl, SchemesAndPorts)
{
	EXPECT_EQ(parsed("http://r.test").port, 80);
	EXPECT_EQ(parsed("ws://r.test").port, 80);
	EXPECT_FALSE(parsed("ws://r.test").tls);
	EXPECT_EQ(parsed("https://r.test").port, 443);
	EXPECT_TRUE(parsed("https://r.test").tls);
	EXPECT_EQ(parsed("wss://r.test").port, 443);
	EXPECT_TRUE(parsed("wss://r.test").tls);
	EXPECT_EQ(parsed("wss://r.test:9000").port, 9000);
}

TEST(RendezvousUrl, WhatIsAskedFor)
{
	const auto path = "/ws/register/" + ID + "?room=lobby";
	for (const auto* url : {"http://r.test", "http://r.test/", "http://r.test//"})
	{
		EXPECT_EQ(parsed(url).target(ID, "lobby"), path);
		EXPECT_EQ(parsed(url).text, "http://r.test");
		EXPECT_EQ(parsed(url).hostHeader(), "r.test");
	}
	EXPECT_EQ(parsed("http://r.test/a%2Fb/").target(ID, "lobby"), "/a%2Fb" + path);
	EXPECT_EQ(parsed("http://r.test/p?key=1%202&x").target(ID, "lobby"),
		"/p/ws/register/" + ID + "?key=1%202&x&room=lobby");
	EXPECT_EQ(parsed("http://r.test?key=1").target(ID, "lobby"), "/ws/register/" + ID + "?key=1&room=lobby");
	EXPECT_EQ(parsed("http://r.test:443").hostHeader(), "r.test:443");
	EXPECT_EQ(parsed("https://r.test:443").hostHeader(), "r.test");
	EXPECT_EQ(parsed("https://[2001:db8::1]:9000").hostHeader(), "[2001:db8::1]:9000");
	EXPECT_EQ(parsed("https://[2001:db8::1]:9000").host, "2001:db8::1");
}

TEST(RendezvousUrl, WhatItRefuses)
{
	for (const auto* url : {"", "r.test", "r.test:9000", "ftp://r.test", "http://", "http://r.test:99999"})
		EXPECT_EQ(errorOf(url), "is not a URL; https://host is right") << url;
	EXPECT_THAT(errorOf("http://user:secret@r.test"), testing::HasSubstr("key token"));
	EXPECT_THAT(errorOf("http://r.test/#x"), testing::HasSubstr("'#'"));
	EXPECT_THAT(errorOf("http://r.test/?room=attic"), testing::HasSubstr("key room"));
	EXPECT_THAT(errorOf("http://r.test/?a=b&room=attic"), testing::HasSubstr("key room"));
	EXPECT_THAT(errorOf("http://r.test/a b"), testing::HasSubstr("percent-encoded"));
}

TEST(RendezvousUrl, Loopback)
{
	EXPECT_TRUE(parsed("http://localhost:9000").isLoopback());
	EXPECT_TRUE(parsed("http://127.0.0.1:9000").isLoopback());
	EXPECT_TRUE(parsed("http://[::1]:9000").isLoopback());
	EXPECT_FALSE(parsed("http://r.test").isLoopback());
}

TEST(RendezvousProxy, TheEnvironmentChoosesByScheme)
{
	EXPECT_EQ(proxyOf("https://r.test", {}), "");
	EXPECT_EQ(proxyOf("https://r.test", {{"https_proxy", "http://p:1"}, {"http_proxy", "http://q:2"}}),
		"http://p:1");
	EXPECT_EQ(proxyOf("https://r.test", {{"HTTPS_PROXY", "http://p:1"}}), "http://p:1");
	EXPECT_EQ(proxyOf("http://r.test", {{"https_proxy", "http://p:1"}, {"http_proxy", "q:2"}}), "http://q:2");
	EXPECT_EQ(proxyOf("http://r.test", {{"HTTP_PROXY", "http://p:1"}}), "") << "a CGI client could set it";
	EXPECT_EQ(proxyOf("http://r.test", {{"all_proxy", "http://p:1"}}), "http://p:1");
}

TEST(RendezvousProxy, NoProxyAndLoopbackExclude)
{
	const auto with = [](const std::string& url, const std::string& none) {
		return proxyOf(url, {{"https_proxy", "http://p:1"}, {"no_proxy", none}});
	};
	EXPECT_EQ(with("https://a.r.test", "x, r.test"), "");
	EXPECT_EQ(with("https://a.r.test", ".R.Test"), "");
	EXPECT_EQ(with("https://r.test", "r.test:443"), "");
	EXPECT_EQ(with("https://r.test", "*"), "");
	EXPECT_EQ(with("https://r.test", "r.test:9000"), "http://p:1");
	EXPECT_EQ(with("https://bar.test", "r.test"), "http://p:1");
	EXPECT_EQ(with("https://192.0.2.1", "192.0.2.1"), "");
	EXPECT_EQ(with("https://localhost", ""), "");
	EXPECT_EQ(with("https://127.0.0.1:9000", ""), "");
}

TEST(RendezvousSettings, AreReadWhole)
{
	test::FakeProblems problems;
	const auto settings = readSettings(
		test::settings("rendezvous", values({{"token", "secret"}, {"proxy", "none"}})), problems);
	EXPECT_TRUE(problems.all.empty());
	EXPECT_EQ(settings.url.host, "r.test");
	EXPECT_EQ(settings.token.token, "secret");
	EXPECT_TRUE(settings.hasToken());
	EXPECT_EQ(settings.pingTimeout, std::chrono::milliseconds{12'500});
}

TEST(RendezvousSettings, TellEverythingThatIsWrongAtOnce)
{
	const auto all = problemsOf({{"url", "http://u:p@r.test"}, {"room", "the attic"}, {"proxy", "socks5://p"},
		{"token", "a b"}, {"token_file", "t"}, {"token_command", "c"}});
	EXPECT_THAT(
		all, testing::ElementsAre(testing::StartsWith("url: must not hold a user"),
				 testing::StartsWith("room: is not a room"), testing::StartsWith("token: holds"),
				 testing::StartsWith("token_file: is set beside token"),
				 testing::StartsWith("token_command: is set beside"), testing::StartsWith("proxy: is not")));
	EXPECT_EQ(problemsOf({{"token_file", "t"}, {"token_command", "c"}}).size(), 1U);
	EXPECT_TRUE(problemsOf({{"proxy", "http://u:p@proxy:3128"}}).empty());
}

TEST(RendezvousSettings, Tokens)
{
	EXPECT_TRUE(isToken("eyJhbGciOi.x-y_z~/+="));
	EXPECT_FALSE(isToken(""));
	EXPECT_FALSE(isToken("a\r\nX: y"));
	EXPECT_FALSE(isToken("schl\xc3\xbcssel"));
	EXPECT_FALSE(isToken(std::string(8193, 'x')));
}

}
