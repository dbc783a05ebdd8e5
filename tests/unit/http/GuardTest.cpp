#include "node/http/Guard.h"

#include <Poco/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet;
using http::Guard;
using Kind = http::Guard::Verdict::Kind;
using testing::HasSubstr;
using testing::Not;

namespace
{

const std::string TOKEN = "0123456789abcdef0123456789abcdef";

struct Ask
{
	std::string host = "localhost:8080";
	std::map<std::string, std::string> headers{};
	std::string target = "/";
	bool secure = false;
};

Guard::Verdict judge(const Guard& guard, const Ask& ask)
{
	http1::RequestHead head;
	head.method = "GET";
	head.headers = ask.headers;
	head.headers["host"] = ask.host;
	const auto target = http1::parseTarget(ask.target);
	return guard.judge(head, std::get<http1::Target>(target), ask.secure);
}

Guard openGuard(const std::vector<std::string>& hosts = {}, const std::string& token = TOKEN)
{
	Guard guard{false, 8080};
	guard.set({token, hosts});
	return guard;
}

/// The cookie that a browser would send after the redirect.
std::string cookieOf(const Guard& guard)
{
	const auto verdict = judge(guard, {.target = "/?token=" + TOKEN});
	return verdict.cookie.substr(0, verdict.cookie.find(';'));
}

}

TEST(HttpGuard, OnLoopbackOnlyLoopbackNamesAreAnswered)
{
	const Guard guard{true, 8080};
	for (const auto* host : {"localhost", "localhost:8080", "LOCALHOST:9", "127.0.0.1:8080", "127.8.9.1",
			 "[::1]:8080", "[::1]", "localhost."})
		EXPECT_EQ(judge(guard, {.host = host}).kind, Kind::Allow) << host;
	for (const auto* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
			 "192.0.2.1:8080", "[::2]", "0.0.0.0", ""})
	{
		const auto verdict = judge(guard, {.host = host});
		EXPECT_EQ(verdict.kind, Kind::Refuse) << host;
		EXPECT_EQ(verdict.status, 403);
		EXPECT_STREQ(verdict.reason, "host");
	}
}

TEST(HttpGuard, AListedNameOnLoopbackIsAProxysAndNeedsTheToken)
{
	Guard guard{true, 8080};
	guard.set({TOKEN, {"chat.example"}});
	EXPECT_EQ(judge(guard, {.host = "chat.example"}).status, 401);
	EXPECT_EQ(judge(guard, {.host = "chat.example", .headers = {{"authorization", "Bearer " + TOKEN}}}).kind,
		Kind::Allow);
	EXPECT_EQ(judge(guard, {.host = "localhost"}).kind, Kind::Allow);
	guard.set({"", {"chat.example"}});
	EXPECT_EQ(judge(guard, {.host = "chat.example"}).status, 403);
}

TEST(HttpGuard, ALoopbackNameThatAProxyHasWrittenNeedsTheTokenToo)
{
	Guard guard{true, 8080};
	for (const auto* name : {"x-forwarded-for", "x-forwarded-host", "forwarded", "via", "x-real-ip"})
	{
		const std::map<std::string, std::string> headers{{name, "192.0.2.7"}};
		guard.set({"", {}});
		EXPECT_STREQ(judge(guard, {.headers = headers}).reason, "closed") << name;
		guard.set({TOKEN, {}});
		EXPECT_EQ(judge(guard, {.headers = headers}).status, 401) << name;
		auto bearer = headers;
		bearer["authorization"] = "Bearer " + TOKEN;
		EXPECT_EQ(judge(guard, {.headers = bearer}).kind, Kind::Allow) << name;
	}
	EXPECT_EQ(judge(guard, {}).kind, Kind::Allow);
}

TEST(HttpGuard, AnOriginMustBeTheHost)
{
	const Guard guard{true, 8080};
	const auto with = [&](const std::string& host, const std::string& origin) {
		return judge(guard, {.host = host, .headers = {{"origin", origin}}}).kind;
	};
	EXPECT_EQ(with("localhost:8080", "http://localhost:8080"), Kind::Allow);
	EXPECT_EQ(with("localhost", "http://localhost"), Kind::Allow);
	EXPECT_EQ(with("localhost:80", "http://localhost"), Kind::Allow);
	EXPECT_EQ(with("localhost", "https://localhost"), Kind::Allow) << "TLS may end at a proxy";
	EXPECT_EQ(with("[::1]:8080", "http://[::1]:8080"), Kind::Allow);
	for (const auto* origin :
		{"http://localhost:8081", "http://127.0.0.1:8080", "http://evil.example", "null", "", "file://",
			"http://localhost:8080.evil.example", "http://localhost:8080@evil.example"})
		EXPECT_EQ(with("localhost:8080", origin), Kind::Refuse) << origin;
}

