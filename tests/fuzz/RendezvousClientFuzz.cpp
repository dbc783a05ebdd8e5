#include <algorithm>
#include <variant>

#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Names.h"
#include "node/protocol/websocket/Handshake.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"
#include "tests/fuzz/Require.h"

namespace
{

using namespace gimlet;
using namespace gimlet::rendezvous_client;

/// Signs without the price of it.
class Someone final : public Identity
{
public:
	const PeerId& id() const override
	{
		return _id;
	}
	ByteView publicKey() const override
	{
		return asBytes("key");
	}
	Buffer sign(ByteView) const override
	{
		return {1, 2, 3};
	}

private:
	PeerId _id = "5a7a78cc-a4a0-8420-99bc-62bb669c3c27";
};

const Someone SELF;
const PeerId OWN = SELF.id();

/// What the node hears of what the rendezvous said.
struct Checker
{
	void operator()(const PeerOffer& offer) const
	{
		REQUIRE(rendezvous::workerId(offer.peer) == offer.peer);
		REQUIRE(offer.peer != OWN);
		REQUIRE(rendezvous::isTransport(offer.transport));
		REQUIRE(!offer.endpoint || offer.endpoint->valid());
	}
	void operator()(const SignalArrived& signal) const
	{
		REQUIRE(rendezvous::workerId(signal.peer) == signal.peer);
		REQUIRE(json::isValue(signal.data));
	}
	void operator()(const PeerGone& gone) const
	{
		REQUIRE(rendezvous::workerId(gone.peer) == gone.peer);
	}
	void operator()(const Connect&)
	{
		connect = true;
	}
	void operator()(const Disconnect&)
	{
		connect = false;
	}
	template <typename Other>
	void operator()(const Other&) const
	{
	}

	bool connect = false;
};

std::string upgradeAnswer()
{
	const auto zeros = [](std::span<std::uint8_t> out) { std::ranges::fill(out, 0); };
	return websocket::acceptText(websocket::acceptKey(websocket::makeKey(zeros)));
}

}

/// A rendezvous that says anything. The first byte: whether the upgrade is accepted before, and how the rest
/// is cut into pieces. Holds: what the node hears is right in form, and the client tries for ever.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	if (size == 0)
		return 0;
	std::string error;
	TimePoint now{std::chrono::hours{1}};
	RendezvousClient client(SELF, "gimlet/1",
		{.url = RendezvousUrl::parse("http://r.test", error).value(), .room = "lobby"},
		{.chance = [] { return 0.5; },
			.bytes = [](std::span<std::uint8_t> out) { std::ranges::fill(out, 0); }});
	Checker checker;
	const auto settle = [&]
	{
		client.takeOutput();
		while (const auto event = client.pollEvent())
			std::visit(checker, *event);
		client.takeOutput();
	};
	client.start();
	client.describe(
		{.name = "x", .transports = {"udp-plain/1"}, .endpoint = std::nullopt, .publicAddress = {}});
	settle();
	REQUIRE(checker.connect);
	client.onOpen({.token = {}, .overLoopback = false}, now);
	settle();
	if ((data[0] & 1U) != 0)
	{
		client.onBytes(asBytes(upgradeAnswer()), now);
		settle();
		REQUIRE(client.online());
	}
	const std::size_t piece = (data[0] >> 1U) + 1U;
	for (std::size_t at = 1; at < size; at += piece)
	{
		now += std::chrono::milliseconds{10};
		client.onBytes({data + at, std::min(piece, size - at)}, now);
		settle();
	}
	// Whatever happened, silence is noticed, and another attempt follows within a minute or so.
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
