#pragma once

#include "node/api/Endpoint.h"

namespace gimlet::udp_punch::ice
{

/// Whether a peer may make us send there: not to unspecified, multicast, broadcast, reserved and link-local
/// addresses nor to those under which clouds keep their metadata, and to loopback only if allowed. IPv4
/// addresses inside IPv6 ones (mapped, compatible, NAT64, 6to4) are judged as what they stand for.
bool mayTarget(const Endpoint& endpoint, bool allowLoopback);

}