TEST(HttpGuard, BeyondLoopbackThereIsNoWayInWithoutAToken)
{
	const Guard closed{false, 8080};
	const auto verdict = judge(closed, {.host = "node.example"});
	EXPECT_EQ(verdict.status, 403);
	EXPECT_STREQ(verdict.reason, "closed");
	EXPECT_THAT(verdict.message, HasSubstr("[web] token"));

	const auto guard = openGuard();
	for (const auto* host : {"node.example", "192.0.2.1:8080", "localhost"})
	{
		const auto asked = judge(guard, {.host = host});
		EXPECT_EQ(asked.status, 401) << host;
		EXPECT_STREQ(asked.reason, "token");
	}
}

TEST(HttpGuard, TheTokenIsTakenFromThreePlacesAndNoOther)
{
	const auto guard = openGuard();
	const auto cookie = cookieOf(guard);
	EXPECT_EQ(judge(guard, {.headers = {{"authorization", "Bearer " + TOKEN}}}).kind, Kind::Allow);
	EXPECT_EQ(judge(guard, {.headers = {{"cookie", "a=b; " + cookie}}}).kind, Kind::Allow);
	EXPECT_EQ(judge(guard, {.headers = {{"upgrade", "websocket"}}, .target = "/ui_ws?token=" + TOKEN}).kind,
		Kind::Allow);

	const std::vector<Ask> refused = {
		{.headers = {{"authorization", "Bearer " + TOKEN.substr(1)}}},
		{.headers = {{"authorization", "Bearer " + TOKEN + "0"}}},
		{.headers = {{"authorization", TOKEN}}},
		{.headers = {{"authorization", "Basic " + TOKEN}}},
		{.headers = {{"cookie", "gimlet_8080=" + TOKEN}}},
		{.headers = {{"cookie", "gimlet_8080="}}},
		{.headers = {{"cookie", "gimlet_8081" + cookie.substr(cookie.find('='))}}},
		{.target = "/?token="},
		{.target = "/?token=" + TOKEN.substr(1)},
		{.target = "/?Token=" + TOKEN},
		{.target = "/" + TOKEN},
	};
	for (const auto& ask : refused)
		EXPECT_EQ(judge(guard, ask).status, 401) << ask.target;
}

TEST(HttpGuard, TheTokenInAnAddressBecomesACookieAndARedirect)
{
	const auto guard = openGuard();
	const auto verdict = judge(guard, {.target = "/a%20b?x=1&token=" + TOKEN + "&y=2"});
	EXPECT_EQ(verdict.kind, Kind::Redirect);
	EXPECT_EQ(verdict.status, 303);
	EXPECT_EQ(verdict.location, "/a%20b?x=1&y=2");
	EXPECT_THAT(verdict.cookie, testing::StartsWith("gimlet_8080="));
	EXPECT_THAT(verdict.cookie, HasSubstr("; HttpOnly"));
	EXPECT_THAT(verdict.cookie, HasSubstr("; SameSite=Strict"));
	EXPECT_THAT(verdict.cookie, HasSubstr("; Path=/"));
	EXPECT_THAT(verdict.cookie, Not(HasSubstr("Secure")));
	EXPECT_THAT(verdict.cookie, Not(HasSubstr(TOKEN)));
	EXPECT_EQ(judge(guard, {.target = "/?token=" + TOKEN}).location, "/");
	EXPECT_THAT(judge(guard, {.target = "/?token=" + TOKEN, .secure = true}).cookie, HasSubstr("; Secure"));
}

TEST(HttpGuard, HostsAreCheckedWhereTheyAreListed)
{
	const auto guard = openGuard({"Chat.Example"});
	const std::map<std::string, std::string> bearer = {{"authorization", "Bearer " + TOKEN}};
	EXPECT_EQ(judge(guard, {.host = "chat.example:8080", .headers = bearer}).kind, Kind::Allow);
	EXPECT_EQ(judge(guard, {.host = "other.example", .headers = bearer}).status, 403);
	EXPECT_EQ(judge(guard, {.host = "localhost", .headers = bearer}).status, 403);
}

TEST(HttpGuard, AWrongOriginIsRefusedWhateverTheToken)
{
	const auto guard = openGuard();
	EXPECT_EQ(judge(guard,
				  {.host = "node.example",
					  .headers = {{"authorization", "Bearer " + TOKEN}, {"origin", "http://evil.example"}}})
				  .status,
		403);
}

TEST(HttpGuard, AShortTokenIsNotTaken)
{
	Guard guard{false, 8080};
	EXPECT_THROW(guard.set({"short", {}}), Poco::InvalidArgumentException);
	EXPECT_NO_THROW(guard.set({"", {}}));
}

TEST(HttpGuard, ComparesWhole)
{
	EXPECT_TRUE(Guard::same("abc", "abc"));
	EXPECT_FALSE(Guard::same("abc", "abd"));
	EXPECT_FALSE(Guard::same("abc", "ab"));
	EXPECT_FALSE(Guard::same("", "a"));
}
