#include "plugins/service/rendezvous-server/Door.h"

#include <gtest/gtest.h>

#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using test::id;

HttpRequest request(const std::string& worker = id(1))
{
	HttpRequest result;
	result.method = "GET";
	result.parameters["worker_id"] = worker;
	return result;
}

int status(const HttpRequest& asked, const DoorRules& rules = {})
{
	const auto judged = judge(asked, rules);
	return std::holds_alternative<HttpReply>(judged) ? std::get<HttpReply>(judged).status : 101;
}

TEST(DoorTest, givesTheIdInLowerCaseAndTheRoom)
{
	HttpRequest asked = request("ABCDEF01-0000-4000-8000-000000000000");
	auto visitor = std::get<Visitor>(judge(asked, {}));
	EXPECT_EQ("abcdef01-0000-4000-8000-000000000000", visitor.id);
	EXPECT_EQ("lobby", visitor.room);
	asked.query["room"] = "den";
	EXPECT_EQ("den", std::get<Visitor>(judge(asked, {})).room);
	asked.query["room"] = "";
	EXPECT_EQ("lobby", std::get<Visitor>(judge(asked, {})).room);
}

TEST(DoorTest, refusesBadIdsAndRooms)
{
	EXPECT_EQ(400, status(request("")));
	EXPECT_EQ(400, status(request("worker-1")));
	EXPECT_EQ(400, status(request("abcdef01-0000-1000-8000-000000000000")));
	HttpRequest asked = request();
	asked.query["room"] = "a room";
	EXPECT_EQ(400, status(asked));
	EXPECT_EQ(400, status(HttpRequest{}));
}

TEST(DoorTest, asksForTheTokenInOneOfTwoWays)
{
	const DoorRules rules{"s3cret-s3cret-s3cret", {}};
	HttpRequest asked = request();
	const auto refusal = std::get<HttpReply>(judge(asked, rules));
	EXPECT_EQ(401, refusal.status);
	EXPECT_EQ("Bearer realm=\"rendezvous\"", refusal.headers.at("WWW-Authenticate"));
	EXPECT_EQ(std::string::npos, refusal.body.find("s3cret"));
	for (const char* good :
		{"Bearer s3cret-s3cret-s3cret", "bearer s3cret-s3cret-s3cret", "BEARER  s3cret-s3cret-s3cret"})
	{
		asked.headers["authorization"] = good;
		EXPECT_EQ(101, status(asked, rules)) << good;
	}
	for (const char* bad : {"", "Bearer", "Bearer ", "s3cret-s3cret-s3cret", "Basic s3cret-s3cret-s3cret",
			 "Bearer s3cret-s3cret-s3cre", "Bearer s3cret-s3cret-s3cretX", "Bearers3cret-s3cret-s3cret"})
	{
		asked.headers["authorization"] = bad;
		EXPECT_EQ(401, status(asked, rules)) << bad;
	}
	asked.query["token"] = "s3cret-s3cret-s3cret";
	EXPECT_EQ(101, status(asked, rules)) << "the header may carry a token for somebody else";
	asked.query["token"] = "wrong";
	EXPECT_EQ(401, status(asked, rules));
}

TEST(DoorTest, refusesPagesUnlessTheirOriginIsListed)
{
	HttpRequest asked = request();
	asked.headers["origin"] = "https://example.org";
	EXPECT_EQ(403, status(asked));
	EXPECT_EQ(403, status(asked, {"", {"https://example.com"}}));
	EXPECT_EQ(101, status(asked, {"", {"https://example.com", "https://example.org"}}));
	for (const char* bad : {"", "null", "http://example.org", "https://example.org.evil.example"})
	{
		asked.headers["origin"] = bad;
		EXPECT_EQ(403, status(asked, {"", {"https://example.org"}})) << bad;
	}
}

TEST(DoorTest, comparesSecretsAsAWhole)
{
	EXPECT_TRUE(sameSecret("abc", "abc"));
	EXPECT_FALSE(sameSecret("abc", "abd"));
	EXPECT_FALSE(sameSecret("ab", "abc"));
	EXPECT_FALSE(sameSecret("", "abc"));
}

}

}
