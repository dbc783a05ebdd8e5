#include "plugins/discovery/stun/Lane.h"

#include <algorithm>
#include <array>

#include "node/protocol/stun/MessageBuilder.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace stun;

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
		{
			// A name that has no address today keeps those of yesterday.
			if (probe.addresses.empty())
				tellFailure(
					probe, addresses.empty() ? ServerFails::Why::NotLookedUp : ServerFails::Why::OtherFamily);
			continue;
		}
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
	if (probe.silentAt == NEVER && probe.told != ServerFails::Why::Silent)
		probe.silentAt = now + _timing.silence;
	const bool spare = hasPrimary() && probe.server != _primary; // its silence tells nothing
	if (!spare && _silentAt == NEVER && _answered != false)
		_silentAt = now + _timing.patience;
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
		if (now >= probe.silentAt)
			tellFailure(probe, ServerFails::Why::Silent);
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

std::vector<Endpoint> Lane::spares() const
{
	std::vector<Endpoint> spares;
	for (const auto& probe : _probes)
		for (std::size_t i = 0; i < probe.addresses.size(); ++i)
			if (i != probe.address)
				spares.push_back(probe.addresses[i]);
	return spares;
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
		deadline = std::min({deadline, probe.retryAt, probe.silentAt});
		if (probe.transaction)
			deadline = std::min(deadline, probe.transaction->nextDeadline());
	}
	return deadline;
}

}
