#pragma once

#include <algorithm>
#include <cstdint>

#include "node/api/Bytes.h"

namespace gimlet::fuzz
{

/// Bytes of the input, zeros when it has ended.
class Input
{
public:
	Input(const std::uint8_t* data, std::size_t size) : _rest(data, size) {}

	bool empty() const
	{
		return _rest.empty();
	}

	std::uint8_t byte()
	{
		if (_rest.empty())
			return 0;
		const auto value = _rest.front();
		_rest = _rest.subspan(1);
		return value;
	}

	std::uint32_t number()
	{
		std::uint32_t value = 0;
		for (int i = 0; i < 4; ++i)
			value = value << 8U | byte();
		return value;
	}

	ByteView bytes(std::size_t count)
	{
		const auto taken = _rest.first(std::min(count, _rest.size()));
		_rest = _rest.subspan(taken.size());
		return taken;
	}

private:
	ByteView _rest;
};

}
