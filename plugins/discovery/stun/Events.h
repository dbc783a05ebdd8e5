#pragma once

#include <string>
#include <variant>

#include "node/api/Candidate.h"

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

using Event = std::variant<Found, Lost, Done, Mapping, Health, Resolve>;

}
