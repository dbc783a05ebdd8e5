#include "plugins/discovery/turn/ChannelData.h"

#include <algorithm>
#include <limits>

#include "node/protocol/stun/Wire.h"

namespace gimlet::turn
{

std::optional<ChannelData> parseChannelData(ByteView bytes)
{
	if (bytes.size() < CHANNEL_HEADER_SIZE || !isChannelData(bytes[0]))
		return std::nullopt;
	const std::size_t length = stun::read16(bytes.data() + 2);
	if (length > bytes.size() - CHANNEL_HEADER_SIZE)
		return std::nullopt; // section 12.6: "silently discards"
	return ChannelData{stun::read16(bytes.data()), bytes.subspan(CHANNEL_HEADER_SIZE, length)};
}

std::size_t writeChannelData(std::span<std::uint8_t> out, std::uint16_t number, ByteView data, bool padded)
{
	const auto size = CHANNEL_HEADER_SIZE + (padded ? stun::padded(data.size()) : data.size());
	if (size > out.size() || data.size() > std::numeric_limits<std::uint16_t>::max())
		return 0;
	stun::write16(out.data(), number);
	stun::write16(out.data() + 2, static_cast<std::uint16_t>(data.size()));
	std::copy(data.begin(), data.end(), out.begin() + CHANNEL_HEADER_SIZE);
	std::fill(out.begin() + static_cast<std::ptrdiff_t>(CHANNEL_HEADER_SIZE + data.size()),
		out.begin() + static_cast<std::ptrdiff_t>(size), std::uint8_t{0});
	return size;
}

}
