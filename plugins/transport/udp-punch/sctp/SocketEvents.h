#pragma once

#include "plugins/transport/udp-punch/sctp/Socket.h"

namespace gimlet::udp_punch::sctp
{

/// Reads a notification of usrsctp (RFC 6458, section 6). Anything too short or unknown is Other.
SocketEvent readNotification(ByteView bytes);

}
