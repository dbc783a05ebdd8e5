// What the kernel tells of links, addresses and routes. It is no stranger, but in a container or a sandbox it
// may be another program.
#include "tests/fuzz/Require.h"
#include "tests/support/NetlinkMessages.h"

using namespace gimlet;
namespace netlink = core::netlink;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const auto messages = netlink::decode({data, size});
	REQUIRE(messages.size() <= size / 16);
	for (const auto& message : messages)
	{
		if (const auto* address = std::get_if<netlink::Address>(&message.content))
			REQUIRE(address->address.valid());
		// What was understood is understood as the same when it is written without the rest.
		const auto again = netlink::decode(test::encode(message));
		REQUIRE(again.size() == 1);
		if (!std::holds_alternative<netlink::Other>(message.content))
			REQUIRE(again.front().content == message.content && again.front().sequence == message.sequence);
	}
	return 0;
}
