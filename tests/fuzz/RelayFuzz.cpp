// A whole relay whose members come, go, connect and send anything.
#include <algorithm>
#include <set>
#include <string>

#include "plugins/service/rendezvous-server/relay/Relay.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::rendezvous_server;

namespace
{

class End final : public RelayEnd
{
public:
	std::size_t waiting() const override
	{
		return queued;
	}

	std::size_t queued = 0;
	bool paused = false;
	bool closed = false;
};

/// A step is a byte, whose high half says what happens and whose low half to whom, and what that takes.
class Play
{
public:
	void step(ByteView& input)
	{
		const std::uint8_t what = input.front();
		input = input.subspan(1);
		const std::size_t who = what & 3U;
		switch (what >> 4U)
		{
		case 0:
			arrive(who);
			break;
		case 1:
			_relay.depart(ROOMS[who % 2], IDS[who], _now);
			break;
		case 2:
			open(who);
			break;
		case 3:
			close(who);
			break;
		case 4:
			pass(std::chrono::milliseconds{10});
			break;
		case 5:
			pass(std::chrono::seconds{10});
			break;
		case 6:
			_ends[who].queued ^= RELAY_QUEUE + 1;
			break;
		case 7:
			send(who, (what >> 2U) & 3U, input);
			break;
		case 8:
			repeat(who, (what >> 2U) & 3U);
			break;
		case 9:
			_relay.onMalformed(_ends[who]);
			break;
		default:
			raw(who, input);
		}
		settle();
	}

	void end()
	{
		for (std::size_t who = 0; who < 4; ++who)
		{
			close(who);
			_relay.depart(ROOMS[who % 2], IDS[who], _now);
		}
		pass(PLACE_GRACE);
		REQUIRE(_relay.places() == 0 && _relay.connections() == 0);
		REQUIRE(_relay.nextDeadline() == NEVER);
	}

private:
	void arrive(std::size_t who)
	{
		const auto place = _relay.arrive(ROOMS[who % 2], IDS[who], _now);
		if (!place)
			return;
		REQUIRE(place->address == relay::addressOf(key(who)));
		const auto ticket = place->path.substr(RELAY_PATH.size());
		REQUIRE(_relay.knows(ticket) && _given.insert(ticket).second);
		_tickets[who] = ticket;
	}

	void open(std::size_t who)
	{
		close(who);
		_ends[who] = End{};
		_relay.open(_tickets[who], _ends[who], _now);
	}

	void close(std::size_t who)
	{
		_relay.closed(_ends[who]);
	}

	void pass(Duration duration)
	{
		_now += duration;
		_relay.onTimer(_now);
		REQUIRE(_relay.nextDeadline() > _now);
		settle();
	}

	void send(std::size_t from, std::size_t to, ByteView& input)
	{
		const std::size_t size = input.empty() ? 0 : std::min<std::size_t>(input.front(), input.size() - 1);
		Buffer payload(relay::KEY_SIZE);
		relay::writeKey(payload.data(), key(to));
		const auto datagram = input.subspan(input.empty() ? 0 : 1, size);
		payload.insert(payload.end(), datagram.begin(), datagram.end());
		input = input.subspan(std::min(input.size(), size + 1));
		hear(from, payload);
	}

	void repeat(std::size_t from, std::size_t to)
	{
		Buffer payload(relay::MAX_FRAME, 20);
		relay::writeKey(payload.data(), key(to));
		for (int i = 0; i < 500; ++i)
			hear(from, payload);
	}

	void raw(std::size_t from, ByteView& input)
	{
		hear(from, input);
		input = {};
	}

	void hear(std::size_t from, ByteView payload)
	{
		const auto before = _relay.counters().datagrams;
		const auto passed = _relay.onFrame(_ends[from], payload, _now);
		REQUIRE((passed.to != nullptr) == (_relay.counters().datagrams == before + 1));
		if (!passed.to)
			return;
		// Only to a member of the same room that is connected and reads, only what links consist of, and with
		// not a byte of it changed.
		const auto to = static_cast<std::size_t>(static_cast<End*>(passed.to) - _ends);
		REQUIRE(to < 4 && to != from && to % 2 == from % 2 && !_ends[to].closed);
		REQUIRE(_ends[to].queued <= RELAY_QUEUE);
		REQUIRE(passed.frame.other == key(from) && relay::readKey(payload.data()) == key(to));
		REQUIRE(passed.frame.datagram.data() == payload.data() + relay::KEY_SIZE);
		REQUIRE(passed.frame.datagram.size() == payload.size() - relay::KEY_SIZE);
		const auto first = passed.frame.datagram.front();
		REQUIRE(first < 4 || (first >= 20 && first < 64));
	}

	void settle()
	{
		RelayAction action;
		while (_relay.poll(action))
		{
			auto& end = static_cast<End&>(*action.end);
			REQUIRE(!end.closed);
			end.closed = action.kind == RelayAction::Kind::Close;
			if (!end.closed)
				end.paused = action.kind == RelayAction::Kind::Pause;
		}
	}

	static relay::Key key(std::size_t who)
	{
		return relay::keyOf(ROOMS[who % 2], IDS[who]);
	}

	static constexpr const char* ROOMS[2] = {"lobby", "den"};
	static constexpr const char* IDS[4] = {"00000001-0000-8000-8000-000000000000",
		"00000002-0000-8000-8000-000000000000", "00000003-0000-8000-8000-000000000000",
		"00000004-0000-8000-8000-000000000000"};

	TimePoint _now{std::chrono::hours{1}};
	std::uint64_t _random = 0;
	Relay _relay{{.maxPlaces = 3, .pair = RelayLimits::pairRate(50'000)}, [this] { return ++_random; }};
	End _ends[4];
	std::string _tickets[4];
	std::set<std::string> _given;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	ByteView input{data, size};
	Play play;
	while (!input.empty())
		play.step(input);
	play.end();
	return 0;
}
