#include "node/protocol/http1/HeaderValues.h"

#include <gtest/gtest.h>

using namespace gimlet::http1;

TEST(HttpHeaderValues, GzipIsTakenOnlyWhereItIsAccepted)
{
	for (const auto* text :
		{"gzip", "deflate, gzip;q=1.0, br", "GZIP", "*", "br, *;q=0.1", "gzip;q=0.001", "gzip ; q=0.5"})
		EXPECT_TRUE(acceptsGzip(text)) << text;
	for (const auto* text :
		{"", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "identity", "xgzip"})
		EXPECT_FALSE(acceptsGzip(text)) << text;
}

TEST(HttpHeaderValues, EntityTagsAreComparedWeakly)
{
	EXPECT_TRUE(matchesTag("\"a\"", "\"a\""));
	EXPECT_TRUE(matchesTag("\"x\", W/\"a\"", "\"a\""));
	EXPECT_TRUE(matchesTag("*", "\"a\""));
	EXPECT_FALSE(matchesTag("", "\"a\""));
	EXPECT_FALSE(matchesTag("\"a-gz\"", "\"a\""));
	EXPECT_FALSE(matchesTag("a", "\"a\""));
}

TEST(HttpHeaderValues, CookiesAndBearers)
{
	EXPECT_EQ(cookie("a=1; gimlet_8080=secret; b=2", "gimlet_8080"), "secret");
	EXPECT_EQ(cookie("gimlet_80801=no", "gimlet_8080"), "");
	EXPECT_EQ(cookie("", "a"), "");
	EXPECT_EQ(cookie("a=b=c", "a"), "b=c");
	EXPECT_EQ(bearerToken("Bearer secret"), "secret");
	EXPECT_EQ(bearerToken("bearer  secret"), "secret");
	EXPECT_EQ(bearerToken("Basic c2VjcmV0"), "");
	EXPECT_EQ(bearerToken("Bearer"), "");
}

TEST(HttpHeaderValues, AuthoritiesHaveOneSpelling)
{
	EXPECT_EQ(parseAuthority("Example.ORG", 80), (Authority{"example.org", 80}));
	EXPECT_EQ(parseAuthority("example.org.:8080", 80), (Authority{"example.org", 8080}));
	EXPECT_EQ(parseAuthority("[::1]", 443), (Authority{"::1", 443}));
	EXPECT_EQ(parseAuthority("[::1]:9000", 443), (Authority{"::1", 9000}));
	EXPECT_EQ(parseAuthority("h:", 80), (Authority{"h", 80}));
	for (const auto* text : {"", ":80", "[::1", "[::1]x", "h:x", "h:70000", "h:-1", "u@h", "h/p", "."})
		EXPECT_FALSE(parseAuthority(text, 80)) << text;
}

TEST(HttpHeaderValues, OriginsOfPages)
{
	EXPECT_EQ(parseOrigin("https://h")->authority, (Authority{"h", 443}));
	EXPECT_EQ(parseOrigin("http://h:81")->authority, (Authority{"h", 81}));
	for (const auto* text :
		{"null", "", "h", "file://", "chrome-extension://abc", "http://", "http://h/path"})
		EXPECT_FALSE(parseOrigin(text)) << text;
}
