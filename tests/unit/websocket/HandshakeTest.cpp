#include "node/protocol/websocket/Handshake.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "node/protocol/http1/ResponseHead.h"

using namespace gimlet;
using namespace gimlet::websocket;

namespace
{

// RFC 6455, section 1.3.
const std::string KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string answerWith(const std::string& headers)
{
	return "HTTP/1.1 101 Switching Protocols\r\n" + headers + "\r\n";
}

const std::string GOOD =
	"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + ACCEPT + "\r\n";

std::map<std::string, std::string> upgradeHeaders()
{
	return {{"host", "example.org"}, {"upgrade", "websocket"}, {"connection", "keep-alive, Upgrade"},
		{"sec-websocket-key", KEY}, {"sec-websocket-version", "13"}};
}

}

TEST(WebSocketHandshake, AcceptKeyIsTheVectorOfRfc6455)
{
	EXPECT_EQ(acceptKey(KEY), ACCEPT);
}

TEST(WebSocketHandshake, KeysAreSixteenBytesInBase64AndDiffer)
{
	const auto first = makeKey();
	EXPECT_TRUE(isKey(first)) << first;
	EXPECT_NE(first, makeKey());
	EXPECT_EQ(makeKey([](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), 0); }),
		"AAAAAAAAAAAAAAAAAAAAAA==");
	EXPECT_TRUE(isKey(KEY));
	EXPECT_FALSE(isKey(""));
	EXPECT_FALSE(isKey("dGhlIHNhbXBsZSBub25jZQ="));
	EXPECT_FALSE(isKey("dGhlIHNhbXBsZSBub25j!Q=="));
	EXPECT_FALSE(isKey("dGhlIHNhbXBsZSBub25jZQAA"));
}

