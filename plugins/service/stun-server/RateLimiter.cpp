#include "plugins/service/stun-server/RateLimiter.h"

#include <algorithm>
#include <chrono>

namespace gimlet::stun_server
{

namespace
{

constexpr std::int64_t SECOND = 1'000'000'000;

/// The IPv4 address, or the first 64 bits of an IPv6 one.
std::uint64_t network(const Endpoint& source)
{
	std::uint64_t result = source.isV4() ? 1 : 0; // apart from the first 32 bits of an IPv6 network
	for (const auto byte : source.address().first(source.isV4() ? 4 : 8))
		result = result << 8 | byte;
	return result;
}

/// A bijection in which every bit of the input decides over every bit of the output (the last step of
/// MurmurHash3).
std::uint64_t mix(std::uint64_t value)
{
	value ^= value >> 33;
	value *= 0xff51afd7ed558ccdU;
	value ^= value >> 33;
	value *= 0xc4ceb9fe1a85ec53U;
	return value ^ value >> 33;
}

}

RateLimiter::RateLimiter(unsigned perSecond, unsigned burst, std::uint64_t seed, TimePoint origin) :
	_seed(seed), _origin(origin)
{
	if (perSecond == 0)
		return;
	_interval = SECOND / perSecond;
	_tolerance = _interval * (std::max(burst, 1U) - 1);
	_buckets = std::make_unique<Bucket[]>(2 * BUCKETS);
}

bool RateLimiter::allow(const Endpoint& source, TimePoint now)
{
	if (_interval == 0)
		return true;
	const auto hash = mix(network(source) ^ _seed);
	const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(now - _origin).count();
	// Both are asked: a source that shares one bucket with a flooder must find the other in its own state.
	const bool one = take(_buckets[hash % BUCKETS], time);
	const bool other = take(_buckets[BUCKETS + (hash >> 32) % BUCKETS], time);
	return one || other;
}

bool RateLimiter::take(Bucket& bucket, std::int64_t now) const
{
	const auto full = std::max(bucket.load(std::memory_order_relaxed), now);
	if (full - now > _tolerance)
		return false;
	bucket.store(full + _interval, std::memory_order_relaxed);
	return true;
}

}
