#pragma once

#include <string>
#include <string_view>

#include "node/api/Identity.h"
#include "plugins/transport/udp-punch/description/Description.h"

/// Who says a description: signing ours, judging the peer's. Pure.
namespace gimlet::udp_punch
{

/// Signs a description to a peer. @throws std::runtime_error if OpenSSL refuses.
void introduce(Description& description, const Identity& own, std::string_view room, const PeerId& peer);

struct Judgement
{
	enum class Kind
	{
		Proven,   ///< signed by the key of the id
		Unsigned, ///< says nothing of its key
		Forged,   ///< signed by another key, or changed on its way
	};

	Kind kind = Kind::Unsigned;
	/// Why it is not Proven, for people.
	std::string reason;
};

/// @param from The id under which signaling offered the peer.
Judgement judge(const Description& description, std::string_view room, const PeerId& from, const PeerId& own);

}
