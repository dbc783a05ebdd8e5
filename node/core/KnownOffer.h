#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "node/api/Signaling.h"
#include "node/core/HeldSignals.h"

namespace gimlet::core
{

/// What one signaling plugin says of a peer: its offer, and how that has served.
struct KnownOffer
{
	Signaling* from = nullptr;
	PeerOffer offer{};
	/// What the peer has said in the offer's session and nobody has heard yet.
	HeldSignals held{};
	/// How often no link came of it in time, since there was one.
	unsigned failures = 0;
	/// The signaling knows the peer no longer.
	bool left = false;
};

/// Whether both sides try the first of two offers before the second: they know the same sessions, so both
/// settle for one of them, whichever they began with.
inline bool goesBefore(const KnownOffer& one, const KnownOffer& other)
{
	return std::tie(one.failures, one.offer.session) < std::tie(other.failures, other.offer.session);
}

inline KnownOffer* findOffer(std::vector<KnownOffer>& offers, const Signaling& from)
{
	for (auto& known : offers)
		if (known.from == &from)
			return &known;
	return nullptr;
}

}
