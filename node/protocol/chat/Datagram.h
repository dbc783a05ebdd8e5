#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Peer.h"

/// The plain datagrams of udp-plain/1 (docs/PROTOCOL.md, section 3): text, unencrypted, one message each.
namespace gimlet::chat
{

/// Ours sends no more than this in one datagram, so that no path needs to fragment it (RFC 8085, section 3.2:
/// 1,280 bytes of IPv6's least MTU, less the headers).
inline constexpr std::size_t MAX_SENT = 1200;

/// What UDP over IPv4 can carry at most (65,535 bytes less 20 of IP and 8 of UDP); accepted of everyone.
inline constexpr std::size_t MAX_ACCEPTED = 65'507;

/// Characters of a message id. Longer ones are refused by decode().
inline constexpr std::size_t MAX_ID = 64;

enum class Kind
{
	Punch,        ///< P2P_HOLE_PUNCH_PING_FROM_<worker_id>_NUM_<n>
	OldPing,      ///< text that contains P2P_PING_FROM_; wants a P2P_PONG
	OldPong,      ///< text that contains P2P_PONG; names nobody
	Text,         ///< chat_message
	TextAck,      ///< chat_ack
	Keepalive,    ///< keepalive
	KeepaliveAck, ///< keepalive_ack
	Other,        ///< a JSON object of a type that we do not know; it may name its sender
};

/// A decoded datagram. Which members mean something depends on the kind.
struct Datagram
{
	Kind kind = Kind::Other;

	/// The sender's worker id in lower case. Always there for Punch, Text and what is ours only;
	/// else "" if the datagram names none.
	PeerId from{};

	/// The n of Punch, Keepalive and KeepaliveAck.
	std::uint64_t number = 0;

	/// Keepalive: the sender ends, and this is the last that it says.
	bool bye = false;

	/// Text: all of it, the id "" if the sender gave none. TextAck: the id.
	ChatMessage message{};

	/// Text: the id of the message that its sender wants shown before this one, or "".
	std::string after{};
};

/// Reads a datagram of a stranger. Unknown members are ignored; known ones must be what they should be.
/// @return Empty if it is none of the above, malformed, not UTF-8, or over MAX_ACCEPTED.
std::optional<Datagram> decode(ByteView datagram);

/// Whether the first byte is that of a plain datagram ('{' or 'P'), which no protocol of RFC 7983 uses.
bool looksPlain(ByteView datagram);

std::string encodePunch(const PeerId& from, std::uint64_t number);
std::string encodeOldPong();

/// @param after The id of the message that the receiver should show before this one, or "".
std::string encodeText(const PeerId& from, const ChatMessage& message, const std::string& after = {});
std::string encodeTextAck(const PeerId& from, const std::string& id);

/// @param bye Whether it is the sender's last word; who does not know the member takes it for a keepalive.
std::string encodeKeepalive(const PeerId& from, std::uint64_t number, bool bye = false);
std::string encodeKeepaliveAck(const PeerId& from, std::uint64_t number);

/// A sentence that says that the message takes more than MAX_SENT bytes as JSON, with both numbers; "" if
/// it fits.
std::string tooLarge(const PeerId& from, const ChatMessage& message);

/// The largest content that fits beside an id of 36 characters and a time, in bytes of UTF-8 after JSON
/// escaping, without the quotes (see Transport::maxMessage).
std::size_t maxContent();

}
