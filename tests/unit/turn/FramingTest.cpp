// How messages look and where they end: ChannelData, streams, URIs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/discovery/turn/StreamSplitter.h"
#include "plugins/discovery/turn/TurnUri.h"
#include "tests/unit/turn/ScriptedServer.h"

using namespace gimlet;
using namespace gimlet::turn;
using test::ScriptedServer;

namespace
{

std::string written(std::uint16_t number, std::string_view data, bool padded)
{
	Buffer out(64, 0xff);
	const auto size = writeChannelData(out, number, asBytes(data), padded);
	return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::vector<std::string> split(StreamSplitter& splitter, ByteView bytes, std::size_t piece)
{
	std::vector<std::string> messages;
	while (!bytes.empty())
	{
		const auto some = bytes.first(std::min(piece, bytes.size()));
		splitter.receive(some, [&](ByteView message) { messages.emplace_back(asText(message)); });
		bytes = bytes.subspan(some.size());
	}
	return messages;
}

std::string uri(std::string_view text)
{
	std::string problem;
	const auto parsed = parseTurnUri(text, problem);
	return parsed ? parsed->toString() : problem;
}

}

TEST(TurnChannelDataTest, isNumberLengthAndData)
{
	using namespace std::string_literals;
	EXPECT_EQ(written(0x4001, "abc", false), "\x40\x01\x00\x03"
											 "abc"s);
	EXPECT_EQ(written(0x4001, "abc", true), "\x40\x01\x00\x03"
											"abc\x00"s);
	EXPECT_EQ(written(0x4fff, "", true), "\x4f\xff\x00\x00"s);
	EXPECT_EQ(written(0x4001, std::string(61, 'x'), false), "") << "does not fit";
}

TEST(TurnChannelDataTest, isReadWithAndWithoutPadding)
{
	const auto text = written(0x4002, "abcde", true);
	const auto whole = parseChannelData(asBytes(text));
	ASSERT_TRUE(whole);
	EXPECT_EQ(whole->number, 0x4002);
	EXPECT_EQ(asText(whole->data), "abcde");
	EXPECT_TRUE(parseChannelData(asBytes(text).first(9)));
	EXPECT_FALSE(parseChannelData(asBytes(text).first(8))) << "less than it says";
	EXPECT_FALSE(parseChannelData(asBytes(text).first(3)));
	EXPECT_FALSE(parseChannelData({}));
	EXPECT_FALSE(parseChannelData(asBytes(written(0x3fff, "abc", true))));
	EXPECT_FALSE(parseChannelData(asBytes(written(0x5000, "abc", true)))) << "reserved by RFC 8656";
}

TEST(TurnStreamSplitterTest, findsMessagesHoweverTheyAreCut)
{
	const auto stunMessage = ScriptedServer::indication(Endpoint::loopback(AF_INET, 7), "hello");
	std::string stream;
	std::vector<std::string> expected;
	for (const auto& data : {"", "a", "abcd", "abcdefg"})
	{
		expected.push_back(written(0x4000, data, true));
		expected.emplace_back(stunMessage.begin(), stunMessage.end());
	}
	for (const auto& message : expected)
		stream += message;
	for (std::size_t piece = 1; piece <= stream.size(); ++piece)
	{
		StreamSplitter splitter;
		EXPECT_EQ(split(splitter, asBytes(stream), piece), expected) << "in pieces of " << piece;
		EXPECT_EQ(splitter.waiting(), 0U);
	}
}

TEST(TurnStreamSplitterTest, endsWhereSomethingElseBegins)
{
	auto foreign = ScriptedServer::indication(Endpoint::loopback(AF_INET, 7), "hello");
	foreign[4] ^= 1; // the cookie
	auto odd = ScriptedServer::indication(Endpoint::loopback(AF_INET, 7), "hello");
	odd[3] ^= 1; // the length
	for (const auto& broken : {Buffer{'S', 'S', 'H', '-'}, Buffer{0x50, 0, 0, 0}, foreign, odd})
		for (std::size_t piece = 1; piece <= broken.size(); ++piece)
		{
			StreamSplitter splitter;
			const auto before = written(0x4000, "good", true);
			EXPECT_EQ(split(splitter, asBytes(before), 64).size(), 1U);
			EXPECT_TRUE(split(splitter, broken, piece).empty());
			EXPECT_FALSE(splitter.receive(asBytes(before), [](ByteView) { ADD_FAILURE(); }));
		}
}

TEST(TurnUriTest, readsWhatRfc7065Writes)
{
	EXPECT_EQ(uri("turn:turn.example.org"), "turn:turn.example.org:3478?transport=udp");
	EXPECT_EQ(uri("turn:turn.example.org:80?transport=tcp"), "turn:turn.example.org:80?transport=tcp");
	EXPECT_EQ(uri("TURN:192.0.2.1?transport=udp"), "turn:192.0.2.1:3478?transport=udp");
	EXPECT_EQ(uri("turns:turn.example.org"), "turns:turn.example.org:5349");
	EXPECT_EQ(uri("turns:[2001:db8::1]:443?transport=tcp"), "turns:[2001:db8::1]:443");
	std::string problem;
	EXPECT_EQ(parseTurnUri("turns:[2001:db8::1]:443", problem)->host, "2001:db8::1");
}

TEST(TurnUriTest, saysWhatIsWrong)
{
	EXPECT_EQ(uri("stun:turn.example.org"), "it begins with neither turn: nor turns:");
	EXPECT_EQ(uri("turn.example.org:3478"), "it begins with neither turn: nor turns:");
	EXPECT_EQ(uri("turn://turn.example.org"), "there are no slashes in it: turn:host:port");
	EXPECT_EQ(uri("turn:"), "behind turn: stands host or host:port");
	EXPECT_EQ(uri("turn:host:99999"), "behind turn: stands host or host:port");
	EXPECT_EQ(uri("turn:host?transport=sctp"), "its transport is neither udp nor tcp");
	EXPECT_EQ(uri("turns:host?transport=udp"), "TURN over DTLS is not spoken: leave transport=udp out");
	EXPECT_EQ(
		uri("turn:host?ttl=1"), "behind the question mark stands transport=udp or transport=tcp, or nothing");
}
