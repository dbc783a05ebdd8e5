// The plain datagrams and signals of udp-plain: whatever is read can be written and reads the same, and no
// sequence of them makes a link send without bound.
#include <string>

#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/CandidateSignal.h"
#include "plugins/transport/udp-plain/PlainPeer.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::udp_plain;
using chat::Kind;

namespace
{

const PeerId OWN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const PeerId PEER = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

std::string encode(const chat::Datagram& datagram)
{
	switch (datagram.kind)
	{
	case Kind::Punch:
		return chat::encodePunch(datagram.from, datagram.number);
	case Kind::Text:
		return chat::encodeText(datagram.from, datagram.message, datagram.after);
	case Kind::TextAck:
		return chat::encodeTextAck(datagram.from, datagram.message.id);
	case Kind::Keepalive:
		return chat::encodeKeepalive(datagram.from, datagram.number, datagram.bye);
	case Kind::KeepaliveAck:
		return chat::encodeKeepaliveAck(datagram.from, datagram.number);
	case Kind::OldPong:
		return chat::encodeOldPong();
	case Kind::OldPing:
	case Kind::Other:
		break;
	}
	return {};
}

void roundTrip(const chat::Datagram& datagram)
{
	const auto text = encode(datagram);
	if (text.empty() || text.size() > chat::MAX_ACCEPTED)
		return; // \u0001 takes six bytes where the sender may have used one that we escape
	const auto again = chat::decode(asBytes(text));
	REQUIRE(again && again->kind == datagram.kind && again->from == datagram.from);
	REQUIRE(again->number == datagram.number && again->bye == datagram.bye && again->after == datagram.after);
	REQUIRE(again->message.id == datagram.message.id && again->message.time == datagram.message.time);
	REQUIRE(again->message.content == datagram.message.content);
}

void roundTripSignal(std::string_view text)
{
	const auto signal = decodeCandidateSignal(text);
	if (!signal)
		return;
	REQUIRE(signal->candidates.size() <= MAX_NAMED_ROUTES);
	const auto again = decodeCandidateSignal(encode(*signal));
	REQUIRE(again && again->candidates == signal->candidates && again->again == signal->again);
}

/// A link to a peer whose datagrams and signals are the lines of the input, a second apart.
class Script
{
public:
	Script() : _machine({.own = OWN, .peer = PEER, .keepalive = 15s, .lostAfter = 60s}, _limiter)
	{
		_machine.onOffer({.endpoint = _named, .ours = true}, _now);
	}

	void line(std::string_view text)
	{
		const auto before = _sent;
		if (const auto signal = decodeCandidateSignal(text))
			_machine.onCandidates(signal->candidates, signal->again, _now);
		else if (const auto datagram = chat::decode(asBytes(text)))
			_machine.onDatagram(*datagram, text.size(), _named.withPort(_port++ % 8 + 1), _now);
		_machine.send({"id-" + std::to_string(_sent), std::string{text.substr(0, 100)}, WallTime{0}}, _now);
		for (const auto end = _now + 1s; _machine.nextDeadline() <= end;)
		{
			_now = std::max(_now, _machine.nextDeadline());
			_machine.onTimer(_now);
			drain();
		}
		_now += 1s;
		drain();
		// Every address of the peer at each of a second's four knocks, the window, and some answers.
		REQUIRE(_sent - before <= 4 * (MAX_NAMED_ROUTES + MAX_FOLLOWED_ROUTES) + 4 * WINDOW);
	}

private:
	void drain()
	{
		while (const auto transmit = _machine.pollTransmit())
		{
			++_sent;
			REQUIRE(mayTarget(transmit->remote, false));
			REQUIRE(transmit->datagram.size() <= chat::MAX_SENT);
		}
		while (_machine.pollEvent())
			;
		REQUIRE(!_machine.status(_now, WallTime{0}).reason.empty());
	}

	const Endpoint _named = *Endpoint::parse("192.0.2.7:40001");
	TimePoint _now{std::chrono::hours{1}};
	ClaimLimiter _limiter;
	PlainPeer _machine;
	std::size_t _sent = 0;
	std::uint16_t _port = 0;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const ByteView bytes{data, size};
	auto text = asText(bytes);
	if (const auto datagram = chat::decode(bytes))
		roundTrip(*datagram);
	roundTripSignal(text);
	Script script;
	while (!text.empty())
	{
		const auto end = std::min(text.find('\n'), text.size());
		script.line(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	return 0;
}
