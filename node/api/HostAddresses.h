#pragma once

#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet
{

/// The addresses of this machine's interfaces that are up, with port 0: those that lead out first, loopback
/// last; link-local IPv6 and 169.254/16 are left out. Asks the kernel each time. Any thread.
GIMLET_API std::vector<Endpoint> hostAddresses();

}
