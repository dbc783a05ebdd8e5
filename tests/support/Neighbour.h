#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "node/api/Descriptor.h"

namespace gimlet::test
{

/// The neighbour at the other end of a tap device (OwnNetwork::makeTap): silent until serve() answers who it
/// is, and until then datagrams to it wait in the kernel and take up their socket's buffer.
class Neighbour
{
public:
	explicit Neighbour(int device) : _device(device) {}

	int descriptor() const
	{
		return _device.value();
	}

	/// Reads all frames, answers ARP requests, and keeps what UDP over IPv4 carried.
	void serve()
	{
		ssize_t length = 0;
		while ((length = read(descriptor(), _frame.data(), _frame.size())) > 0)
		{
			const unsigned type = _frame[12] << 8U | _frame[13];
			if (type == 0x0806 && _frame[21] == 1)
				answer();
			else if (type == 0x0800 && _frame[23] == IPPROTO_UDP)
				texts.emplace_back(
					_frame.begin() + 42, _frame.begin() + 34 + (_frame[38] << 8U | _frame[39]));
		}
	}

	std::vector<std::string> texts;

private:
	/// RFC 826: the same packet as a reply, sender and target exchanged.
	void answer()
	{
		constexpr std::array<std::uint8_t, 6> MINE{2, 0, 0, 0, 0, 2};
		const std::array<std::uint8_t, 4> asked{_frame[38], _frame[39], _frame[40], _frame[41]};
		std::copy_n(_frame.begin() + 6, 6, _frame.begin());
		std::copy(MINE.begin(), MINE.end(), _frame.begin() + 6);
		_frame[21] = 2;
		std::copy_n(_frame.begin() + 22, 10, _frame.begin() + 32);
		std::copy(MINE.begin(), MINE.end(), _frame.begin() + 22);
		std::copy(asked.begin(), asked.end(), _frame.begin() + 28);
		EXPECT_EQ(write(descriptor(), _frame.data(), 42), 42);
	}

	Descriptor _device;
	std::array<std::uint8_t, 2048> _frame{};
};

}
