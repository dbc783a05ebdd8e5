#pragma once

#include <chrono>
#include <string>

#include "node/api/Endpoint.h"

/// What the libraries are asked to do, which takes time, and what came of it.
namespace gimlet::port_mapping
{

enum class Protocol
{
	Pcp,
	NatPmp,
	Upnp,
};

/// "PCP", "NAT-PMP", "UPnP".
const char* toString(Protocol protocol);

struct Job
{
	enum class Kind
	{
		Map,
		Unmap,
	};

	Kind kind = Kind::Map;
	Protocol protocol = Protocol::NatPmp;
	Endpoint gateway{};
	/// This machine's address towards it.
	Endpoint client{};
	std::uint16_t internalPort = 0;
	/// The external port: wished for, or to be unmapped.
	std::uint16_t externalPort = 0;
	std::chrono::seconds lifetime{};
	/// What Result::router said before; "" if nothing.
	std::string router{};
	/// Comes back with the result.
	std::uint64_t number = 0;
};

struct JobResult
{
	std::uint64_t number = 0;
	/// Why it failed, for people; "" if it did not.
	std::string error{};
	/// Nobody answers this protocol.
	bool silent = false;
	Endpoint external{};
	/// 0: until it is unmapped.
	std::chrono::seconds lifetime{};
	/// What makes the next job with this router shorter.
	std::string router{};
};

}
