#include "node/http/Response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet;
using http::Response;
using http::responseHead;
using testing::HasSubstr;
using testing::Not;

TEST(HttpResponse, HasWhatAMessageNeeds)
{
	Response response;
	response.reply.body = "four";
	response.reply.contentType = "text/html";
	const auto head = responseHead(response, true);
	EXPECT_THAT(head, testing::StartsWith("HTTP/1.1 200 OK\r\nDate: "));
	EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 4\r\n"));
	EXPECT_THAT(head, HasSubstr("\r\nContent-Type: text/html\r\n"));
	EXPECT_THAT(head, HasSubstr("\r\nConnection: keep-alive\r\n"));
	EXPECT_TRUE(head.ends_with("\r\n\r\n"));
	EXPECT_THAT(responseHead(response, false), HasSubstr("\r\nConnection: close\r\n"));
}

TEST(HttpResponse, OwnHeadersReplaceTheDefaults)
{
	Response response;
	response.reply.headers["cache-control"] = "max-age=60";
	const auto head = responseHead(response, true);
	EXPECT_THAT(head, HasSubstr("cache-control: max-age=60\r\n"));
	EXPECT_THAT(head, Not(HasSubstr("no-store")));
}

TEST(HttpResponse, A304HasNoBody)
{
	Response response;
	response.reply.status = 304;
	EXPECT_THAT(responseHead(response, true), Not(HasSubstr("Content-Length")));
}

TEST(HttpResponse, NoHeaderAddsAnother)
{
	Response response;
	response.reply.headers["X"] = "a\r\nY: b";
	EXPECT_THROW(responseHead(response, true), std::invalid_argument);
	response.reply.headers = {{"X: y\r\nZ", "a"}};
	EXPECT_THROW(responseHead(response, true), std::invalid_argument);
	response.reply.headers.clear();
	response.reply.contentType = "text/plain\r\nX: y";
	EXPECT_THROW(responseHead(response, true), std::invalid_argument);
}
