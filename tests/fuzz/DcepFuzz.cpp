// DCEP messages: what can be read can be written, and reads the same again.
#include "plugins/transport/udp-punch/sctp/Dcep.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
namespace dcep = udp_punch::sctp::dcep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const ByteView bytes{data, size};
	const auto message = dcep::decode(bytes);
	if (!message || std::holds_alternative<dcep::Ack>(*message))
		return 0;
	const auto& options = std::get<ChannelOptions>(*message);
	REQUIRE(dcep::valid(options));
	const auto written = dcep::encodeOpen(options);
	REQUIRE(written.size() <= size && written.size() <= dcep::MAX_MESSAGE);
	const auto again = dcep::decode(written);
	REQUIRE(again && std::holds_alternative<ChannelOptions>(*again));
	const auto& back = std::get<ChannelOptions>(*again);
	REQUIRE(back.label == options.label && back.protocol == options.protocol);
	REQUIRE(back.ordered == options.ordered && back.priority == options.priority);
	REQUIRE(back.maxRetransmits == options.maxRetransmits && back.maxLifetime == options.maxLifetime);
	return 0;
}
