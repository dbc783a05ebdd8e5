#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

/// RFC 4787, section 5: from whom the NAT lets datagrams in, to a mapping that exists.
enum class FilteringBehaviour
{
	Unknown,
	EndpointIndependent,     ///< anybody
	AddressDependent,        ///< whose address was sent to
	AddressAndPortDependent, ///< whose address and port was sent to
};

/// RFC 4787, section 4.2.1: which ports a NAT gives to new mappings.
enum class PortAssignment
{
	Unknown,
	Preserving, ///< the local one
	Sequential, ///< the next one, up or down
	Random,
};

/// What is known of the NATs in front of a port, taken together.
struct NatBehaviour
{
	MappingBehaviour mapping = MappingBehaviour::Unknown;
	FilteringBehaviour filtering = FilteringBehaviour::Unknown;
	PortAssignment assignment = PortAssignment::Unknown;
	/// From one mapping's port to the next one's, while assignment is Sequential: 1, 2, -1.
	int step = 0;
	/// The ports that were seen of late, the newest last, at most MAX_PORTS: what is known of the block that
	/// a carrier's NAT gives out, and where a sequence stands. Only while mapping is AddressDependent.
	std::vector<std::uint16_t> ports{};
	/// The public address that they are ports of; invalid if unknown.
	Endpoint address{};
	/// Whether the NAT passes on what is sent from inside to its own public address.
	std::optional<bool> hairpin{};

	static constexpr std::size_t MAX_PORTS = 16;

	friend bool operator==(const NatBehaviour&, const NatBehaviour&) = default;
};

GIMLET_API const char* toString(CandidateType type);
GIMLET_API const char* toString(MappingBehaviour behaviour);
/// "unknown", "endpoint-independent", "address-dependent", "address-and-port-dependent".
GIMLET_API const char* toString(FilteringBehaviour behaviour);
/// "unknown", "preserving", "sequential", "random".
GIMLET_API const char* toString(PortAssignment assignment);

}
