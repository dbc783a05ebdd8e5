#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "plugins/service/rendezvous-server/relay/Relay.h"
#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server::test
{

/// A connection to the relay, and what became of it.
class FakeEnd final : public RelayEnd
{
public:
	std::size_t waiting() const override
	{
		return queued;
	}

	std::size_t queued = 0;
	bool paused = false;
	std::optional<std::uint16_t> closed;
};

/// A datagram that looks like DTLS.
inline Buffer dtls(std::size_t size = 1200)
{
	Buffer result(size, 0xa5);
	result.front() = 23;
	return result;
}

inline const Buffer DATAGRAM = dtls();

/// A relay and the time.
class RelayWorld
{
public:
	explicit RelayWorld(const RelayLimits& limits = {}) : relay(limits, [this] { return ++_random; }) {}

	/// A member's place, and its ticket.
	std::string arrive(unsigned number, const std::string& room = "lobby")
	{
		const auto place = relay.arrive(room, id(number), now);
		settle();
		if (!place)
			return "";
		EXPECT_TRUE(place->path.starts_with(RELAY_PATH));
		EXPECT_EQ(relay::addressOf(key(number, room)), place->address);
		return place->path.substr(RELAY_PATH.size());
	}

	void depart(unsigned number, const std::string& room = "lobby")
	{
		relay.depart(room, id(number), now);
		settle();
	}

	void open(const std::string& ticket, FakeEnd& end)
	{
		relay.open(ticket, end, now);
		settle();
	}

	/// A member that is connected.
	void connect(unsigned number, FakeEnd& end, const std::string& room = "lobby")
	{
		open(arrive(number, room), end);
		EXPECT_FALSE(end.closed);
	}

	void close(FakeEnd& end)
	{
		relay.closed(end);
		settle();
	}

	Relay::Passed send(FakeEnd& from, relay::Key to, ByteView datagram = DATAGRAM)
	{
		// Copied at once: many tests send many, and a checked build walks slowly.
		_payload.resize(relay::KEY_SIZE + datagram.size());
		relay::writeKey(_payload.data(), to);
		std::memcpy(_payload.data() + relay::KEY_SIZE, datagram.data(), datagram.size());
		return say(from, _payload);
	}

	Relay::Passed say(FakeEnd& from, ByteView payload)
	{
		const auto passed = relay.onFrame(from, payload, now);
		settle();
		return passed;
	}

	/// Lets time pass, with every deadline in between at its time.
	void pass(Duration duration)
	{
		const TimePoint end = now + duration;
		while (relay.nextDeadline() <= end)
		{
			now = std::max(now, relay.nextDeadline());
			relay.onTimer(now);
			settle();
		}
		now = end;
	}

	std::size_t dropped(RelayDrop why) const
	{
		return relay.counters().dropped.at(static_cast<std::size_t>(why));
	}

	static relay::Key key(unsigned number, const std::string& room = "lobby")
	{
		return relay::keyOf(room, id(number));
	}

	TimePoint now{1h};
	Relay relay;

private:
	void settle()
	{
		RelayAction action;
		while (relay.poll(action))
		{
			auto& end = static_cast<FakeEnd&>(*action.end);
			EXPECT_FALSE(end.closed) << "an action for a connection that was closed";
			if (action.kind == RelayAction::Kind::Close)
				end.closed = action.code;
			else
				end.paused = action.kind == RelayAction::Kind::Pause;
		}
	}

	std::uint64_t _random = 0;
	Buffer _payload;
};

}
