#include "tests/natlab/box/Box.h"

#include <algorithm>

namespace gimlet::natlab
{

namespace
{

/// RFC 5382, REQ-5: 2 hours 4 minutes at least.
sim::NatModel forTcp()
{
	sim::NatModel behaviour;
	behaviour.idleTimeout = std::chrono::minutes{124};
	return behaviour;
}

/// Identifiers of pings are any number.
sim::NatModel forPings()
{
	sim::NatModel behaviour;
	behaviour.firstPort = 1;
	behaviour.filtering = sim::Dependence::AddressDependent;
	return behaviour;
}

}

Box::Box(const BoxSettings& settings, std::vector<Endpoint> publicAddresses, std::uint64_t seed) :
	_settings(settings),
	_publicAddresses(std::move(publicAddresses)),
	_random(seed),
	_udp(makeNat(settings.nat)),
	_tcp(makeNat(forTcp())),
	_icmp(makeNat(forPings()))
{
}

sim::Nat Box::makeNat(const sim::NatModel& behaviour)
{
	return {behaviour, _publicAddresses, _random.fork()};
}

sim::Nat& Box::natFor(const Ipv4Packet& packet)
{
	switch (packet.protocol())
	{
	case Ipv4Packet::TCP:
		return _tcp;
	case Ipv4Packet::ICMP:
		return _icmp;
	default:
		return _udp;
	}
}

void Box::onPacket(Side from, Buffer bytes, TimePoint now)
{
	auto packet = Ipv4Packet::in(bytes);
	if (!packet || (packet->protocol() == Ipv4Packet::UDP && !_settings.udp) ||
		(_dropUntil && now < *_dropUntil) || _random.chance(_settings.loss) || _line.size() >= MAX_QUEUED)
		return;
	std::optional<Side> to;
	if (from == Side::Inside)
		to = leave(*packet, now);
	else if (wear(*packet) && enter(*packet, now))
		to = Side::Inside;
	const auto delay =
		_settings.delay + (packet->protocol() == Ipv4Packet::TCP ? _settings.tcpDelay : Duration{});
	if (to)
		_line.emplace(now + delay, Transmit{*to, std::move(bytes)});
}

std::optional<Side> Box::leave(Ipv4Packet& packet, TimePoint now)
{
	// RFC 5508, section 4.2, wants errors translated on their way out, too. Nobody here listens to them.
	if (packet.quoted())
		return std::nullopt;
	auto& nat = natFor(packet);
	const bool back = nat.owns(packet.destination());
	if (back && !_settings.nat.hairpin)
		return std::nullopt;
	sim::Packet ends{packet.source(), packet.destination(), 0, {}};
	if (!nat.outbound(ends, now))
		return std::nullopt;
	packet.setSource(ends.source);
	if (back)
		return enter(packet, now) ? std::optional{Side::Inside} : std::nullopt;
	return wear(packet) ? std::optional{Side::Outside} : std::nullopt;
}

bool Box::enter(Ipv4Packet& packet, TimePoint now)
{
	if (packet.quoted())
		return enterError(packet, now);
	sim::Packet ends{packet.source(), packet.destination(), 0, {}};
	if (!natFor(packet).inbound(ends, now))
		return false;
	packet.setDestination(ends.destination);
	return true;
}

bool Box::enterError(Ipv4Packet& packet, TimePoint now)
{
	auto quoted = packet.quoted();
	// An answer to the quoted packet would be let in from where that one went, so its error is.
	sim::Packet answer{quoted->destination(), quoted->source(), 0, {}};
	if (!natFor(*quoted).inbound(answer, now))
		return false;
	quoted->setSource(answer.destination);
	packet.quotedChanged();
	packet.setDestination(answer.destination);
	return true;
}

bool Box::wear(Ipv4Packet& packet) const
{
	if (packet.ttl() <= _settings.hops)
		return false;
	packet.setTtl(packet.ttl() - _settings.hops);
	return true;
}

std::optional<Box::Transmit> Box::pollTransmit(TimePoint now)
{
	if (_line.empty() || _line.begin()->first > now)
		return std::nullopt;
	auto transmit = std::move(_line.begin()->second);
	_line.erase(_line.begin());
	return transmit;
}

TimePoint Box::nextDeadline() const
{
	return _line.empty() ? NEVER : _line.begin()->first;
}

void Box::change(const BoxSettings& settings)
{
	const bool sameNat = settings.nat == _settings.nat;
	_settings = settings;
	if (!sameNat)
		_udp = makeNat(settings.nat);
}

void Box::expire()
{
	_udp.restart();
}

void Box::restart()
{
	for (auto* nat : {&_udp, &_tcp, &_icmp})
		nat->restart();
}

void Box::dropUntil(TimePoint until)
{
	_dropUntil = until;
}

}
