// The TURN client: whatever a server says, or others in its name, an allocation ends once at most, takes
// datagrams only of peers that were sent to, asks for nothing without end, and a stream is cut the same
// however it comes.
#include <algorithm>
#include <memory>
#include <set>

#include "plugins/discovery/turn/AllocationMachine.h"
#include "plugins/discovery/turn/StreamSplitter.h"
#include "plugins/discovery/turn/TurnUri.h"
#include "tests/fuzz/Input.h"
#include "tests/fuzz/Require.h"
#include "tests/unit/turn/ScriptedServer.h"

using namespace gimlet;
using namespace gimlet::turn;
using namespace gimlet::fuzz;

namespace
{

std::vector<Buffer> split(ByteView stream, std::size_t piece)
{
	std::vector<Buffer> messages;
	StreamSplitter splitter;
	bool good = true;
	while (!stream.empty())
	{
		const auto some = stream.first(std::min(piece, stream.size()));
		stream = stream.subspan(some.size());
		const bool now = splitter.receive(
			some, [&](ByteView message) { messages.emplace_back(message.begin(), message.end()); });
		REQUIRE(good || !now);
		good = now;
		REQUIRE(splitter.waiting() <= 65'535 + 24);
	}
	return messages;
}

void cut(ByteView stream)
{
	const auto whole = split(stream, stream.size() + 1);
	std::size_t size = 0;
	for (const auto& message : whole)
	{
		REQUIRE(isChannelData(message[0]) ? parseChannelData(message).has_value() : message[0] <= 3);
		size += message.size();
	}
	REQUIRE(size <= stream.size());
	for (const std::size_t piece : {1, 3, 20})
		REQUIRE(split(stream, piece) == whole);
}

void readUri(std::string_view text)
{
	std::string problem;
	const auto uri = parseTurnUri(text, problem);
	REQUIRE(uri || !problem.empty());
	if (uri)
		REQUIRE(parseTurnUri(uri->toString(), problem) == uri);
}

class Script
{
public:
	explicit Script(Input& input) : _input(input)
	{
		const auto flags = _input.byte();
		_server.authenticates = flags & 1U;
		_server.lifetime = flags & 2U ? 600 : _input.number();
		const Credentials credentials{flags & 4U ? "" : "anna", flags & 8U ? "wrong" : "secret"};
		_machine = std::make_unique<AllocationMachine>(SERVER,
			flags & 16U ? AllocationMachine::Carrier::Stream : AllocationMachine::Carrier::Datagrams,
			credentials, _timing, _random, _now);
		drain();
	}

	void run()
	{
		for (unsigned step = 0; step < 200 && !_input.empty(); ++step)
		{
			act(_input.byte());
			drain();
		}
		// Left alone by the server it ends.
		for (unsigned timers = 0; timers < 2000 && !_machine->isOver(); ++timers)
			advance(_machine->nextDeadline() - _now);
		REQUIRE(_machine->isOver());
		REQUIRE(_machine->nextDeadline() == NEVER);
	}

private:
	inline static const Endpoint SERVER = Endpoint::parse("192.0.2.1:3478").value();

	static Endpoint peer(std::uint8_t number)
	{
		constexpr std::array<const char*, 6> PEERS{"198.51.100.1:1", "198.51.100.1:2", "198.51.100.2:1",
			"[2001:db8::1]:1", "224.0.0.1:1", "127.0.0.1:3478"};
		return Endpoint::parse(PEERS[number % PEERS.size()]).value();
	}

	void deliver(ByteView message)
	{
		const auto received = _machine->onDatagram(message, SERVER, _now);
		if (!received)
			return;
		REQUIRE(!_machine->isOver());
		REQUIRE(_sentTo.contains(received->peer.addressString()));
		REQUIRE(received->data.empty() ||
				(received->data.data() >= message.data() &&
					received->data.data() + received->data.size() <= message.data() + message.size()));
	}

	void bend(Buffer& bytes)
	{
		if (const auto flip = _input.byte(); flip >= 200 && !bytes.empty())
			bytes[_input.byte() % bytes.size()] ^= static_cast<std::uint8_t>(flip);
	}

	void act(std::uint8_t action)
	{
		switch (action % 12)
		{
		case 0:
			deliver(_input.bytes(_input.byte()));
			break;
		case 1:
		case 2:
		case 3:
			answer(action);
			break;
		case 4:
			advance(std::chrono::milliseconds{_input.byte() * 10});
			break;
		case 5:
			advance(std::chrono::seconds{_input.byte() * 3});
			break;
		case 6:
		case 7:
			send();
			break;
		case 8:
		{
			auto bytes = test::ScriptedServer::indication(peer(_input.byte()), asText(_input.bytes(8)));
			bend(bytes);
			deliver(bytes);
			break;
		}
		case 9:
		{
			auto bytes = test::ScriptedServer::onChannel(
				static_cast<std::uint16_t>(FIRST_CHANNEL + _input.byte() % 8), asText(_input.bytes(8)));
			bend(bytes);
			deliver(bytes);
			break;
		}
		case 10:
			change(_input.byte());
			break;
		default:
			_machine->onDatagram(_input.bytes(_input.byte()), peer(_input.byte()), _now);
			_machine->check(_now);
		}
	}

	void answer(unsigned how)
	{
		if (_asked.empty())
			return;
		const auto which = how % 3 == 1 ? _asked.size() - 1 : _input.byte() % _asked.size();
		auto bytes = _server.answer(_asked[which]);
		if (how % 3 == 2)
			bend(bytes);
		deliver(bytes);
	}

	void change(std::uint8_t what)
	{
		constexpr std::array<std::uint16_t, 10> CODES{300, 400, 401, 403, 437, 438, 440, 441, 486, 500};
		constexpr std::array<std::uint16_t, 4> METHODS{stun::method::ALLOCATE, stun::method::REFRESH,
			stun::method::CREATE_PERMISSION, stun::method::CHANNEL_BIND};
		switch (what % 6)
		{
		case 0:
			_server.nonce += 'x';
			break;
		case 1:
			_server.refuses.clear();
			break;
		case 2:
			_server.signs = !_server.signs;
			break;
		case 3:
			_server.relayed.push_back(peer(_input.byte()));
			break;
		case 4:
			_machine->renew({_input.byte() % 2 ? "anna" : "bert", "other"});
			break;
		default:
			_server.alternate = peer(_input.byte());
			_server.refuses[METHODS[_input.byte() % METHODS.size()]] = CODES[_input.byte() % CODES.size()];
		}
	}

	void send()
	{
		const auto to = peer(_input.byte());
		Buffer out(64 + _input.byte());
		const auto datagram = _input.bytes(_input.byte() % 64);
		const auto size = _machine->wrap(datagram, to, out, _now);
		REQUIRE(!size || _machine->reaches(to));
		REQUIRE(!size || *size <= out.size());
		if (!size)
			return;
		_sentTo.insert(to.addressString());
		if (*size > 0)
			check(ByteView{out}.first(*size));
	}

	static void check(ByteView bytes)
	{
		if (isChannelData(bytes[0]))
		{
			REQUIRE(parseChannelData(bytes));
			return;
		}
		const auto message = stun::MessageView::parse(bytes);
		REQUIRE(message && message->bytes().size() == bytes.size());
	}

	void advance(Duration duration)
	{
		const auto end = _now + duration;
		for (unsigned timers = 0; _machine->nextDeadline() <= end; ++timers)
		{
			REQUIRE(timers < 2000);
			_now = std::max(_now, _machine->nextDeadline());
			_machine->onTimer(_now);
			REQUIRE(_machine->nextDeadline() > _now);
			drain();
		}
		_now = end;
	}

	void drain()
	{
		unsigned messages = 0;
		while (const auto message = _machine->pollTransmit())
		{
			REQUIRE(++messages <= limits::PERMISSIONS + limits::CHANNELS + limits::WAITING + 2);
			REQUIRE(!_ended);
			check(*message);
			if (stun::MessageView::parse(*message)->messageClass() != stun::MessageClass::Request)
				continue;
			if (_asked.size() >= 32)
				_asked.erase(_asked.begin());
			_asked.emplace_back(message->begin(), message->end());
		}
		while (const auto event = _machine->pollEvent())
		{
			REQUIRE(!_ended);
			if (const auto* const allocated = std::get_if<Allocated>(&*event))
				REQUIRE(!allocated->relayed.empty() && allocated->relayed.size() <= 2);
			_ended = std::holds_alternative<Ended>(*event);
			REQUIRE(!_ended || !std::get<Ended>(*event).text.empty());
		}
		REQUIRE(_ended == _machine->isOver());
	}

	Input& _input;
	Timing _timing;
	std::uint64_t _ids = 0;
	Random _random{[this]
		{
			stun::TransactionId id{};
			++_ids;
			for (std::size_t i = 0; i < 8; ++i)
				id[i] = static_cast<std::uint8_t>(_ids >> 8 * i);
			return id;
		},
		[] { return 0.5; }};
	TimePoint _now{std::chrono::hours{1}};
	test::ScriptedServer _server;
	std::unique_ptr<AllocationMachine> _machine;
	std::vector<Buffer> _asked;
	std::set<std::string> _sentTo;
	bool _ended = false;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	Input input{data, size};
	switch (input.byte() % 4)
	{
	case 0:
		cut(input.bytes(size));
		break;
	case 1:
		readUri(asText(input.bytes(size)));
		break;
	default:
		Script{input}.run();
	}
	return 0;
}
