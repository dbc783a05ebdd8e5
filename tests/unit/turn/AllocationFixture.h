#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "plugins/discovery/turn/AllocationMachine.h"
#include "tests/unit/turn/ScriptedServer.h"

namespace gimlet::test
{

/// A machine and a scripted server on virtual time, a round trip of 20 ms apart.
class AllocationTest : public testing::Test
{
protected:
	static constexpr std::chrono::milliseconds ROUND_TRIP{20};

	void begin(turn::AllocationMachine::Carrier carrier = turn::AllocationMachine::Carrier::Datagrams)
	{
		machine =
			std::make_unique<turn::AllocationMachine>(serverAt, carrier, credentials, timing, random, now);
		work();
	}

	/// Does what the machine asks for, and delivers what comes of it, without time passing but for round
	/// trips.
	void work()
	{
		for (;;)
		{
			std::vector<Buffer> answers;
			while (const auto message = machine->pollTransmit())
			{
				sent.emplace_back(message->begin(), message->end());
				if (!reachable)
					continue;
				if (auto answer = server.answer(*message); !answer.empty())
					answers.push_back(std::move(answer));
			}
			while (auto event = machine->pollEvent())
				events.push_back(std::move(*event));
			if (answers.empty())
				break;
			now += ROUND_TRIP;
			for (const auto& answer : answers)
				deliver(answer);
		}
	}

	void deliver(ByteView message)
	{
		if (const auto data = machine->onDatagram(message, serverAt, now))
			received.push_back(data->peer.toString() + " " + std::string{asText(data->data)});
	}

	/// Lets time pass, with each timer at its time.
	void pass(Duration duration)
	{
		const auto end = now + duration;
		for (unsigned timers = 0; machine->nextDeadline() <= end; ++timers)
		{
			ASSERT_LT(timers, 10'000U);
			now = std::max(now, machine->nextDeadline());
			machine->onTimer(now);
			work();
		}
		now = std::max(now, end);
	}

	/// Sends a datagram. @return What goes out for it: "" if it waits, "dropped", or how it is wrapped.
	std::string send(std::string_view text, const Endpoint& to)
	{
		Buffer out(2000);
		const auto size = machine->wrap(asBytes(text), to, out, now);
		std::string result = "dropped";
		if (size)
			result = wrapped(ByteView{out}.first(*size));
		if (machine->hasWork())
			work();
		return result;
	}

	static std::string wrapped(ByteView bytes)
	{
		if (bytes.empty())
			return "";
		if (const auto data = turn::parseChannelData(bytes))
			return "channel " + std::to_string(data->number) + " " + std::string{asText(data->data)};
		const auto message = stun::MessageView::parse(bytes).value();
		EXPECT_EQ(message.method(), stun::method::SEND);
		return "indication " + message.xorAddress(stun::attribute::XOR_PEER_ADDRESS)->toString() + " " +
			   std::string{asText(*message.find(stun::attribute::DATA))};
	}

	/// The last event, as that.
	template <typename Kind>
	Kind last() const
	{
		if (events.empty() || !std::holds_alternative<Kind>(events.back()))
		{
			ADD_FAILURE() << "no such event";
			return {};
		}
		return std::get<Kind>(events.back());
	}

	int asked(std::uint16_t method)
	{
		return server.requests[method];
	}

	Endpoint serverAt = Endpoint::parse("192.0.2.1:3478").value();
	const Endpoint peer = Endpoint::parse("198.51.100.9:7000").value();
	TimePoint now{std::chrono::hours{1}};
	turn::Timing timing;
	std::uint64_t ids = 0;
	turn::Random random{[this]
		{
			stun::TransactionId id{};
			++ids;
			for (std::size_t i = 0; i < 8; ++i)
				id[i] = static_cast<std::uint8_t>(ids >> 8 * i);
			return id;
		},
		[] { return 0.0; }};
	turn::Credentials credentials{"anna", "secret"};
	ScriptedServer server;
	bool reachable = true;
	std::unique_ptr<turn::AllocationMachine> machine;
	std::vector<Buffer> sent;
	std::vector<turn::Event> events;
	std::vector<std::string> received;
};

}
