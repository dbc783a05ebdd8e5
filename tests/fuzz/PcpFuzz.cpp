// What a router says: whatever is read can be written and reads the same, and no sequence of it makes a node
// ask without bound or believe in an address that nobody outside can reach. Each input is a row of datagrams:
// a byte that says when and how it comes, one for its length, and itself.
#include "plugins/discovery/port-mapping/PortMapper.h"
#include "tests/fuzz/Input.h"
#include "tests/fuzz/Require.h"

namespace
{

using namespace gimlet;
using namespace gimlet::port_mapping;

void roundTrip(ByteView bytes)
{
	const auto response = pcp::decode(bytes);
	if (!response || bytes[0] != pcp::VERSION)
		return;
	const auto again = pcp::decode(encode(*response));
	REQUIRE(again && again->opcode == response->opcode && again->result == response->result);
	REQUIRE(again->lifetime == response->lifetime && again->epoch == response->epoch);
	REQUIRE(again->map.has_value() == response->map.has_value());
	if (response->map)
	{
		REQUIRE(again->map->nonce == response->map->nonce && again->map->external == response->map->external);
		REQUIRE(again->map->internalPort == response->map->internalPort);
	}
	REQUIRE(!pcp::toString(response->result).empty());
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	roundTrip({data, size});
	fuzz::Input input{data, size};
	TimePoint now{std::chrono::hours{1}};
	PortMapper mapper({.protocols = {Protocol::Pcp, Protocol::NatPmp},
						  .gateway = *Endpoint::parse("10.0.0.1:0"),
						  .client = *Endpoint::parse("10.0.0.2:0"),
						  .internalPort = 40001,
						  .lifetime = std::chrono::seconds{7200},
						  .nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
						  .random = [] { return 0.5; }},
		now);
	std::size_t asked = 0;
	std::optional<Job> job;
	const auto settle = [&]
	{
		while (mapper.pollTransmit())
			++asked;
		while (auto wanted = mapper.pollJob())
		{
			++asked;
			if (wanted->kind == Job::Kind::Map)
				job = wanted;
		}
		while (const auto event = mapper.pollEvent())
			if (const auto* found = std::get_if<Found>(&*event))
				REQUIRE(!found->external.isPrivate() && !found->external.isLoopback() &&
						found->external.port() != 0);
	};
	settle();
	while (!input.empty())
	{
		const auto how = input.byte();
		const auto bytes = input.bytes(input.byte());
		roundTrip(bytes);
		const auto before = asked;
		if ((how & 3U) == 0)
			mapper.onAnnouncement(bytes, now);
		else if ((how & 3U) == 1 && job)
			mapper.onResult(
				{.number = job->number,
					.error = (how & 4U) != 0 ? "no answer" : "",
					.external = Endpoint::fromBytes(bytes.first(std::min<std::size_t>(4, bytes.size())), 7),
					.lifetime = std::chrono::seconds{bytes.size() * 100}},
				now);
		else
			mapper.onDatagram(bytes, now);
		settle();
		REQUIRE(asked - before <= 6);
		now += std::chrono::seconds{how};
		if (mapper.nextDeadline() <= now)
			mapper.onTimer(now);
		settle();
		REQUIRE(asked - before <= 12);
	}
	mapper.stop();
	settle();
	REQUIRE(mapper.nextDeadline() == NEVER);
	return 0;
}
