#include "plugins/discovery/stun/Lane.h"

#include <algorithm>
#include <array>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/discovery/stun/MappedAddress.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace stun;

/// A server within the own network sees the address before the NAT, which says nothing about the NAT.
bool isOutside(const Endpoint& server)
{
	return !server.isPrivate() && !server.isLoopback() && !server.isLinkLocal();
}

Duration scaled(Duration duration, double factor)
{
	return std::chrono::duration_cast<Duration>(duration * factor);
}

}

Lane::Lane(int family, const Timing& timing, const Random& random) :
	_family(family), _timing(timing), _random(random)
{
}

void Lane::setServers(const std::vector<std::string>& names)
{
	std::vector<Probe> probes;
	for (const auto& name : names)
	{
		const auto known = std::find_if(
			_probes.begin(), _probes.end(), [&](const auto& probe) { return probe.server == name; });
		if (known != _probes.end())
			probes.push_back(std::move(*known));
		else
			probes.emplace_back().server = name;
	}
	_probes = std::move(probes);
	if (std::find(names.begin(), names.end(), _primary) == names.end())
	{
		// Whoever answers next is the primary; what was found stays until that one contradicts it.
		_primaryRound = 0;
		_refreshAt = NEVER;
		_failoverAt = NEVER;
	}
}

void Lane::resolved(const std::string& server, const std::vector<Endpoint>& addresses, TimePoint now)
{
	for (auto& probe : _probes)
	{
		if (probe.server != server)
			continue;
		const bool first = !probe.resolved || probe.addresses.empty();
		const auto before = probe.addresses.empty() ? Endpoint{} : probe.addresses[probe.address];
		std::vector<Endpoint> usable;
		std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(usable),
			[this](const auto& address) { return address.family() == _family && address.port() != 0; });
		probe.resolved = true;
		if (usable.empty())
			continue; // a name that has no address today keeps those of yesterday
		probe.addresses = std::move(usable);
		const auto same = std::find(probe.addresses.begin(), probe.addresses.end(), before);
		if (same != probe.addresses.end())
			probe.address = static_cast<std::size_t>(same - probe.addresses.begin());
		else
			chooseAddress(probe);
		if (first)
			ask(probe, now);
	}
}

/// Two names may stand for one machine, and two answers of one machine say nothing about the NAT.
void Lane::chooseAddress(Probe& probe) const
{
	const auto taken = [&](const Endpoint& address)
	{
		return std::any_of(_probes.begin(), _probes.end(),
			[&](const auto& other)
			{
				return &other != &probe && !other.addresses.empty() &&
					   other.addresses[other.address].sameAddress(address);
			});
	};
	const auto free = std::find_if_not(probe.addresses.begin(), probe.addresses.end(), taken);
	probe.address =
		free == probe.addresses.end() ? 0 : static_cast<std::size_t>(free - probe.addresses.begin());
}

void Lane::restart(TimePoint now)
{
	for (auto& probe : _probes)
	{
		probe.transaction.reset(); // its retransmissions may be seconds apart by now
		probe.failures = 0;
	}
	beginRound(now, true);
}

void Lane::setRefresh(Duration refresh)
{
	_timing.refresh = refresh;
}

void Lane::beginRound(TimePoint now, bool everyone, const Probe* except)
{
	++_round;
	_refreshAt = NEVER;
	_failoverAt = NEVER;
	for (auto& probe : _probes)
		if (&probe != except && !probe.transaction && (everyone || now >= probe.notBefore))
			ask(probe, now);
}

void Lane::ask(Probe& probe, TimePoint now)
{
	if (probe.addresses.empty())
		return;
	std::array<std::uint8_t, HEADER_SIZE> request{};
	const auto bytes =
		MessageBuilder(request, MessageClass::Request, method::BINDING, _random.transactionId()).finish();
	probe.transaction.emplace(bytes, probe.addresses[probe.address], now, _timing.transaction);
	probe.retryAt = NEVER;
	const bool spare = hasPrimary() && probe.server != _primary; // its silence tells nothing
	if (!spare && _silentAt == NEVER && _answered != false)
		_silentAt = now + _timing.patience;
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
			fail(probe, now);
		return true;
	}
	return false;
}

void Lane::succeed(Probe& probe, const Endpoint& mapped, TimePoint now)
{
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

void Lane::onTimer(TimePoint now)
{
	for (auto& probe : _probes)
	{
		if (probe.transaction)
		{
			probe.transaction->onTimer(now);
			if (probe.transaction->state() == ClientTransaction::State::TimedOut)
				fail(probe, now);
		}
		if (now >= probe.retryAt)
			ask(probe, now);
		if (now >= _refreshAt && probe.server == _primary)
		{
			_refreshAt = NEVER;
			_failoverAt = now + _timing.failover;
			ask(probe, now);
		}
	}
	if (now >= _failoverAt)
		beginRound(now, false);
	if (now >= _silentAt)
	{
		_silentAt = NEVER;
		setAnswered(false);
	}
}

std::optional<Transmit> Lane::pollTransmit()
{
	for (auto& probe : _probes)
		if (probe.transaction)
			if (const auto bytes = probe.transaction->pollTransmit())
				return Transmit{*bytes, probe.transaction->server()};
	return std::nullopt;
}

std::optional<Event> Lane::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

TimePoint Lane::nextDeadline() const
{
	auto deadline = std::min({_refreshAt, _failoverAt, _silentAt});
	for (const auto& probe : _probes)
	{
		deadline = std::min(deadline, probe.retryAt);
		if (probe.transaction)
			deadline = std::min(deadline, probe.transaction->nextDeadline());
	}
	return deadline;
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
