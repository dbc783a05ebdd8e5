#pragma once

#include <random>

namespace gimlet::rendezvous_client
{

/// 0 to 1, for the pauses between attempts.
inline double chance()
{
	std::random_device device;
	return std::generate_canonical<double, 32>(device);
}

}
