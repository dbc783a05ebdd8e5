#include "plugins/discovery/turn/StreamSplitter.h"

#include <algorithm>
#include <utility>

#include "node/protocol/stun/Constants.h"
#include "node/protocol/stun/Wire.h"
#include "plugins/discovery/turn/ChannelData.h"

namespace gimlet::turn
{

namespace
{

/// Both kinds have their length in the third and fourth byte.
constexpr std::size_t LENGTH_KNOWN = 4;
constexpr std::size_t COOKIE_KNOWN = 8;

}

std::optional<std::size_t> StreamSplitter::messageSize(ByteView bytes)
{
	if (bytes.empty())
		return 0;
	const bool channel = isChannelData(bytes[0]);
	if (!channel && bytes[0] > 3) // RFC 7983: 0 to 3 is STUN
		return std::nullopt;
	if (bytes.size() < LENGTH_KNOWN)
		return 0;
	const std::size_t length = stun::read16(bytes.data() + 2);
	if (channel)
		return CHANNEL_HEADER_SIZE + stun::padded(length);
	const bool foreign =
		bytes.size() >= COOKIE_KNOWN && stun::read32(bytes.data() + LENGTH_KNOWN) != stun::MAGIC_COOKIE;
	if (foreign || length != stun::padded(length))
		return std::nullopt;
	return stun::HEADER_SIZE + length;
}

bool StreamSplitter::complete(ByteView& bytes)
{
	for (;;)
	{
		const auto size = messageSize(_rest);
		if (!size)
		{
			_broken = true;
			return false;
		}
		if (*size != 0 && _rest.size() == *size)
			return true;
		if (bytes.empty())
			return false;
		// Byte by byte up to where a message says more of itself, then all of it.
		const auto target = *size == 0                    ? LENGTH_KNOWN
							: _rest.size() < COOKIE_KNOWN ? std::min(*size, COOKIE_KNOWN)
														  : *size;
		const auto taken = bytes.first(std::min(target - _rest.size(), bytes.size()));
		_rest.insert(_rest.end(), taken.begin(), taken.end());
		bytes = bytes.subspan(taken.size());
	}
}

bool StreamSplitter::receive(ByteView bytes, const Handler& handler)
{
	while (!_broken && !(bytes.empty()))
	{
		if (!_rest.empty())
		{
			if (complete(bytes))
				handler(std::exchange(_rest, {}));
			continue;
		}
		const auto size = messageSize(bytes);
		if (!size)
			_broken = true;
		else if (*size == 0 || *size > bytes.size())
		{
			_rest.assign(bytes.begin(), bytes.end());
			bytes = {};
		}
		else
		{
			handler(bytes.first(*size));
			bytes = bytes.subspan(*size);
		}
	}
	return !_broken;
}

}
