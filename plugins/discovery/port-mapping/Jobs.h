#pragma once

#include <atomic>
#include <chrono>
#include <memory>
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
	/// What JobResult::router said before; "" if nothing.
	std::string router{};
	/// The mapping exists already: when the job fails, it is to stay.
	bool renewal = false;
	/// Comes back with the result; of all jobs of a Worker no two have the same.
	std::uint64_t number = 0;
	/// Set by the loop when nobody wants the mapping any more: the job is not begun, or what it made is
	/// deleted. Null: that never happens.
	std::shared_ptr<std::atomic<bool>> unwanted{};

	bool isUnwanted() const
	{
		return unwanted && *unwanted;
	}
};

struct JobResult
{
	std::uint64_t number = 0;
	/// Why it failed, for people; "" if it did not.
	std::string error{};
	/// With the port, whatever the address is.
	Endpoint external{};
	/// 0: until it is unmapped.
	std::chrono::seconds lifetime{};
	/// What makes the next job with this router shorter.
	std::string router{};
};

}
