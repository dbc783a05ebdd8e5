#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "plugins/signaling/lan/Room.h"

/// The datagrams of the local network (docs/PROTOCOL.md, section 8): bytes to values and back.
namespace gimlet::lan
{

/// "Here I am."
struct Announcement
{
	/// Whoever hears it should announce itself to the sender.
	bool asks = false;
	std::string name{};
	std::vector<std::string> transports{};

	friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// "I am about to go."
struct Goodbye
{
	friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

/// A part of a signal.
struct Fragment
{
	PeerId to;
	/// The beginning of the session: both mean the same runs of each other.
	std::uint64_t tag = 0;
	/// Counts the signals of this sender to this receiver in the session, from 1.
	std::uint32_t sequence = 0;
	std::uint8_t index = 0;
	std::uint8_t count = 1;
	/// FRAGMENT of them, but for the last part. A view into the datagram.
	ByteView bytes{};
};

/// Which parts of a signal have come.
struct Acknowledgement
{
	PeerId to;
	std::uint64_t tag = 0;
	std::uint32_t sequence = 0;
	/// Bit i stands for the part i.
	std::uint16_t received = 0;

	friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

using Body = std::variant<Announcement, Goodbye, Fragment, Acknowledgement>;

struct Datagram
{
	Presence from;
	Body body;
};

/// The first eight bytes of a session's name, which is hexadecimal.
std::uint64_t sessionTag(const std::string& session);

/// Why a datagram was not read.
enum class Unread
{
	Malformed,
	OtherRoom,
	Forged, ///< the room has a token, and the sender does not know it
};

/// @param from Its id must be a worker id.
Buffer encode(const Room& room, const Presence& from, const Body& body);

/// Reads what encode() writes. What follows a body that is complete is ignored, and so is an unknown flag;
/// an unknown type or version is malformed.
std::variant<Datagram, Unread> decode(const Room& room, ByteView bytes);

}
