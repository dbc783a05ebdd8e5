#include "node/core/config/ValueCheck.h"

#include <gtest/gtest.h>

namespace gimlet::core
{

namespace
{

GimletConfigKey key(GimletValueType type, const char* constraint = "", const char* defaultValue = "")
{
	return {"key", type, defaultValue, constraint, 0, "", GIMLET_ALIAS_VALUE, "Help."};
}

std::string complaint(const GimletConfigKey& declared, std::string_view value)
{
	return checkValue(declared, value).value_or("fine");
}

}

TEST(ValueCheck, Booleans)
{
	for (const auto* value : {"true", "No", "ON", "0"})
		EXPECT_EQ(complaint(key(GIMLET_BOOLEAN), value), "fine");
	EXPECT_EQ(complaint(key(GIMLET_BOOLEAN), "maybe"), "is neither yes nor no");
}

TEST(ValueCheck, Integers)
{
	const auto declared = key(GIMLET_INTEGER, "1..16", "2");
	EXPECT_EQ(complaint(declared, "16"), "fine");
	EXPECT_EQ(complaint(declared, "17"), "is out of range; 1 to 16 is right");
	EXPECT_EQ(complaint(declared, "-1"), "is out of range; 1 to 16 is right");
	EXPECT_EQ(complaint(declared, "1.5"), "is not a whole number; a whole number, 1 to 16 is right");
	EXPECT_EQ(complaint(declared, "99999999999999999999"),
		"is not a whole number; a whole number, 1 to 16 is right");
	EXPECT_EQ(complaint(declared, ""), "is empty; a whole number, 1 to 16 is right");
	EXPECT_EQ(complaint(key(GIMLET_INTEGER), ""), "fine");
	EXPECT_EQ(complaint(key(GIMLET_INTEGER, "1.."), "0"), "is too small; 1 or more is right");
	EXPECT_EQ(complaint(key(GIMLET_INTEGER, "..5"), "6"), "is too large; 5 or less is right");
}

TEST(ValueCheck, SecondsAndBytes)
{
	EXPECT_EQ(complaint(key(GIMLET_SECONDS, "0.1..60"), "0.5"), "fine");
	EXPECT_EQ(complaint(key(GIMLET_SECONDS, "0.1..60"), "61"), "is out of range; 0.1 to 60 seconds is right");
	EXPECT_EQ(complaint(key(GIMLET_SECONDS), "25s"), "is not a number of seconds; 25 or 0.5 would be one");
	EXPECT_EQ(complaint(key(GIMLET_SECONDS), "nan"), "is not a number of seconds; 25 or 0.5 would be one");
	EXPECT_EQ(complaint(key(GIMLET_BYTES, "1k..1M"), "64k"), "fine");
	EXPECT_EQ(complaint(key(GIMLET_BYTES, "1k..1M"), "2M"), "is out of range; 1k to 1M bytes is right");
	EXPECT_EQ(
		complaint(key(GIMLET_BYTES), "lots"), "is not a number of bytes; 65536, 64k or 16M would be one");
}

TEST(ValueCheck, Choices)
{
	const auto declared = key(GIMLET_CHOICE, "text | json", "text");
	EXPECT_EQ(complaint(declared, "json"), "fine");
	EXPECT_EQ(complaint(declared, "jsn"), "is not one of text, json; did you mean \"json\"?");
	EXPECT_EQ(complaint(declared, "xml"), "is not one of text, json");
}

TEST(ValueCheck, ListeningAddresses)
{
	const auto declared = key(GIMLET_ENDPOINT, "none", "127.0.0.1:8080");
	for (const auto* value : {"*:80", "127.0.0.1:0", "[::1]:65535", "localhost:80", "none"})
		EXPECT_EQ(complaint(declared, value), "fine") << value;
	EXPECT_EQ(complaint(declared, "127.0.0.1:70000"),
		"has the port \"70000\", which is out of range; 0 to 65535 is right");
	EXPECT_EQ(complaint(declared, "127.0.0.1:http"),
		"has the port \"http\", which is not a number; 0 to 65535 is right");
	EXPECT_EQ(complaint(declared, "8080"), "has no port; write it as address:port");
	EXPECT_EQ(complaint(declared, "[::1]"), "has no port; write it as address:port");
	EXPECT_EQ(complaint(declared, "example.org:80"),
		"is not an address to listen on; 127.0.0.1:8080, [::1]:8080 or *:8080 is right");
	EXPECT_EQ(complaint(key(GIMLET_ENDPOINT), "none"), "has no port; write it as address:port");
}

TEST(ValueCheck, HostsWithPorts)
{
	const auto declared = key(GIMLET_HOST_PORTS);
	EXPECT_EQ(complaint(declared, "stun.example.org:3478, [2001:db8::1]:1, 192.0.2.1"), "fine");
	EXPECT_EQ(complaint(declared, ""), "fine");
	EXPECT_EQ(complaint(declared, "a:1, b:0"), "holds \"b:0\", whose port is none; 1 to 65535 is right");
	EXPECT_EQ(
		complaint(declared, "a:1, b:65536"), "holds \"b:65536\", whose port is none; 1 to 65535 is right");
	EXPECT_EQ(complaint(declared, "stun://a:1"),
		"holds \"stun://a:1\", which is not host:port; stun.example.org:3478 or [2001:db8::1]:3478 is right");
}

TEST(ValueCheck, Urls)
{
	const auto declared = key(GIMLET_URL, "http | https | ws | wss");
	EXPECT_EQ(complaint(declared, "wss://example.org/"), "fine");
	EXPECT_EQ(complaint(declared, "http://127.0.0.1:9000"), "fine");
	EXPECT_EQ(
		complaint(declared, "ftp://example.org"), "has the scheme \"ftp\"; http, https, ws, wss is right");
	EXPECT_EQ(complaint(declared, "example.org:9000"), "is not a URL; http://host:port is right");
	EXPECT_EQ(complaint(declared, "http://"), "names no host; http://host:port is right");
	EXPECT_EQ(complaint(declared, "http://host:port"), "is not a URL; http://host:port is right");
	EXPECT_EQ(complaint(declared, "9000"), "is not a URL; http://host:port is right");
}

TEST(ValueCheck, TextIsText)
{
	EXPECT_EQ(complaint(key(GIMLET_TEXT), "Grüße\tan alle"), "fine");
	EXPECT_EQ(complaint(key(GIMLET_TEXT), "\xff"), "is not valid UTF-8");
	EXPECT_EQ(complaint(key(GIMLET_TEXT), "a\nb"), "holds a control character");
	EXPECT_EQ(complaint(key(GIMLET_LIST), "a, \x1b[31m"), "holds a control character");
}

TEST(ValueCheck, RefusesATypeFromTheFuture)
{
	EXPECT_EQ(complaint(key(static_cast<GimletValueType>(99)), "x"),
		"is of a type that this version does not know");
}

}
