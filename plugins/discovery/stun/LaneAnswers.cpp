// What answers, and their absence, tell a Lane; whom it asks when is in Lane.cpp.
#include <algorithm>
#include <utility>

#include "plugins/discovery/stun/Lane.h"
#include "plugins/discovery/stun/MappedAddress.h"
#include "plugins/discovery/stun/NatEvidence.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace stun;

Duration scaled(Duration duration, double factor)
{
	return std::chrono::duration_cast<Duration>(duration * factor);
}

}

bool Lane::onResponse(const MessageView& message, const Endpoint& source, TimePoint now)
{
	for (auto& probe : _probes)
	{
		if (!probe.transaction || !probe.transaction->onResponse(message, source, now))
			continue;
		if (const auto mapped = mappedAddress(message, _family))
			succeed(probe, *mapped, now);
		else
		{
			tellFailure(probe, ServerFails::Why::Refuses);
			fail(probe, now);
		}
		return true;
	}
	return false;
}

void Lane::succeed(Probe& probe, const Endpoint& mapped, TimePoint now)
{
	if (probe.mapped != mapped || probe.round != _round || probe.told)
		_events.emplace_back(ServerAnswers{probe.server, mapped, probe.transaction->roundTrip()});
	probe.told.reset();
	probe.silentAt = NEVER;
	const bool changed = probe.mapped && *probe.mapped != mapped && probe.round == _round;
	probe.answeredBy = probe.transaction->server();
	probe.transaction.reset();
	probe.failures = 0;
	probe.retryAt = NEVER;
	probe.notBefore = TimePoint::min();
	probe.mapped = mapped;
	if (changed)
		beginRound(now, false, &probe);
	probe.round = _round;
	const bool outside = isOutside(probe.answeredBy);
	for (auto& other : _probes)
		if (other.mapped && other.round != _round && *other.mapped != mapped &&
			isOutside(other.answeredBy) == outside)
			other.mapped.reset();
	if (!hasPrimary() || (outside && !_primaryOutside))
	{
		_primary = probe.server;
		_primaryRound = _round;
		_primaryOutside = outside;
	}
	if (probe.server == _primary)
	{
		_refreshAt = now + scaled(_timing.refresh, 1.0 + 0.25 * _random.fraction());
		_failoverAt = NEVER;
	}
	_silentAt = NEVER;
	setAnswered(true);
	announce();
}

void Lane::fail(Probe& probe, TimePoint now)
{
	probe.transaction.reset();
	probe.mapped.reset();
	const auto longest = hasPrimary() ? _timing.longestPauseOfSpare : _timing.longestPause;
	const auto factor = static_cast<double>(1U << std::min(probe.failures, 20U));
	const auto pause = std::min(scaled(_timing.firstPause, factor), longest);
	++probe.failures;
	probe.retryAt = now + scaled(pause, 0.75 + 0.5 * _random.fraction());
	probe.notBefore = now + _timing.firstPause;
	probe.address = (probe.address + 1) % probe.addresses.size();
	_events.emplace_back(Resolve{probe.server});
	announce();
	if (probe.server == _primary && hasPrimary())
		beginRound(now, false);
}

void Lane::tellFailure(Probe& probe, ServerFails::Why why)
{
	probe.silentAt = NEVER;
	if (std::exchange(probe.told, why) != why)
		_events.emplace_back(ServerFails{probe.server, _family, why});
}

bool Lane::settled() const
{
	return std::all_of(_probes.begin(), _probes.end(),
		[](const auto& probe) { return probe.resolved && !probe.transaction; });
}

Mapping Lane::mapping() const
{
	Mapping result;
	for (auto one = _probes.begin(); one != _probes.end(); ++one)
		for (auto other = _probes.begin(); other != one; ++other)
		{
			if (!one->mapped || !other->mapped || one->round != _round || other->round != _round ||
				isOutside(one->answeredBy) != isOutside(other->answeredBy))
				continue;
			const auto detail = other->server + " sees " + other->mapped->toString() + ", " + one->server +
								" sees " + one->mapped->toString();
			if (*one->mapped != *other->mapped)
				return {MappingBehaviour::AddressDependent, detail};
			if (!one->answeredBy.sameAddress(other->answeredBy))
				result = {MappingBehaviour::EndpointIndependent, detail};
		}
	return result;
}

void Lane::announce()
{
	std::set<Endpoint> seen;
	for (const auto& probe : _probes)
		if (probe.mapped)
		{
			seen.insert(*probe.mapped);
			if (_announced.insert(*probe.mapped).second)
				_events.emplace_back(Found{*probe.mapped, probe.server});
		}
	if (seen.empty())
		return;
	for (auto known = _announced.begin(); known != _announced.end();)
	{
		if (seen.contains(*known))
		{
			++known;
			continue;
		}
		_events.emplace_back(Lost{*known});
		known = _announced.erase(known);
	}
}

void Lane::setAnswered(bool answered)
{
	if (_answered == answered)
		return;
	_answered = answered;
	_events.emplace_back(Health{answered});
}

}
