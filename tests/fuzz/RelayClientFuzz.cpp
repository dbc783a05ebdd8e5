#include <algorithm>
#include <array>
#include <variant>

#include "node/protocol/relay/Frame.h"
#include "node/protocol/websocket/Handshake.h"
#include "plugins/signaling/rendezvous/RelayClient.h"
#include "tests/fuzz/Require.h"

namespace
{

using namespace gimlet;
using namespace gimlet::rendezvous_client;

constexpr relay::Key OWN = 1;

std::string upgradeAnswer()
{
	const auto zeros = [](std::span<std::uint8_t> out) { std::ranges::fill(out, 0); };
	return websocket::acceptText(websocket::acceptKey(websocket::makeKey(zeros)));
}

/// What the node hears of what the relay said.
struct Checker
{
	void operator()(const Connect&)
	{
		connect = true;
	}
	void operator()(const Disconnect&)
	{
		connect = false;
	}
	void operator()(const RelayClient::Reachable&)
	{
		REQUIRE(!reachable);
		reachable = true;
	}
	void operator()(const RelayClient::Unreachable&)
	{
		REQUIRE(reachable);
		reachable = false;
	}
	void operator()(const RelayClient::Datagram& datagram)
	{
		REQUIRE(!datagram.bytes().empty() && datagram.bytes().size() <= relay::MAX_DATAGRAM);
		REQUIRE(relay::keyOf(relay::addressOf(datagram.from)) == datagram.from);
		std::array<std::uint8_t, relay::MAX_FRAME> room{};
		const auto written = relay::writeFrame(room, {.other = datagram.from, .datagram = datagram.bytes()});
		REQUIRE(asText(written) == datagram.payload);
		++datagrams;
	}
	template <typename Other>
	void operator()(const Other&) const
	{
	}

	bool connect = false;
	bool reachable = false;
	std::uint64_t datagrams = 0;
};

}

/// A relay that says anything. The first byte: whether the upgrade is accepted before, and how the rest is
/// cut into pieces. Holds: what the node hears are datagrams, whatever is sent meanwhile stays bounded, and
/// the client tries for ever.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	if (size == 0)
		return 0;
	std::string error;
	TimePoint now{std::chrono::hours{1}};
	RelayClient client(
		"gimlet/1", {.chance = [] { return 0.5; },
						.bytes = [](std::span<std::uint8_t> out) { std::ranges::fill(out, 0); }});
	Checker checker;
	const auto settle = [&]
	{
		client.taken();
		while (const auto event = client.pollEvent())
			std::visit(checker, *event);
		REQUIRE(client.output().size() <= RelayClient::MAX_WAITING + size);
		client.taken();
	};
	client.offer({.url = RendezvousUrl::parse("http://r.test", error).value(),
					 .path = "/ws/relay/1",
					 .address = relay::addressOf(OWN)},
		std::chrono::seconds{25}, std::chrono::seconds{25}, now);
	settle();
	REQUIRE(checker.connect);
	client.onOpen(now);
	settle();
	if ((data[0] & 1U) != 0)
	{
		client.onBytes(asBytes(upgradeAnswer()), now);
		settle();
		REQUIRE(client.isOpen() && checker.reachable);
	}
	const std::size_t piece = (data[0] >> 1U) + 1U;
	for (std::size_t at = 1; at < size; at += piece)
	{
		now += std::chrono::milliseconds{10};
		const ByteView bytes{data + at, std::min(piece, size - at)};
		client.onBytes(bytes, now);
		client.send(OWN + 1, bytes, 0);
		settle();
	}
	REQUIRE(checker.datagrams == client.counters().received);
	// Whatever happened, silence is noticed, and another attempt follows within two minutes or so.
	checker.connect = false;
	for (int timers = 0; timers < 8 && !checker.connect; ++timers)
	{
		REQUIRE(client.nextDeadline() != NEVER);
		now = std::max(now, client.nextDeadline());
		client.onTimer(now);
		settle();
	}
	REQUIRE(checker.connect);
	return 0;
}
