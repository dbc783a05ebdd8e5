#include "node/protocol/chat/Datagram.h"

#include <gtest/gtest.h>

using namespace gimlet;
using chat::Kind;

namespace
{

const PeerId WORKER = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

std::optional<chat::Datagram> decode(const std::string& text)
{
	return chat::decode(asBytes(text));
}

}

TEST(ChatDatagram, PunchOfTheFirstVersionIsRead)
{
	const auto datagram = decode("P2P_HOLE_PUNCH_PING_FROM_3FA85F64-5717-4562-B3FC-2C963F66AFA6_NUM_12");
	ASSERT_TRUE(datagram);
	EXPECT_EQ(datagram->kind, Kind::Punch);
	EXPECT_EQ(datagram->from, WORKER);
	EXPECT_EQ(datagram->number, 12U);
}

TEST(ChatDatagram, PunchIsWrittenAsTheFirstVersionWritesIt)
{
	EXPECT_EQ(chat::encodePunch(WORKER, 3), "P2P_HOLE_PUNCH_PING_FROM_" + WORKER + "_NUM_3");
}

TEST(ChatDatagram, PunchWithATailIsRead)
{
	EXPECT_TRUE(decode("P2P_HOLE_PUNCH_PING_FROM_" + WORKER + "_NUM_1 and more\n"));
}

TEST(ChatDatagram, BrokenPunchesAreRefused)
{
	const std::string prefix = "P2P_HOLE_PUNCH_PING_FROM_";
	EXPECT_FALSE(decode(prefix));
	EXPECT_FALSE(decode(prefix + WORKER));
	EXPECT_FALSE(decode(prefix + WORKER + "_NUM_"));
	EXPECT_FALSE(decode(prefix + WORKER + "_NUM_x"));
	EXPECT_FALSE(decode(prefix + WORKER + "_NUM_-1"));
	EXPECT_FALSE(decode(prefix + WORKER + "_NUM_99999999999999999999"));
	EXPECT_FALSE(decode(prefix + "not-a-worker-id-but-just-as-long-as1" + "_NUM_1"));
}

TEST(ChatDatagram, StillOlderWordsAreRead)
{
	const auto ping = decode("P2P_PING_FROM_" + WORKER);
	ASSERT_TRUE(ping);
	EXPECT_EQ(ping->kind, Kind::OldPing);
	EXPECT_EQ(ping->from, WORKER);
	const auto nameless = decode("PING: P2P_PING_FROM_somebody");
	ASSERT_TRUE(nameless);
	EXPECT_EQ(nameless->kind, Kind::OldPing);
	EXPECT_EQ(nameless->from, "");
	const auto pong = decode("P2P_PONG");
	ASSERT_TRUE(pong);
	EXPECT_EQ(pong->kind, Kind::OldPong);
	EXPECT_EQ(chat::encodeOldPong(), "P2P_PONG");
}

TEST(ChatDatagram, ChatOfTheFirstVersionIsRead)
{
	const auto datagram = decode(
		R"({"type": "chat_message", "from_worker_id": ")" + WORKER + R"(", "content": "gr\u00fc\u00dfe"})");
	ASSERT_TRUE(datagram);
	EXPECT_EQ(datagram->kind, Kind::Text);
	EXPECT_EQ(datagram->from, WORKER);
	EXPECT_EQ(datagram->message.content, "grüße");
	EXPECT_EQ(datagram->message.id, "");
	EXPECT_EQ(datagram->message.time.count(), 0);
}

TEST(ChatDatagram, TextSurvivesTheRoundTrip)
{
	const ChatMessage message{
		"id-1", "\"quotes\", \\ and\nlines\t\x01 \xf0\x9f\x94\xa9", WallTime{1'700'000'000'123}};
	const auto datagram = decode(chat::encodeText(WORKER, message, "id-0"));
	ASSERT_TRUE(datagram);
	EXPECT_EQ(datagram->kind, Kind::Text);
	EXPECT_EQ(datagram->from, WORKER);
	EXPECT_EQ(datagram->message.id, message.id);
	EXPECT_EQ(datagram->message.content, message.content);
	EXPECT_EQ(datagram->message.time, message.time);
	EXPECT_EQ(datagram->after, "id-0");
}

TEST(ChatDatagram, OurOwnKindsSurviveTheRoundTrip)
{
	const auto ack = decode(chat::encodeTextAck(WORKER, "id-7"));
	ASSERT_TRUE(ack);
	EXPECT_EQ(ack->kind, Kind::TextAck);
	EXPECT_EQ(ack->message.id, "id-7");
	const auto keepalive = decode(chat::encodeKeepalive(WORKER, 42));
	ASSERT_TRUE(keepalive);
	EXPECT_EQ(keepalive->kind, Kind::Keepalive);
	EXPECT_EQ(keepalive->number, 42U);
	EXPECT_FALSE(keepalive->bye);
	const auto goodbye = decode(chat::encodeKeepalive(WORKER, 43, true));
	ASSERT_TRUE(goodbye);
	EXPECT_EQ(goodbye->kind, Kind::Keepalive);
	EXPECT_EQ(goodbye->number, 43U);
	EXPECT_TRUE(goodbye->bye);
	const auto answer = decode(chat::encodeKeepaliveAck(WORKER, 42));
	ASSERT_TRUE(answer);
	EXPECT_EQ(answer->kind, Kind::KeepaliveAck);
	EXPECT_EQ(answer->number, 42U);
	EXPECT_EQ(answer->from, WORKER);
}