TEST(WebSocketHandshake, ARequestIsWrittenAsTheServersCheckWantsIt)
{
	const auto text = requestText({.host = "example.org:9000",
		.target = "/ws/register/1?room=lobby",
		.key = KEY,
		.headers = {{"Authorization", "Bearer secret"}}});
	EXPECT_EQ(text,
		"GET /ws/register/1?room=lobby HTTP/1.1\r\nHost: example.org:9000\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		"Authorization: Bearer secret\r\n\r\n");
}

TEST(WebSocketHandshake, NothingCanAddAHeaderToARequest)
{
	const auto with = [](const std::string& host, const std::string& target, const std::string& value) {
		return requestText({.host = host, .target = target, .key = KEY, .headers = {{"X-Test", value}}});
	};
	EXPECT_NO_THROW(with("h", "/", "a b"));
	EXPECT_THROW(with("h\r\nX: y", "/", "v"), std::invalid_argument);
	EXPECT_THROW(with("h", "/a\nb", "v"), std::invalid_argument);
	EXPECT_THROW(with("h", "/a b", "v"), std::invalid_argument);
	EXPECT_THROW(with("h", "a", "v"), std::invalid_argument);
	EXPECT_THROW(with("h", "/", "v\r\n\r\nGET / HTTP/1.1"), std::invalid_argument);
	EXPECT_THROW(requestText({.host = "h", .target = "/", .key = KEY, .headers = {{"X:", "v"}}}),
		std::invalid_argument);
}

TEST(WebSocketHandshake, AnAnswerIsAcceptedByteByByte)
{
	const auto text = answerWith(GOOD);
	for (std::size_t length = 0; length < text.size(); ++length)
		ASSERT_EQ(parseAnswer(text.substr(0, length), KEY).result, Answer::Result::NeedMore) << length;
	const auto answer = parseAnswer(text + "\x81", KEY);
	EXPECT_EQ(answer.result, Answer::Result::Accepted) << answer.error;
	EXPECT_EQ(answer.headLength, text.size());
	EXPECT_EQ(answer.status, 101);
}

TEST(WebSocketHandshake, TokensOfAnAnswerAreComparedWithoutCase)
{
	const auto answer = parseAnswer(answerWith("UPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n"
											   "sec-websocket-accept:" +
											   ACCEPT + "\r\n"),
		KEY);
	EXPECT_EQ(answer.result, Answer::Result::Accepted) << answer.error;
}

TEST(WebSocketHandshake, AnAnswerThatIsNotOneIsRefusedWithAReason)
{
	const auto accept = "Sec-WebSocket-Accept: " + ACCEPT + "\r\n";
	const std::vector<std::pair<std::string, std::string>> cases = {
		{"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"},
		{"HTTP/1.0 101 Switching Protocols\r\n" + GOOD + "\r\n", "HTTP/1.1"},
		{"HTTP/1.1 1x1 Switching\r\n" + GOOD + "\r\n", "HTTP/1.1"},
		{"HTTP/1.1 101Switching\r\n" + GOOD + "\r\n", "HTTP/1.1"},
		{answerWith(GOOD + "no colon here\r\n"), "header"},
		{answerWith(GOOD + " folded: value\r\n"), "header"},
		{answerWith("Upgrade: h2c\r\nConnection: Upgrade\r\n" + accept), "another protocol"},
		{answerWith("Upgrade: websocket\r\n" + accept), "Connection"},
		{answerWith("Upgrade: websocket\r\nConnection: Upgrade\r\n"), "Sec-WebSocket-Accept"},
		{answerWith("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + KEY + "\r\n"),
			"Sec-WebSocket-Accept"},
		{answerWith(GOOD + accept), "Sec-WebSocket-Accept"},
		{answerWith(GOOD + "Sec-WebSocket-Extensions: permessage-deflate\r\n"), "extension"},
		{answerWith(GOOD + "Sec-WebSocket-Protocol: chat\r\n"), "subprotocol"},
		{"HTTP/1.1 101 " + std::string(http1::MAX_HEAD, 'x'), "too long"},
	};
	for (const auto& [text, word] : cases)
	{
		const auto answer = parseAnswer(text, KEY);
		EXPECT_EQ(answer.result, Answer::Result::Malformed) << text.substr(0, 200);
		EXPECT_NE(answer.error.find(word), std::string::npos) << answer.error << "\n" << text.substr(0, 200);
	}
}

TEST(WebSocketHandshake, ARefusalKeepsStatusHeadersAndBody)
{
	const std::string head = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\n";
	const auto answer = parseAnswer(head + "full", KEY);
	EXPECT_EQ(answer.result, Answer::Result::Refused);
	EXPECT_EQ(answer.status, 503);
	EXPECT_EQ(answer.reason, "Service Unavailable");
	EXPECT_EQ(answer.headers.at("retry-after"), "5");
	EXPECT_EQ(answer.headers.at("x-a"), "1, 2");
	EXPECT_EQ(answer.headLength, head.size());
	EXPECT_EQ(parseAnswer("HTTP/1.1 404\r\n\r\n", KEY).status, 404);
}

TEST(WebSocketHandshake, AnUpgradeIsCheckedMemberByMember)
{
	EXPECT_EQ(checkUpgrade("GET", "HTTP/1.1", upgradeHeaders()).status, 101);
	EXPECT_EQ(checkUpgrade("GET", "HTTP/1.1", upgradeHeaders()).accept, ACCEPT);
	EXPECT_EQ(checkUpgrade("POST", "HTTP/1.1", upgradeHeaders()).status, 405);
	EXPECT_EQ(checkUpgrade("GET", "HTTP/1.0", upgradeHeaders()).status, 400);

	const std::vector<std::tuple<std::string, std::string, int>> cases = {
		{"upgrade", "h2c", 426},
		{"connection", "keep-alive", 426},
		{"sec-websocket-version", "8", 426},
		{"sec-websocket-version", "", 426},
		{"sec-websocket-key", "", 400},
		{"sec-websocket-key", "c2hvcnQ=", 400},
	};
	for (const auto& [name, value, status] : cases)
	{
		auto headers = upgradeHeaders();
		headers[name] = value;
		const auto check = checkUpgrade("GET", "HTTP/1.1", headers);
		EXPECT_EQ(check.status, status) << name << ": " << value;
		EXPECT_FALSE(check.message.empty());
		EXPECT_TRUE(check.accept.empty());
	}
}

TEST(WebSocketHandshake, OurAnswerIsOneThatOurClientAccepts)
{
	const auto text = acceptText(ACCEPT, {{"X-Worker", "1"}});
	const auto answer = parseAnswer(text, KEY);
	EXPECT_EQ(answer.result, Answer::Result::Accepted) << answer.error;
	EXPECT_EQ(answer.headers.at("x-worker"), "1");
}
