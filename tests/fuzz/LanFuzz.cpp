// The datagrams of the local network: whatever is read can be written and reads the same, and no sequence of
// them makes a node remember or say more than it may. The first byte chooses a room with or without a token;
// then datagrams, each a byte that says from where and when, two for its length, and itself without the
// header and the code that a stranger could not make.
#include <algorithm>

#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Names.h"
#include "plugins/signaling/lan/LanMachine.h"
#include "tests/fuzz/Input.h"
#include "tests/fuzz/Require.h"

namespace
{

using namespace gimlet;
using namespace gimlet::lan;

const PeerId OWN = "5a7a78cc-a4a0-8420-99bc-62bb669c3c27";
const Room ROOMS[]{{"lobby", ""}, {"lobby", "secret"}};

void roundTrip(const Room& room, const Datagram& datagram)
{
	const auto wire = encode(room, datagram.from, datagram.body);
	REQUIRE(wire.size() <= LARGEST_DATAGRAM + 4096);
	const auto again = decode(room, wire);
	const auto* read = std::get_if<Datagram>(&again);
	REQUIRE(read && read->from.id == datagram.from.id && read->from.epoch == datagram.from.epoch);
	REQUIRE(read->body.index() == datagram.body.index());
	if (const auto* announcement = std::get_if<Announcement>(&datagram.body))
		REQUIRE(std::get<Announcement>(read->body) == *announcement);
	else if (const auto* acknowledgement = std::get_if<Acknowledgement>(&datagram.body))
		REQUIRE(std::get<Acknowledgement>(read->body) == *acknowledgement);
	else if (const auto* fragment = std::get_if<Fragment>(&datagram.body))
	{
		const auto& other = std::get<Fragment>(read->body);
		REQUIRE(
			other.to == fragment->to && other.tag == fragment->tag && other.sequence == fragment->sequence);
		REQUIRE(other.index == fragment->index && other.count == fragment->count);
		REQUIRE(std::equal(
			other.bytes.begin(), other.bytes.end(), fragment->bytes.begin(), fragment->bytes.end()));
	}
}

struct Checker
{
	LanMachine& machine;
	TimePoint now;

	void operator()(const PeerOffer& offer) const
	{
		REQUIRE(rendezvous::workerId(offer.peer) == offer.peer && offer.peer != OWN);
		REQUIRE(offer.transport == "udp-punch/1" && rendezvous::isSession(offer.session));
		REQUIRE(rendezvous::isName(offer.name));
		machine.sendSignal(offer.peer, offer.session, "{\"x\":\"" + std::string(3000, 'x') + "\"}", now);
	}
	void operator()(const SignalArrived& signal) const
	{
		REQUIRE(json::isValue(signal.data) && signal.data.size() <= MAX_SIGNAL);
	}
	void operator()(const PeerGone& gone) const
	{
		REQUIRE(rendezvous::workerId(gone.peer) == gone.peer);
	}
	void operator()(const PeerStranger&) const {}
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	fuzz::Input input{data, size};
	const auto& room = ROOMS[input.byte() % 2];
	for (const auto& other : ROOMS)
	{
		const auto decoded = decode(other, {data, size});
		if (const auto* datagram = std::get_if<Datagram>(&decoded))
			roundTrip(other, *datagram);
	}
	TimePoint now{std::chrono::hours{1}};
	LanMachine machine({.room = room, .own = OWN, .epoch = 7, .chance = [] { return 0.5; }});
	std::size_t sent = 0;
	const auto settle = [&]
	{
		for (;;)
		{
			while (const auto transmit = machine.pollTransmit())
			{
				++sent;
				REQUIRE(transmit->datagram.size() <= LARGEST_DATAGRAM);
				REQUIRE(!transmit->to || isOnLink({*Endpoint::parse("10.0.0.1:0"), 24}, *transmit->to));
			}
			const auto event = machine.pollEvent();
			if (!event)
				break;
			std::visit(Checker{machine, now}, *event);
		}
		REQUIRE(machine.peers() <= MAX_PEERS);
	};
	machine.addSegment(1, {*Endpoint::parse("10.0.0.1:0"), 24}, now);
	machine.describe(
		{.name = "x", .transports = {"udp-punch/1"}, .endpoint = std::nullopt, .publicAddress = {}}, now);
	settle();
	std::size_t datagrams = 0;
	while (!input.empty())
	{
		const auto where = input.byte();
		const std::size_t length = static_cast<std::size_t>(input.byte()) << 8U | input.byte();
		const auto bytes = input.bytes(length);
		auto wire = encode(room, {OWN, 1}, Goodbye{});
		wire.resize(5); // magic and version
		wire.insert(wire.end(), bytes.begin(), bytes.end());
		if (wire.size() >= 16) // a type and flags that were given, and the room that was chosen
			std::copy(room.tag().begin(), room.tag().end(), wire.begin() + 8);
		machine.onDatagram(1,
			*Endpoint::parse(
				"10.0." + std::to_string(where & 1U) + ".2:" + std::to_string(1 + (where >> 4U))),
			wire, now);
		++datagrams;
		now += std::chrono::milliseconds{(where & 0x0eU) * 50};
		if (machine.nextDeadline() <= now)
			machine.onTimer(now);
		settle();
	}
	// Each datagram is worth an answer or two, and an offer a signal of three parts and its repetitions.
	REQUIRE(sent <= 16 + datagrams * 64);
	// Whatever happened: who is not heard any more is forgotten.
	for (int timers = 0; timers < 400 && machine.peers() > 0; ++timers)
	{
		now = std::max(now, machine.nextDeadline());
		machine.onTimer(now);
		settle();
	}
	REQUIRE(machine.peers() == 0);
	return 0;
}
