#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "node/api/Bytes.h"
#include "node/api/Channel.h"

/// The Data Channel Establishment Protocol (RFC 8832): its two messages. Pure.
namespace gimlet::udp_punch::sctp::dcep
{

/// Label and protocol have 16 bits of length each (section 5.1).
constexpr std::size_t MAX_TEXT = 65535;
/// The longest message that there is: 12 bytes before two texts.
constexpr std::size_t MAX_MESSAGE = 12 + 2 * MAX_TEXT;

/// DATA_CHANNEL_ACK (section 5.2).
struct Ack
{
};

/// DATA_CHANNEL_OPEN is the options of the channel.
using Message = std::variant<ChannelOptions, Ack>;

/// Whether a DATA_CHANNEL_OPEN can say these options: the texts are not too long and at most one limit is
/// set.
bool valid(const ChannelOptions& options);

/// A lifetime beyond 32 bits of milliseconds is sent as the longest one. @pre valid(options).
Buffer encodeOpen(const ChannelOptions& options);
Buffer encodeAck();

/// Reads one message. Bytes after it are ignored, as are bits of the reliability parameter that its type does
/// not use. @return Nothing if it is cut short, of an unknown type or of an unknown channel type. The texts
/// are not checked to be UTF-8.
std::optional<Message> decode(ByteView bytes);

}
