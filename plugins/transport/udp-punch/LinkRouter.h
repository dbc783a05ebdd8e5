#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/api/Peer.h"

namespace gimlet::udp_punch
{

/// Which link a datagram is for, when many share a port. STUN names it: a link's tag stands at the head of
/// its ice-ufrag, which a request's USERNAME begins with, and of its transaction ids, which responses repeat.
/// What is not STUN is known by where it comes from, once an authentic STUN message has come from there. Loop
/// thread only.
class LinkRouter
{
public:
	/// A tag that no link has. @param random 32 random bits to begin with.
	std::uint32_t freeTag(std::uint32_t random) const;

	void add(std::uint32_t tag, const PeerId& peer);
	void remove(std::uint32_t tag);

	/// The peer whose link a STUN datagram is for, by what it says; null if none.
	const PeerId* byStun(ByteView datagram) const;

	/// The peer whose datagrams come from there; null if nobody's do.
	const PeerId* byRemote(const Endpoint& remote) const;

	/// An authentic message for the link has come from there.
	void learn(const Endpoint& remote, const PeerId& peer);

	/// The head of an ice-ufrag for a tag: 8 characters.
	static std::string ufragHead(std::uint32_t tag);

private:
	struct Source
	{
		PeerId peer;
		std::uint64_t used = 0;
	};

	void forgetOldest();

	std::unordered_map<std::uint32_t, PeerId> _tags;
	std::unordered_map<Endpoint, Source> _sources;
	std::uint64_t _clock = 0;
};

}
