#include "plugins/service/rendezvous-server/AddressBuckets.h"

#include <algorithm>
#include <array>

namespace gimlet::rendezvous_server
{

Endpoint addressKey(const Endpoint& endpoint)
{
	if (!endpoint.isV6())
		return endpoint.withPort(0);
	std::array<std::uint8_t, 16> network{};
	std::copy_n(endpoint.address().begin(), 8, network.begin());
	return Endpoint::fromBytes(network, 0);
}

bool AddressBuckets::take(const Endpoint& endpoint, TimePoint now)
{
	TokenBucket* found = bucket(addressKey(endpoint), now);
	return found && found->take(_rate, now);
}

TimePoint AddressBuckets::next(const Endpoint& endpoint, TimePoint now)
{
	TokenBucket* found = bucket(addressKey(endpoint), now);
	return found ? found->next(_rate, now) : NEVER;
}

void AddressBuckets::reserve(const Endpoint& endpoint)
{
	const auto found = _buckets.find(addressKey(endpoint));
	if (found != _buckets.end())
		found->second.charge(1);
}

TokenBucket* AddressBuckets::bucket(const Endpoint& key, TimePoint now)
{
	const auto found = _buckets.find(key);
	if (found != _buckets.end())
		return &found->second;
	if (_buckets.size() >= _maxAddresses)
		forget(now);
	if (_buckets.size() >= _maxAddresses)
		return nullptr;
	return &_buckets.emplace(key, TokenBucket{_rate, now}).first->second;
}

void AddressBuckets::forget(TimePoint now)
{
	// At most once a second, so that a flood of addresses does not make every call walk the table.
	if (_forgotten != TimePoint::min() && now < _forgotten + std::chrono::seconds{1})
		return;
	_forgotten = now;
	std::erase_if(_buckets, [&](auto& entry) { return entry.second.full(_rate, now); });
}

}
