#pragma once

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet::stun_discovery
{

/// A datagram to send. The bytes last until the machine's next call.
struct Transmit
{
	ByteView bytes;
	Endpoint server;
};

}
