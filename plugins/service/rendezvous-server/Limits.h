#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "node/api/TokenBucket.h"
#include "node/protocol/identity/RegistrationProof.h"

namespace gimlet::rendezvous_server
{

/// How long the holder of an id has to answer a ping when a newer connection claims it.
inline constexpr std::chrono::seconds CLAIM_TIMEOUT{5};

/// How long a connection has to prove a version 8 id: as long as the challenge holds.
inline constexpr std::chrono::seconds PROOF_TIMEOUT{identity::CHALLENGE_SECONDS};

/// What a claiming or unproven connection may say meanwhile; it is heard when the id is its own.
inline constexpr std::size_t CLAIM_MESSAGES = 32;

/// After so long without a message too many a connection counts as calm.
inline constexpr std::chrono::seconds CALM{10};

/// How many messages too many, without a calm between them, end a connection: 4 times what it may send at
/// once, and not fewer than 100.
inline constexpr std::size_t MIN_ABUSE = 100;

/// What is allowed; from the configuration.
struct Limits
{
	std::size_t maxMembers = 50'000;
	std::size_t maxRooms = 10'000;
	std::size_t maxPerRoom = 250;
	std::size_t maxPerAddress = 500;
	std::size_t maxMessage = 64 * 1024;
	std::size_t maxSignal = 16 * 1024;
	Rate messages{100, 50};
	Rate endpoints = Rate::perMinute(12);
	Rate offers = Rate::perMinute(600);
	/// Proofs of version 8 ids by one address: each costs a verification, about 100 us.
	Rate proofs{200, 50};
	/// The names by which workers dial this rendezvous, "host" (any port) or "host:port", as
	/// identity::proofHost() spells them; empty means whatever Host their requests bear.
	std::vector<std::string> names;
	/// Of the regular pings, for welcome; zero for none.
	std::chrono::milliseconds pingInterval{25'000};
};

/// What has happened, ever.
struct Counters
{
	std::size_t joined = 0;
	std::size_t left = 0;
	std::size_t replaced = 0;
	std::size_t idRefused = 0; ///< connections that claimed an id in vain
	std::size_t proven = 0;
	std::size_t proofsRefused = 0;
	std::size_t proofsTooMany = 0;
	std::size_t unproven = 0; ///< connections whose time for a proof ran out
	std::size_t messages = 0;
	std::size_t badMessages = 0;
	std::size_t tooManyMessages = 0;
	std::size_t closedForAbuse = 0;
	std::size_t signals = 0;
	std::size_t signalsFailed = 0;
	std::size_t offers = 0; ///< pairs
	std::size_t offersHeld = 0;
	std::size_t offersRefused = 0;
	std::size_t incompatible = 0; ///< pairs
	std::size_t endpoints = 0;
	std::size_t endpointsRefused = 0;
	std::size_t endpointsElsewhere = 0; ///< accepted, at another address than the client was seen at
};

}
