#pragma once

#include <optional>
#include <string>
#include <variant>

#include "node/api/Candidate.h"
#include "node/api/Time.h"

namespace gimlet::stun_discovery
{

/// The port is seen from outside under this address.
struct Found
{
	Endpoint mapped;
	std::string server; ///< who says so
};

/// No longer.
struct Lost
{
	Endpoint mapped;
};

/// The first round is over.
struct Done
{
};

/// What the NAT does became known, or changed.
struct Mapping
{
	MappingBehaviour behaviour = MappingBehaviour::Unknown;
	std::string detail;
};

/// Everything about the NAT in one family became known, or changed.
struct Behaviour
{
	int family = 0;
	NatBehaviour nat;
	bool complete = false; ///< what is unknown cannot be found out with these servers
};

/// A server answers: for the first time in a round, or otherwise than before.
struct ServerAnswers
{
	std::string server;
	Endpoint mapped;
	std::optional<Duration> roundTrip; ///< empty if the question had to be repeated
};

/// A server does not, at the moment.
struct ServerFails
{
	enum class Why
	{
		Silent,
		Refuses,     ///< with an error, or nonsense
		NotLookedUp, ///< its name has no address at all
		OtherFamily, ///< its name has none of this family
	};

	std::string server;
	int family = 0;
	Why why = Why::Silent;
};

/// Whether anybody answers became known, or changed.
struct Health
{
	bool answered = false;
};

/// A server failed: its name may have another address by now.
struct Resolve
{
	std::string server;
};

using Event =
	std::variant<Found, Lost, Done, Mapping, Behaviour, ServerAnswers, ServerFails, Health, Resolve>;

}
