#include <gmock/gmock.h>

#include "node/protocol/http1/ResponseReader.h"
#include "node/protocol/http1/Text.h"

using namespace gimlet;
using namespace gimlet::http1;
using State = ResponseReader::State;

namespace
{

constexpr std::size_t MAX_BODY = 64;

/// Reads an answer in pieces of a size, then ends the connection.
ResponseReader readWhole(std::string_view answer, std::size_t piece)
{
	ResponseReader reader(MAX_BODY);
	for (std::size_t at = 0; at < answer.size(); at += piece)
		reader.receive(asBytes(answer.substr(at, piece)));
	reader.end();
	return reader;
}

struct Case
{
	std::string answer;
	std::string outcome; ///< the body, or the error
};

void PrintTo(const Case& one, std::ostream* out)
{
	*out << testing::PrintToString(one.answer);
}

const std::string OK = "HTTP/1.1 200 OK\r\n";

class GoodAnswer : public testing::TestWithParam<Case>
{
};

class BadAnswer : public testing::TestWithParam<Case>
{
};

}

TEST(Http1Head, IsReadWithNamesInLowerCase)
{
	const std::string text = "HTTP/1.0 404 Not Found\r\nServer: x\r\nVia: a\r\nVIA:b \r\n\r\nbody";
	const auto head = parseResponseHead(text);
	ASSERT_EQ(head.result, ResponseHead::Result::Complete);
	EXPECT_EQ(head.minorVersion, 0);
	EXPECT_EQ(head.status, 404);
	EXPECT_EQ(head.reason, "Not Found");
	EXPECT_EQ(head.header("via"), "a, b");
	EXPECT_EQ(head.header("absent"), "");
	EXPECT_EQ(text.substr(head.length), "body");
}

TEST(Http1Head, IsRefusedAtTheFirstByteThatIsNotHttp)
{
	EXPECT_EQ(parseResponseHead("").result, ResponseHead::Result::NeedMore);
	EXPECT_EQ(parseResponseHead("HTT").result, ResponseHead::Result::NeedMore);
	EXPECT_EQ(parseResponseHead("HTX").error, "the server does not speak HTTP");
	EXPECT_EQ(parseResponseHead("HTTP/2 200\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead("HTTP/1.1 99 x\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead("HTTP/1.1 +20 x\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead("HTTP/1.1 200x\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead("HTTP/1.1 200 a\x1b[1m\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead("HTTP/1.1 200 OK\r\nA : b\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(
		parseResponseHead("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n").result, ResponseHead::Result::Malformed);
	EXPECT_EQ(parseResponseHead(OK + std::string(MAX_HEAD, 'x')).error, "the server's answer is too long");
}

TEST_P(GoodAnswer, IsReadInPiecesOfAnySize)
{
	for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, GetParam().answer.size()})
	{
		const auto reader = readWhole(GetParam().answer, piece);
		EXPECT_EQ(reader.state(), State::Done) << reader.error();
		EXPECT_EQ(reader.body(), GetParam().outcome) << "in pieces of " << piece;
	}
}

INSTANTIATE_TEST_SUITE_P(Http1, GoodAnswer,
	testing::Values(Case{OK + "Content-Length: 5\r\n\r\nhello", "hello"},
		Case{OK + "Content-Length: 5\r\n\r\nhello and more", "hello"},
		Case{OK + "Content-Length: 0\r\n\r\n", ""}, Case{OK + "\r\nuntil the end", "until the end"},
		Case{"HTTP/1.1 204 No Content\r\n\r\n", ""},
		Case{"HTTP/1.1 100 Continue\r\n\r\n" + OK + "Content-Length: 1\r\n\r\nx", "x"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
			"abc0123456789"},
		Case{OK + "Transfer-Encoding: Chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", ""},
		Case{"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "no"}));

TEST_P(BadAnswer, IsRefusedWithASentence)
{
	for (const std::size_t piece : {std::size_t{1}, std::max(std::size_t{1}, GetParam().answer.size())})
	{
		const auto reader = readWhole(GetParam().answer, piece);
		EXPECT_EQ(reader.state(), State::Failed);
		EXPECT_THAT(reader.error(), testing::HasSubstr(GetParam().outcome));
		EXPECT_LE(reader.body().size(), MAX_BODY);
	}
}

INSTANTIATE_TEST_SUITE_P(Http1, BadAnswer,
	testing::Values(Case{"", "without an answer"}, Case{"HTTP/1.1 20", "in the middle"},
		Case{OK + "Content-Length: 5\r\n\r\nhell", "in the middle"}, Case{"SSH-2.0", "does not speak HTTP"},
		Case{OK + "Content-Length: 65\r\n\r\n", "longer than 64 bytes"},
		Case{OK + "\r\n" + std::string(MAX_BODY + 1, 'x'), "longer than 64 bytes"},
		Case{OK + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "malformed Content-Length"},
		Case{OK + "Content-Length: -1\r\n\r\n", "malformed Content-Length"},
		Case{OK + "Content-Length: 99999999999999999999999\r\n\r\n", "malformed Content-Length"},
		Case{OK + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "in two ways"},
		Case{OK + "Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\nx\r\n", "malformed chunk"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\n\r\n", "malformed chunk"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "malformed chunk"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "malformed chunk"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" + std::string(100, 'x'),
			"longer than 64 bytes"},
		Case{OK + "Transfer-Encoding: chunked\r\n\r\n" + std::string(300, '0'), "too long"},
		Case{"HTTP/1.1 101 Switching Protocols\r\n\r\n", "does not come to an end"}));

TEST(Http1Reader, SkipsOnlySoManyInterimAnswers)
{
	ResponseReader reader(MAX_BODY);
	for (int index = 0; index < 9; ++index)
		reader.receive(asBytes("HTTP/1.1 102 Processing\r\n\r\n"));
	EXPECT_EQ(reader.state(), State::Failed);
}

TEST(Http1Reader, ATrailerIsBounded)
{
	ResponseReader reader(MAX_BODY);
	reader.receive(asBytes(OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n"));
	for (int index = 0; index < 2000 && reader.state() == State::Body; ++index)
		reader.receive(asBytes("X: 0123456789\r\n"));
	EXPECT_EQ(reader.state(), State::Failed);
	EXPECT_EQ(reader.error(), "the server's answer has a trailer that is too long");
}

TEST(Http1Text, ListsAndTokens)
{
	EXPECT_TRUE(hasToken("keep-alive, Upgrade", "upgrade"));
	EXPECT_FALSE(hasToken("upgraded", "upgrade"));
	EXPECT_FALSE(hasToken("", "upgrade"));
	EXPECT_EQ(trimmed(" \ta b\t"), "a b");
	EXPECT_EQ(trimmed(" "), "");
	EXPECT_FALSE(isToken("a b"));
	EXPECT_TRUE(hasControlCharacter("a\r\nb"));
	EXPECT_FALSE(hasControlCharacter("a\tb"));
}
