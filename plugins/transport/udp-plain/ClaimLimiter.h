#pragma once

#include <cstddef>
#include <unordered_map>

#include "node/api/Endpoint.h"
#include "node/api/Time.h"

namespace gimlet::udp_plain
{

/// Bounds how often offers and signals, which anybody in the room can cause, make us send datagrams to one
/// address that has not answered. Ports do not count: a flood of any port is a flood of the host.
///
/// A token bucket for each address; a pure object that all peers of one transport share.
class ClaimLimiter
{
public:
	/// Whether a claim on the address may be acted upon now. If so it is counted.
	bool take(const Endpoint& target, TimePoint now);

	/// Addresses that are remembered; bounded by MAX_CLAIMED_ADDRESSES.
	std::size_t size() const
	{
		return _buckets.size();
	}

private:
	struct Bucket
	{
		unsigned tokens = 0;
		TimePoint refilled;
	};

	static void refill(Bucket& bucket, TimePoint now);
	void forgetRested(TimePoint now);

	std::unordered_map<Endpoint, Bucket> _buckets;
};

}
