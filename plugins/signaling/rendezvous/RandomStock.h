#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "node/protocol/websocket/Frames.h"

namespace gimlet::rendezvous_client
{

/// A source that asks another one for much at a time: OpenSSL takes 2.4 us for the four bytes of a mask, half
/// of what a relayed datagram costs, and hardly more for a hundred masks (measured).
class RandomStock
{
public:
	explicit RandomStock(websocket::RandomSource source) : _source(std::move(source)) {}

	void operator()(std::span<std::uint8_t> out)
	{
		if (out.size() > _stock.size())
			return _source(out);
		if (out.size() > _stock.size() - _used)
		{
			_source(_stock);
			_used = 0;
		}
		std::copy_n(_stock.data() + _used, out.size(), out.data());
		_used += out.size();
	}

private:
	websocket::RandomSource _source;
	std::array<std::uint8_t, 1024> _stock{};
	std::size_t _used = _stock.size();
};

}