TEST(ChatDatagram, UnknownTypesAndMembersAreIgnored)
{
	const auto other = decode(R"({"type":"weather","sunny":true,"from_worker_id":")" + WORKER + R"("})");
	ASSERT_TRUE(other);
	EXPECT_EQ(other->kind, Kind::Other);
	EXPECT_EQ(other->from, WORKER);
	const auto extended =
		decode(R"({"type":"keepalive","n":1,"colour":[1,{}],"from_worker_id":")" + WORKER + R"("})");
	ASSERT_TRUE(extended);
	EXPECT_EQ(extended->kind, Kind::Keepalive);
}

TEST(ChatDatagram, MalformedOnesAreRefused)
{
	const std::string from = R"("from_worker_id":")" + WORKER + "\"";
	for (const auto& text :
		{std::string{}, std::string{"{"}, std::string{"{}"}, std::string{"Hello"}, std::string{"[1]"},
			std::string{R"({"type":7})"}, R"({"type":"chat_message",)" + from + "}",
			R"({"type":"chat_message","content":7,)" + from + "}",
			R"({"type":"chat_message","content":"x","id":7,)" + from + "}",
			R"({"type":"chat_message","content":"x","id":"",)" + from + "}",
			R"({"type":"chat_message","content":"x","after":7,)" + from + "}",
			std::string{R"({"type":"chat_message","content":"nobody's"})"},
			std::string{R"({"type":"chat_message","content":"x","from_worker_id":"me"})"},
			R"({"type":"chat_ack",)" + from + "}", R"({"type":"keepalive",)" + from + "}",
			R"({"type":"keepalive","n":-1,)" + from + "}", R"({"type":"keepalive_ack","n":"1",)" + from + "}",
			R"({"type":"chat_message","content":"x",)" + from + "} {}",
			"{\"type\":\"chat_message\",\"content\":\"\xff\"," + from + "}"})
		EXPECT_FALSE(decode(text)) << text;
}

TEST(ChatDatagram, AnUnreadableTimeIsNoReasonToLoseTheText)
{
	const auto datagram =
		decode(R"({"type":"chat_message","content":"x","time":"noon","from_worker_id":")" + WORKER + R"("})");
	ASSERT_TRUE(datagram);
	EXPECT_EQ(datagram->message.time.count(), 0);
}

TEST(ChatDatagram, AnIdIsTakenUpToItsLimit)
{
	const std::string longest(chat::MAX_ID, 'i');
	EXPECT_TRUE(decode(chat::encodeTextAck(WORKER, longest)));
	EXPECT_FALSE(decode(chat::encodeTextAck(WORKER, longest + "i")));
}

TEST(ChatDatagram, TheLargestIsAcceptedAndNotOneByteMore)
{
	const std::size_t overhead = chat::encodeText(WORKER, {}).size();
	const ChatMessage largest{"", std::string(chat::MAX_ACCEPTED - overhead, 'x'), WallTime{0}};
	const auto text = chat::encodeText(WORKER, largest);
	ASSERT_EQ(text.size(), chat::MAX_ACCEPTED);
	EXPECT_TRUE(decode(text));
	EXPECT_FALSE(decode(text + " "));
}

TEST(ChatDatagram, TooLargeIsCountedAfterEncodingAndSaysBothNumbers)
{
	const std::string id(36, 'i');
	const WallTime time{1'700'000'000'000};
	const auto limit = chat::maxContent();
	EXPECT_EQ(chat::tooLarge(WORKER, {id, std::string(limit, 'x'), time}), "");
	EXPECT_EQ(chat::encodeText(WORKER, {id, std::string(limit, 'x'), time}).size(), chat::MAX_SENT);
	const auto refusal = chat::tooLarge(WORKER, {id, std::string(limit + 1, 'x'), time});
	EXPECT_NE(refusal.find("1201"), std::string::npos) << refusal;
	EXPECT_NE(refusal.find("1200"), std::string::npos) << refusal;
	// A line feed takes two bytes as JSON.
	EXPECT_EQ(chat::tooLarge(WORKER, {id, std::string(limit / 2, '\n'), time}), "");
	EXPECT_NE(chat::tooLarge(WORKER, {id, std::string(limit / 2 + 1, '\n'), time}), "");
}

TEST(ChatDatagram, OnlyTwoFirstBytesArePlain)
{
	for (int byte = 0; byte < 256; ++byte)
	{
		const std::string text{static_cast<char>(byte), 'x'};
		EXPECT_EQ(chat::looksPlain(asBytes(text)), byte == '{' || byte == 'P') << byte;
	}
	EXPECT_FALSE(chat::looksPlain({}));
}
