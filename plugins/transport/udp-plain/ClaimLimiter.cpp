#include "plugins/transport/udp-plain/ClaimLimiter.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

bool ClaimLimiter::take(const Endpoint& target, TimePoint now)
{
	const auto key = target.withPort(0);
	auto found = _buckets.find(key);
	if (found == _buckets.end())
	{
		if (_buckets.size() >= MAX_CLAIMED_ADDRESSES)
			forgetRested(now);
		if (_buckets.size() >= MAX_CLAIMED_ADDRESSES)
			return false;
		found = _buckets.emplace(key, Bucket{.tokens = CLAIMS_AT_ONCE, .refilled = now}).first;
	}
	auto& bucket = found->second;
	refill(bucket, now);
	if (bucket.tokens == 0)
		return false;
	--bucket.tokens;
	return true;
}

void ClaimLimiter::refill(Bucket& bucket, TimePoint now)
{
	const auto earned = std::max<std::int64_t>((now - bucket.refilled) / CLAIM_INTERVAL, 0);
	bucket.refilled += earned * CLAIM_INTERVAL;
	bucket.tokens = static_cast<unsigned>(std::min<std::int64_t>(bucket.tokens + earned, CLAIMS_AT_ONCE));
}

void ClaimLimiter::forgetRested(TimePoint now)
{
	for (auto entry = _buckets.begin(); entry != _buckets.end();)
	{
		refill(entry->second, now);
		entry = entry->second.tokens == CLAIMS_AT_ONCE ? _buckets.erase(entry) : std::next(entry);
	}
}

}
