#include <gtest/gtest.h>

#include <random>

#include "plugins/signaling/lan/Limits.h"
#include "plugins/signaling/lan/SignalReceiver.h"
#include "plugins/signaling/lan/SignalSender.h"

namespace gimlet::lan
{

namespace
{

using namespace std::chrono_literals;

std::string text(std::size_t length, char first)
{
	std::string result;
	for (std::size_t i = 0; i < length; ++i)
		result += static_cast<char>('a' + (static_cast<std::size_t>(first) + i / 7) % 26);
	return result;
}

class SignalTransferTest : public testing::Test
{
protected:
	SignalSender _sender;
	SignalReceiver _receiver;
	TimePoint _now{1h};
	std::vector<std::string> _arrived;
	std::mt19937 _random{7};

	bool lost(double share)
	{
		return std::uniform_real_distribution<double>{}(_random) < share;
	}

	/// Lets everything go over, with losses in both directions; parts come in any order.
	void exchange(double loss)
	{
		std::vector<Fragment> parts;
		std::vector<std::string> bytes;
		while (const auto part = _sender.pollPart(_now))
		{
			bytes.emplace_back(asText(part->bytes));
			parts.push_back({.to = {},
				.tag = 0,
				.sequence = part->sequence,
				.index = part->index,
				.count = part->count,
				.bytes = {}});
		}
		std::vector<std::size_t> order(parts.size());
		for (std::size_t i = 0; i < order.size(); ++i)
			order[i] = i;
		std::shuffle(order.begin(), order.end(), _random);
		for (const auto i : order)
		{
			if (lost(loss))
				continue;
			parts[i].bytes = asBytes(bytes[i]);
			auto result = _receiver.onFragment(parts[i]);
			if (result.signal)
				_arrived.push_back(*result.signal);
			if (!lost(loss))
				_sender.onAcknowledged(parts[i].sequence, result.received, _now);
		}
	}

	void run(double loss)
	{
		for (int round = 0; round < 1000; ++round)
		{
			exchange(loss);
			const auto next = _sender.nextDeadline();
			if (next == NEVER)
				continue; // there may be parts of the next one
			_now = std::max(_now, next);
			_sender.onTimer(_now);
		}
	}
};

TEST_F(SignalTransferTest, AllSizesArriveInTheirOrder)
{
	std::vector<std::string> sent;
	for (const std::size_t size : {1U, 1023U, 1024U, 1025U, 5000U, 16384U})
		sent.push_back(text(size, 'a'));
	for (const auto& signal : sent)
		EXPECT_TRUE(_sender.push(signal));
	run(0);
	EXPECT_EQ(_arrived, sent);
	EXPECT_EQ(_sender.delivered(), sent.size());
	EXPECT_EQ(_sender.nextDeadline(), NEVER);
}

TEST_F(SignalTransferTest, LossesAreMadeGood)
{
	std::vector<std::string> sent;
	for (int i = 0; i < 20; ++i)
		sent.push_back(text(100 + 700 * static_cast<std::size_t>(i % 8), static_cast<char>(i)));
	for (const auto& signal : sent)
		EXPECT_TRUE(_sender.push(signal));
	run(0.3);
	EXPECT_EQ(_arrived, sent) << "in their order, and each once";
	EXPECT_EQ(_sender.undelivered(), 0U);
}

TEST_F(SignalTransferTest, APeerThatIsSilentIsGivenUpInTime)
{
	EXPECT_TRUE(_sender.push("\"one\""));
	EXPECT_TRUE(_sender.push("\"two\""));
	const auto began = _now;
	run(1);
	EXPECT_EQ(_sender.undelivered(), 2U);
	EXPECT_LT(_now - began, 20s);
	EXPECT_TRUE(_sender.push("\"three\""));
	run(0);
	EXPECT_EQ(_arrived, std::vector<std::string>{"\"three\""}) << "what was given up is not waited for";
}

TEST_F(SignalTransferTest, WhatWaitsIsBounded)
{
	EXPECT_FALSE(_sender.push(""));
	EXPECT_FALSE(_sender.push(text(MAX_SIGNAL + 1, 'a')));
	std::size_t taken = 0;
	while (_sender.push("1"))
		++taken;
	EXPECT_EQ(taken, MAX_QUEUED_SIGNALS);
	SignalSender large;
	taken = 0;
	while (large.push(text(MAX_SIGNAL, 'a')))
		++taken;
	EXPECT_EQ(taken, MAX_QUEUED_BYTES / MAX_SIGNAL);
}

TEST_F(SignalTransferTest, AcknowledgementsOfNothingChangeNothing)
{
	_sender.onAcknowledged(1, 0xffff, _now);
	EXPECT_TRUE(_sender.push("1"));
	_sender.onAcknowledged(1, 0xffff, _now);
	EXPECT_EQ(_sender.delivered(), 0U) << "it has not been sent";
	EXPECT_TRUE(_sender.pollPart(_now));
	_sender.onAcknowledged(2, 0xffff, _now);
	EXPECT_EQ(_sender.delivered(), 0U);
	_sender.onAcknowledged(1, 1, _now);
	EXPECT_EQ(_sender.delivered(), 1U);
}

TEST_F(SignalTransferTest, ANewerSignalMakesAnEndOfAnUnfinishedOne)
{
	const auto full = text(FRAGMENT, 'x');
	const auto part = [&](std::uint32_t sequence, std::uint8_t index, std::uint8_t count)
	{
		return _receiver.onFragment({.to = {},
			.tag = 0,
			.sequence = sequence,
			.index = index,
			.count = count,
			.bytes = asBytes(full)});
	};
	EXPECT_EQ(part(3, 0, 2).received, 1);
	EXPECT_TRUE(part(5, 0, 1).signal);
	EXPECT_EQ(part(3, 1, 2).received, 3) << "given up meanwhile: no more of it";
	EXPECT_FALSE(part(5, 0, 1).signal) << "it comes once";
	EXPECT_EQ(part(7, 0, 3).received, 1);
	EXPECT_EQ(part(7, 1, 2).received, 2) << "another number of parts is another signal";
	EXPECT_EQ(part(6, 0, 1).received, 0);
}

}

}
