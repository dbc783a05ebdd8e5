#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Peer.h"

/// What those who share a room derive alike. Pure.
namespace gimlet::lan
{

using RoomTag = std::array<std::uint8_t, 8>;

/// A room, and the secret of those who may be in it ("" for none).
class Room
{
public:
	Room(std::string name, std::string token);

	const std::string& name() const
	{
		return _name;
	}
	const std::string& token() const
	{
		return _token;
	}

	/// Stands for the room in datagrams: the beginning of a digest, so that the name itself is not told.
	const RoomTag& tag() const
	{
		return _tag;
	}

private:
	std::string _name;
	std::string _token;
	RoomTag _tag;
};

/// One run of a node: whoever starts anew chooses another epoch.
struct Presence
{
	PeerId id;
	std::uint64_t epoch = 0;
};

/// Names the pairing of two runs in a room: 32 characters, the same for (a, b) and (b, a).
std::string sessionOf(const Room& room, const Presence& a, const Presence& b);

/// The transport that two nodes use, as a rendezvous would choose it: one of ours before udp-plain, then the
/// one that stands earliest in both lists together, then the alphabet. "" if there is none.
std::string commonTransport(const std::vector<std::string>& a, const std::vector<std::string>& b);

}
