#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/api/TokenBucket.h"

namespace gimlet::rendezvous_server
{

/// Names a connection; never used twice.
using Key = std::uint64_t;

inline constexpr Key NOBODY = 0;

/// What a member understands; its first message decides.
enum class Speech
{
	Undecided,
	FirstVersion,
	Hello,
};

struct Room;

/// A connection and what it said of itself.
struct Member
{
	Member(Key itsKey, std::string itsId, const Endpoint& itsRemote, std::uint64_t itsNonce,
		const TokenBucket& itsMessages, const TokenBucket& itsEndpoints) :
		key(itsKey),
		id(std::move(itsId)),
		remote(itsRemote),
		nonce(itsNonce),
		messages(itsMessages),
		endpoints(itsEndpoints)
	{
	}

	bool firstVersion() const
	{
		return speech == Speech::FirstVersion;
	}

	bool hello() const
	{
		return speech == Speech::Hello;
	}

	Key key;
	std::string id;
	Endpoint remote;      ///< where its connection comes from
	Room* room = nullptr; ///< null while it claims an id that is in use
	Speech speech = Speech::Undecided;
	std::string name;
	std::vector<std::string> transports;
	std::string publicIp;
	std::optional<Endpoint> endpoint;

	/// Half of the names of its sessions.
	std::uint64_t nonce;
	/// The one peer that a first-version worker is offered to.
	Key partner = NOBODY;
	/// How many first-version workers have it as their partner.
	std::size_t partners = 0;

	TokenBucket messages;
	TokenBucket endpoints;
	/// Messages that were too many since it was last calm, and when the latest of them came.
	std::size_t tooMany = 0;
	TimePoint tooManyAt = TimePoint::min();

	bool hasPlace = false;     ///< at the relay
	TimePoint turnDue = NEVER; ///< when its TURN servers are to be renewed

	/// The newer connection that claims this one's id.
	Key claimant = NOBODY;
};

/// Members, in the order in which they came.
struct Room
{
	std::string name;
	std::vector<Member*> members;
};

}
