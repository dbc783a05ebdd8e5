#pragma once

#include <chrono>
#include <functional>

#include "node/api/Time.h"
#include "node/protocol/stun/ClientTransaction.h"

namespace gimlet::turn
{

/// What RFC 8656 fixes.
namespace rfc8656
{
using namespace std::chrono_literals;

/// Section 3.2: "the default lifetime" of an allocation, for a server that does not say it.
constexpr Duration ALLOCATION_LIFETIME = 10min;
/// Section 9: "the Permission Lifetime MUST be 300 seconds".
constexpr Duration PERMISSION_LIFETIME = 5min;
/// Section 12: "the binding lasts for 10 minutes".
constexpr Duration CHANNEL_LIFETIME = 10min;
/// Section 12: for so long after its end a channel number is bound to no other peer, nor the peer to another.
constexpr Duration CHANNEL_REST = 5min;
}

/// Our own choices of when things happen.
struct Timing
{
	/// The first request, by RFC 8489's timing: 39.5 s until a server counts as dead. Several are asked at
	/// once.
	stun::ClientTransaction::Timing allocate{};

	/// Requests of an allocation that worked a moment ago: given up after 11.5 s.
	stun::ClientTransaction::Timing request{.rto = std::chrono::milliseconds{500}, .rc = 5, .rm = 8};

	/// The server was silent for so long: the allocation is refreshed. It keeps the mapping of a NAT on the
	/// way, which many forget after 30 s, and notices a server that is gone or has forgotten us.
	Duration quiet = std::chrono::seconds{20};

	/// A permission in use is asked for again after so long, a channel too: both with a minute in hand.
	Duration permissionAge = std::chrono::minutes{4};
	Duration channelAge = std::chrono::minutes{8};
	/// A binding is used no longer than this, a minute less than the server keeps it.
	Duration channelUse = std::chrono::minutes{9};

	/// Until a peer that the server has refused is asked for again, and a channel that was not bound.
	Duration deniedPause = std::chrono::minutes{1};
};

/// Bounds of an allocation. A room may have hundreds of peers with a few addresses each; what is not used
/// goes after minutes.
namespace limits
{
/// Addresses of peers that the server lets through.
constexpr std::size_t PERMISSIONS = 256;
/// Peers that have a channel. Others cost 32 bytes more a datagram.
constexpr std::size_t CHANNELS = 256;
/// Datagrams that wait for a permission, of one address and of all together: the first checks of ICE.
constexpr std::size_t WAITING_OF_ONE = 8;
constexpr std::size_t WAITING = 64;
/// How often one request is repeated for a new nonce or realm.
constexpr unsigned CHALLENGES = 4;
}

/// Chance, given from outside.
struct Random
{
	/// 96 bits that nobody can guess.
	std::function<stun::TransactionId()> transactionId;
	/// At least 0 and less than 1.
	std::function<double()> fraction;
};

}
