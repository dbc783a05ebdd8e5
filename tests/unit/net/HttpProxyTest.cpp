#include "node/core/net/HttpProxy.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gimlet::core
{

TEST(HttpProxy, IsReadFromItsAddress)
{
	std::string error;
	const auto proxy = HttpProxy::parse("http://alice:p%40ss@proxy.example:3128", error);
	ASSERT_TRUE(proxy) << error;
	EXPECT_EQ(proxy->host, "proxy.example");
	EXPECT_EQ(proxy->port, 3128);
	EXPECT_EQ(proxy->credentials, "alice:p@ss");
	EXPECT_EQ(proxy->name(), "proxy.example:3128");

	EXPECT_EQ(HttpProxy::parse("http://proxy.example/", error)->port, 80);
	EXPECT_EQ(HttpProxy::parse("http://alice@proxy.example", error)->credentials, "alice:");
	EXPECT_EQ(HttpProxy::parse("http://[2001:db8::1]:3128", error)->name(), "[2001:db8::1]:3128");
}

TEST(HttpProxy, RefusesOtherFormsWithoutShowingThePassword)
{
	for (const auto* url : {"", "proxy.example:3128", "socks5://u:secret@proxy", "https://u:secret@proxy",
			 "http://u:secret@", "http://u:secret@proxy/path", "http://u:secret@proxy:999999"})
	{
		std::string error;
		EXPECT_FALSE(HttpProxy::parse(url, error)) << url;
		EXPECT_EQ(error, "the proxy's address must have the form http://[user:password@]host:port") << url;
	}
}

TEST(HttpProxy, AsksForATunnel)
{
	const HttpProxy open{.host = "proxy", .port = 3128, .credentials = {}};
	EXPECT_EQ(open.connectRequest("example.org", 443),
		"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
	EXPECT_EQ(open.connectRequest("2001:db8::1", 443),
		"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n");
	// RFC 7617, section 2: the example.
	const HttpProxy guarded{.host = "proxy", .port = 3128, .credentials = "Aladdin:open sesame"};
	EXPECT_EQ(guarded.connectRequest("x", 1), "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\nProxy-Authorization: "
											  "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
	EXPECT_THROW(open.connectRequest("x\r\nA: b", 1), std::invalid_argument);
}

}
