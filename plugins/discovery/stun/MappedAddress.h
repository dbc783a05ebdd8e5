#pragma once

#include <optional>

#include "node/api/Endpoint.h"
#include "node/protocol/stun/MessageView.h"

namespace gimlet::stun_discovery
{

/// What an answer says of our address: XOR-MAPPED-ADDRESS, or from servers older than RFC 5389
/// MAPPED-ADDRESS. Empty if it is an error or broken, or names no address of this family that a peer could
/// send to.
std::optional<Endpoint> mappedAddress(const stun::MessageView& answer, int family);

}
