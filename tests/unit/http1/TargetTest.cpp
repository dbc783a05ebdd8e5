#include "node/protocol/http1/Target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet::http1;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace
{

Target target(std::string_view text)
{
	auto parsed = parseTarget(text);
	if (const auto* fault = std::get_if<Fault>(&parsed))
		throw std::runtime_error(fault->message);
	return std::get<Target>(std::move(parsed));
}

}

TEST(HttpTarget, IsTakenApartAndDecoded)
{
	const auto parsed = target("/ws/a%20b?room=x+y&token=%41&room=second&flag&=no");
	EXPECT_EQ(parsed.rawPath, "/ws/a%20b");
	EXPECT_EQ(parsed.path, "/ws/a b");
	EXPECT_THAT(parsed.segments, ElementsAre("ws", "a b"));
	EXPECT_FALSE(parsed.trailingSlash);
	EXPECT_THAT(parsed.query, ElementsAre(Pair("flag", ""), Pair("room", "x y"), Pair("token", "A")));
}

TEST(HttpTarget, KnowsAFolderByItsSlash)
{
	EXPECT_TRUE(target("/").trailingSlash);
	EXPECT_THAT(target("/").segments, IsEmpty());
	EXPECT_EQ(target("/").path, "/");
	EXPECT_TRUE(target("/a/").trailingSlash);
	EXPECT_EQ(target("/a/").path, "/a/");
	EXPECT_FALSE(target("/a").trailingSlash);
	EXPECT_EQ(target("/?").query.size(), 0U);
}

TEST(HttpTarget, ThereIsNoWayUp)
{
	for (const auto* text : {"/..", "/../etc/passwd", "/a/../b", "/a/..", "/%2e%2e/x", "/%2E./x", "/.",
			 "/./a", "/a//b", "//evil.example/", "/a%2fb", "/a%2Fb", "/a%5cb", "/a\\b", "/a%00b", "/a%0ab",
			 "/%ff", "/%c0%ae", "/%", "/%4", "/%4g", "/a b", "/a#b", "", "a", "*", "http://h/", "/\xc3\xbc"})
		EXPECT_TRUE(std::holds_alternative<Fault>(parseTarget(text))) << text;
	EXPECT_EQ(target("/%c3%bc").path, "/\xc3\xbc");
	EXPECT_EQ(target("/...").path, "/...");
	EXPECT_EQ(target("/%252e%252e").path, "/%2e%2e");
}

TEST(HttpTarget, AQueryIsBounded)
{
	std::string text = "/?a=1";
	for (int i = 0; i < 63; ++i)
		text += "&a=1";
	EXPECT_NO_THROW(target(text));
	EXPECT_THROW(target(text + "&a=1"), std::runtime_error);
	EXPECT_THROW(target("/?a=%zz"), std::runtime_error);
}

TEST(HttpTarget, OneNameIsTakenOutOfAQuery)
{
	EXPECT_EQ(queryWithout("token=x", "token"), "");
	EXPECT_EQ(queryWithout("a=1&token=x&b=%202", "token"), "a=1&b=%202");
	EXPECT_EQ(queryWithout("a=1&t%6fken=x&token", "token"), "a=1");
	EXPECT_EQ(queryWithout("tokens=1", "token"), "tokens=1");
}
