#include "plugins/service/rendezvous-server/OfferLimit.h"

namespace gimlet::rendezvous_server
{

OfferLimit::Verdict OfferLimit::ask(Key a, Key b, const std::vector<Endpoint>& claims, TimePoint now)
{
	// A pair that waits already will be offered with what its members say by then.
	if (holds(a, b))
		return Verdict::Later;
	TimePoint when = now;
	for (const Endpoint& claim : claims)
	{
		const TimePoint next = _addresses.next(claim, now);
		if (next == NEVER || next > now + PATIENCE)
			return Verdict::Refused;
		when = std::max(when, next);
	}
	if (when > now && _held.size() >= MAX_HELD)
		return Verdict::Refused;
	for (const Endpoint& claim : claims)
		_addresses.reserve(claim);
	if (when == now)
		return Verdict::Now;
	_held.insert(ordered(a, b));
	_queue.emplace(when, Held{a, b, claims});
	return Verdict::Later;
}

std::vector<OfferLimit::Held> OfferLimit::due(TimePoint now)
{
	std::vector<Held> result;
	while (!_queue.empty() && _queue.begin()->first <= now)
	{
		result.push_back(std::move(_queue.begin()->second));
		_held.erase(ordered(result.back().a, result.back().b));
		_queue.erase(_queue.begin());
	}
	return result;
}

}
