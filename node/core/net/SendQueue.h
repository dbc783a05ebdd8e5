#pragma once

#include "node/api/Bytes.h"

namespace gimlet::core
{

/// Bytes that wait: appended at the end, taken from the front without moving the rest each time.
class SendQueue
{
public:
	void append(ByteView bytes)
	{
		_bytes.insert(_bytes.end(), bytes.begin(), bytes.end());
	}

	/// To be appended to by others.
	Buffer& buffer()
	{
		return _bytes;
	}

	ByteView waiting() const
	{
		return ByteView{_bytes}.subspan(_taken);
	}

	std::size_t size() const
	{
		return _bytes.size() - _taken;
	}

	bool empty() const
	{
		return size() == 0;
	}

	/// The first bytes of waiting() are done with.
	void take(std::size_t length)
	{
		_taken += length;
		if (_taken == _bytes.size())
		{
			_bytes.clear();
			_taken = 0;
		}
		else if (_taken > COMPACT && _taken > _bytes.size() / 2)
		{
			_bytes.erase(_bytes.begin(), _bytes.begin() + static_cast<std::ptrdiff_t>(_taken));
			_taken = 0;
		}
	}

private:
	static constexpr std::size_t COMPACT = 16 * 1024;

	Buffer _bytes;
	std::size_t _taken = 0;
};

}
