#include "node/protocol/relay/Frame.h"

#include <algorithm>

namespace gimlet::relay
{

std::optional<Frame> parseFrame(ByteView payload)
{
	if (payload.size() <= KEY_SIZE || payload.size() > MAX_FRAME)
		return std::nullopt;
	return Frame{.other = readKey(payload.data()), .datagram = payload.subspan(KEY_SIZE)};
}

ByteView writeFrame(std::array<std::uint8_t, MAX_FRAME>& room, const Frame& frame)
{
	if (frame.datagram.empty() || frame.datagram.size() > MAX_DATAGRAM)
		return {};
	writeKey(room.data(), frame.other);
	std::copy(frame.datagram.begin(), frame.datagram.end(), room.begin() + KEY_SIZE);
	return ByteView{room}.first(KEY_SIZE + frame.datagram.size());
}

}
