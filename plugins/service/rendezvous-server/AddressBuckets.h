#pragma once

#include <cstddef>
#include <unordered_map>

#include "node/api/Endpoint.h"
#include "node/api/TokenBucket.h"

namespace gimlet::rendezvous_server
{

/// What is counted as one address: an IPv4 address, or the /64 that an IPv6 address is in, since whoever
/// has one address of it has them all. The port is 0.
Endpoint addressKey(const Endpoint& endpoint);

/// A bucket for each address, as long as it is not full. Bounded: when there are too many, a new address has
/// to wait until old ones are forgotten.
class AddressBuckets
{
public:
	AddressBuckets(const Rate& rate, std::size_t maxAddresses) : _rate(rate), _maxAddresses(maxAddresses) {}

	/// @return Whether it may happen now for this address.
	bool take(const Endpoint& endpoint, TimePoint now);

	/// When the next one may happen for this address; NEVER if the table is full.
	TimePoint next(const Endpoint& endpoint, TimePoint now);

	/// Takes one that happens at next(), which was called just before.
	void reserve(const Endpoint& endpoint);

	std::size_t size() const
	{
		return _buckets.size();
	}

private:
	TokenBucket* bucket(const Endpoint& key, TimePoint now);
	void forget(TimePoint now);

	Rate _rate;
	std::size_t _maxAddresses;
	std::unordered_map<Endpoint, TokenBucket> _buckets;
	TimePoint _forgotten = TimePoint::min();
};

}
