#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "node/api/Endpoint.h"
#include "node/api/Time.h"

namespace gimlet::stun_server
{

/// Bounds what one source is answered, in memory that does not grow with the number of sources.
///
/// A source is an IPv4 address or an IPv6 /64, what a subscriber is given. Each has one token bucket in each
/// of two tables, at places that a keyed hash tells; buckets have no owner, so sources may share one. A
/// source is limited when both its buckets are empty: that a quiet source shares both with flooders is
/// rare until nearly every bucket is flooded.
///
/// A bucket is one number (GCRA, the "virtual scheduling" of ITU-T I.371): the time at which it is full
/// again. Any number of threads: two that meet at a bucket may lose one count, which harms nobody.
class RateLimiter
{
public:
	/// @param perSecond Answers a second; 0 is no limit.
	/// @param burst Answers at once, at least 1.
	/// @param seed Secret and random, or an attacker chooses with whom a victim shares.
	/// @param origin Any time not later than the first allow().
	RateLimiter(unsigned perSecond, unsigned burst, std::uint64_t seed, TimePoint origin);

	/// Whether the source may be answered now; if so the answer is counted.
	bool allow(const Endpoint& source, TimePoint now);

	/// Buckets in each of the two tables.
	static constexpr std::size_t BUCKETS = 1U << 15;

private:
	using Bucket = std::atomic<std::int64_t>;

	bool take(Bucket& bucket, std::int64_t now) const;

	std::int64_t _interval = 0;  ///< ns an answer costs; 0 is no limit
	std::int64_t _tolerance = 0; ///< ns that a bucket may be in debt
	std::uint64_t _seed;
	TimePoint _origin;
	std::unique_ptr<Bucket[]> _buckets;
};

}
