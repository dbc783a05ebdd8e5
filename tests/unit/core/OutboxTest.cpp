#include "node/core/Outbox.h"

#include <gtest/gtest.h>

namespace gimlet::core
{

namespace
{

ChatMessage message(const std::string& id, const std::string& content = "x")
{
	return {id, content, WallTime{0}};
}

class OutboxTest : public testing::Test
{
protected:
	Outbox _outbox{{.messagesPerPeer = 3, .bytesPerPeer = 10, .bytes = 15}};

	std::string nextId(const PeerId& peer)
	{
		const auto* next = _outbox.next(peer);
		return next ? next->id : "";
	}

	void handOver(const PeerId& peer, bool awaited)
	{
		EXPECT_TRUE(_outbox.handedOver(peer, nextId(peer), awaited));
	}
};

TEST_F(OutboxTest, KeepsTheOrderOfAcceptance)
{
	ASSERT_TRUE(_outbox.add("a", message("1")));
	ASSERT_TRUE(_outbox.add("a", message("2")));
	EXPECT_EQ(nextId("a"), "1");
	handOver("a", true);
	EXPECT_EQ(nextId("a"), "2");
	EXPECT_EQ(_outbox.size("a"), 2U);
}

TEST_F(OutboxTest, ForgetsWhatNobodyAcknowledgesOnceItIsHandedOver)
{
	_outbox.add("a", message("1"));
	handOver("a", false);
	EXPECT_EQ(_outbox.size("a"), 0U);
	EXPECT_EQ(_outbox.bytes(), 0U);
}

TEST_F(OutboxTest, AnAcknowledgementCountsOnce)
{
	_outbox.add("a", message("1"));
	handOver("a", true);
	EXPECT_TRUE(_outbox.acknowledged("a", "1"));
	EXPECT_FALSE(_outbox.acknowledged("a", "1"));
	EXPECT_FALSE(_outbox.acknowledged("nobody", "1"));
}

TEST_F(OutboxTest, RewindSendsTheUnacknowledgedAgainInOrder)
{
	for (const auto* id : {"1", "2", "3"})
		_outbox.add("a", message(id));
	handOver("a", true);
	handOver("a", true);
	_outbox.acknowledged("a", "1");
	_outbox.rewind("a");
	EXPECT_EQ(nextId("a"), "2");
	handOver("a", true);
	EXPECT_EQ(nextId("a"), "3");
}

TEST_F(OutboxTest, ALateAcknowledgementTakesAMessageThatWaitsAgain)
{
	_outbox.add("a", message("1"));
	_outbox.add("a", message("2"));
	handOver("a", true);
	_outbox.rewind("a");
	EXPECT_TRUE(_outbox.acknowledged("a", "1"));
	EXPECT_EQ(nextId("a"), "2");
}

TEST_F(OutboxTest, AnAcknowledgementOutOfOrderKeepsThePlaceOfTheRest)
{
	for (const auto* id : {"1", "2", "3"})
		_outbox.add("a", message(id));
	handOver("a", true);
	handOver("a", true);
	EXPECT_TRUE(_outbox.acknowledged("a", "2"));
	EXPECT_EQ(nextId("a"), "3");
}

TEST_F(OutboxTest, IsBoundedInMessagesBytesAndAltogether)
{
	EXPECT_FALSE(_outbox.add("a", message("big", "12345678901")));
	for (const auto* id : {"1", "2", "3"})
		ASSERT_TRUE(_outbox.add("a", message(id)));
	EXPECT_FALSE(_outbox.add("a", message("4")));
	EXPECT_TRUE(_outbox.add("b", message("5", "1234567890")));
	EXPECT_FALSE(_outbox.add("c", message("6", "12345")));
	EXPECT_TRUE(_outbox.add("c", message("7", "12")));
}

TEST_F(OutboxTest, ForgettingAPeerReturnsWhatWasNotDelivered)
{
	_outbox.add("a", message("1"));
	_outbox.add("a", message("2"));
	handOver("a", true);
	EXPECT_EQ(_outbox.forget("a").size(), 2U);
	EXPECT_EQ(_outbox.bytes(), 0U);
	EXPECT_TRUE(_outbox.forget("a").empty());
}

TEST_F(OutboxTest, WhatCanNeverBeSentIsDroppedAlone)
{
	_outbox.add("a", message("1"));
	_outbox.add("a", message("2"));
	const auto dropped = _outbox.dropNext("a", "1");
	ASSERT_TRUE(dropped);
	EXPECT_EQ(dropped->id, "1");
	EXPECT_EQ(nextId("a"), "2");
}

TEST_F(OutboxTest, OnlyTheNextMessageIsHandedOverOrDropped)
{
	EXPECT_FALSE(_outbox.handedOver("a", "1", true));
	_outbox.add("a", message("1"));
	_outbox.add("a", message("2"));
	EXPECT_FALSE(_outbox.handedOver("a", "2", true));
	EXPECT_FALSE(_outbox.dropNext("a", "2"));
	EXPECT_EQ(nextId("a"), "1");
	_outbox.acknowledged("a", "1");
	EXPECT_FALSE(_outbox.handedOver("a", "1", true));
	EXPECT_EQ(nextId("a"), "2");
	EXPECT_EQ(_outbox.size("a"), 1U);
}

}

}
