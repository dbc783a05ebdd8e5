#pragma once

#include <string>

#include "node/api/Port.h"

namespace gimlet
{

/// RFC 8445, section 5.1.1.
enum class CandidateType
{
	Host,
	ServerReflexive,
	PeerReflexive,
	Relayed,
};

/// An address under which a port of ours can be reached.
struct Candidate
{
	CandidateType type = CandidateType::Host;
	Endpoint endpoint;
	/// The local address that it stands for (RFC 8445: base); may be a wildcard.
	Endpoint base;
	Port* port = nullptr;
	/// Who says so, for people: "stun.example.org:3478", "configuration".
	std::string source;
};

/// RFC 4787, section 4.1, as far as discovery can tell.
enum class MappingBehaviour
{
	Unknown,
	EndpointIndependent,
	AddressDependent, ///< or address-and-port-dependent: two servers saw different ports
};

GIMLET_API const char* toString(CandidateType type);
GIMLET_API const char* toString(MappingBehaviour behaviour);

}
