#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/api/HostAddresses.h"
#include "node/api/NetworkFact.h"

namespace gimlet::core
{

/// What of this machine's network matters to the paths that lead through it. Two that are equal are the same
/// network to a node, whatever containers and virtual machines have done meanwhile.
struct NetworkState
{
	/// The way that a datagram to the Internet takes first.
	struct Way
	{
		std::string interface {
		};                  ///< "" if it is not known
		unsigned index = 0; ///< its number, which one that was made anew has not
		Endpoint gateway{}; ///< invalid: none, or not known
		Endpoint source{};  ///< the address that the kernel sends from
		unsigned mtu = 0;   ///< 0: not known

		friend bool operator==(const Way&, const Way&) = default;
	};

	/// Those that others may send to, of interfaces that are up; in a fixed order.
	std::vector<HostAddress> addresses;
	std::optional<Way> ipv4;
	std::optional<Way> ipv6;

	friend bool operator==(const NetworkState&, const NetworkState&) = default;
};

/// Asks the kernel by rtnetlink: all addresses, and the ways of IPv4 and IPv6. It takes some ten system calls
/// and never waits, however many routes and interfaces there are. Any thread.
/// @return Empty, with a sentence, where rtnetlink is not to be had.
std::optional<NetworkState> readNetworkState(std::string& error);

/// What can be known without rtnetlink: what the C library lists, and where the sockets of this machine would
/// send from. Any thread.
NetworkState guessNetworkState();

/// The same in words for people, as facts of the topics "ipv4", "ipv6" and "mtu"; what is not known is taken
/// back.
std::vector<NetworkFact> networkFacts(const NetworkState& state);

}
