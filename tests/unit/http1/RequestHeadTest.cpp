#include "node/protocol/http1/RequestHead.h"

#include <gtest/gtest.h>

#include "node/protocol/http1/ResponseHead.h"

using namespace gimlet::http1;

namespace
{

std::optional<Fault> faultOf(const std::string& fields, const std::string& line = "GET / HTTP/1.1")
{
	RequestHead request;
	return parseRequestHead(line + "\r\n" + fields + "\r\n", request);
}

}

TEST(HttpHead, IsFoundWhereverItIsCut)
{
	const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody";
	const auto end = text.find("body");
	for (std::size_t cut = 0; cut <= text.size(); ++cut)
	{
		const auto found = headLength(text.substr(0, cut));
		ASSERT_EQ(found.has_value(), cut >= end) << cut;
		if (!found)
		{
			ASSERT_EQ(headLength(text, cut), end) << cut;
		}
	}
	EXPECT_FALSE(headLength(std::string(MAX_HEAD, 'x') + "\r\n\r\n"));
}

TEST(HttpHead, ARequestIsRead)
{
	RequestHead request;
	const auto fault =
		parseRequestHead("GET /a%20b?c=d HTTP/1.1\r\nHost: example.org:80\r\nX-Two:  one \r\nx-two: two\r\n"
						 "Cookie: a=1\r\nCookie: b=2\r\nEmpty:\r\n\r\n",
			request);
	ASSERT_FALSE(fault) << fault->message;
	EXPECT_EQ(request.method, "GET");
	EXPECT_EQ(request.target, "/a%20b?c=d");
	EXPECT_EQ(request.version, "HTTP/1.1");
	EXPECT_EQ(request.header("host"), "example.org:80");
	EXPECT_EQ(request.header("x-two"), "one, two");
	EXPECT_EQ(request.header("cookie"), "a=1; b=2");
	EXPECT_EQ(request.header("empty"), "");
	EXPECT_EQ(request.header("absent"), "");
}

TEST(HttpHead, ATargetInAbsoluteFormStandsForItsPathAndForHost)
{
	const auto read = [](const std::string& target)
	{
		RequestHead request;
		const auto fault =
			parseRequestHead("GET " + target + " HTTP/1.1\r\nHost: other.example\r\n\r\n", request);
		return fault ? fault->message : std::string{request.header("host")} + " " + request.target;
	};
	EXPECT_EQ(read("http://node.example:8080/a?b=c"), "node.example:8080 /a?b=c");
	EXPECT_EQ(read("HTTPS://[::1]:8080/"), "[::1]:8080 /");
	EXPECT_EQ(read("http://node.example"), "node.example /");
	EXPECT_EQ(read("http://node.example?b=c"), "node.example /?b=c");
	EXPECT_EQ(read("/http://node.example/"), "other.example /http://node.example/");
	for (const auto* target : {"http://", "http:///path", "http://user@node.example/", "https://?"})
		EXPECT_EQ(read(target), "the request target names no host") << target;
	// RFC 9112, section 3.2: without Host it is refused all the same.
	EXPECT_TRUE(faultOf("", "GET http://node.example/ HTTP/1.1"));
}

TEST(HttpHead, Http10NeedsNoHost)
{
	EXPECT_FALSE(faultOf("", "GET / HTTP/1.0"));
	EXPECT_TRUE(faultOf(""));
}

TEST(HttpHead, WhatTwoReadersCouldReadDifferentlyIsRefused)
{
	const std::vector<std::string> fields = {
		"Host: a\r\nHost: b\r\n",
		"Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
		"Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"Host: a\r\nOrigin: http://a\r\nOrigin: http://b\r\n",
		"Host : a\r\n",
		"Host: a\r\n folded: b\r\n",
		"Host: a\r\nX: 1\nY: 2\r\n",
		"Host: a\r\nX: 1\rY: 2\r\n",
		std::string{"Host: a\r\nX: \0\r\n", 15},
		"Host: a\r\nno colon\r\n",
		"Host: a\r\n: no name\r\n",
		"Host: a/b\r\n",
		"Host: a@b\r\n",
		"Host: \r\n",
	};
	for (const auto& text : fields)
	{
		const auto fault = faultOf(text);
		ASSERT_TRUE(fault) << text;
		EXPECT_EQ(fault->status, 400) << text;
		EXPECT_FALSE(fault->message.empty());
	}
}

TEST(HttpHead, ARequestLineIsThreePartsAndOneSpaceBetween)
{
	for (const auto* line : {"GET /", "GET", "", "GET  / HTTP/1.1", "GET / x HTTP/1.1", "G(T / HTTP/1.1",
			 " / HTTP/1.1", "GET /\x01 HTTP/1.1"})
	{
		const auto fault = faultOf("Host: a\r\n", line);
		ASSERT_TRUE(fault) << line;
		EXPECT_EQ(fault->status, 400) << line;
	}
	for (const auto* line : {"GET / HTTP/2.0", "GET / http/1.1", "GET / HTTP/1.1 "})
		EXPECT_TRUE(faultOf("Host: a\r\n", line)) << line;
	EXPECT_EQ(faultOf("Host: a\r\n", "PRI * HTTP/2.0")->status, 505);
}

TEST(HttpHead, FieldsAreCounted)
{
	std::string fields = "Host: a\r\n";
	for (std::size_t i = 1; i < RequestHead::MAX_FIELDS; ++i)
		fields += "X: y\r\n";
	EXPECT_FALSE(faultOf(fields));
	EXPECT_EQ(faultOf(fields + "X: y\r\n")->status, 431);
}

TEST(HttpHead, NoiseIsToldFromAnUnfinishedRequest)
{
	for (const auto* text : {"", "G", "GET", "GET ", "GET /", "OPTIONS * H"})
		EXPECT_TRUE(mayBeRequest(text)) << text;
	for (const auto* text :
		{"\x16\x03\x01", "\r\n", "{\"", "GE\tT", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKL"})
		EXPECT_FALSE(mayBeRequest(text)) << text;
}
