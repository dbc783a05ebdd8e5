// What a punch shoots at, from where and when; see HardPunch.cpp for the rest.
#include <algorithm>

#include "plugins/transport/udp-punch/hard/HardPunch.h"
#include "plugins/transport/udp-punch/hard/HardTiming.h"

namespace gimlet::udp_punch::hard
{

namespace
{

/// Shots at random from a sequence hit one of N mappings only by the one that has the expected port.
constexpr std::size_t POOR_PROBES = 64;

}

void HardPunch::shoot(TimePoint now)
{
	if (_acting == Role::Probe)
		shootProbes(now);
	else
		shootGroup(now);
}

/// Each port once, in groups; again after a while, for filters forget. The first time with few hops: the
/// shot is to open the NATs of this side.
void HardPunch::shootGroup(TimePoint now)
{
	const auto& aim = _aims[_passes % _aims.size()];
	for (std::size_t group = 0; group < GROUP && _next < _ports; ++group, ++_next, ++_shots)
		_actions.emplace_back(Shot{_next, aim, _passes < _aims.size() ? FEW_HOPS : 0});
	if (_next < _ports)
	{
		_nextShot = now + GROUP_PAUSE;
		return;
	}
	_next = 0;
	++_passes;
	if (_passes < _aims.size())
	{
		_nextShot = now + GROUP_PAUSE;
		return;
	}
	_nextShot = now + (_acting == Role::Meet ? MEET_AGAIN : SHOOT_AGAIN);
	if (_passes == _aims.size() && _acting == Role::Many)
		say(Punch::Step::Ready);
}

/// As many as the time since the beginning allows.
void HardPunch::shootProbes(TimePoint now)
{
	const double seconds = std::chrono::duration<double>(now - _began).count();
	// The rate grows by FIRST_RATE each second until it is the budget's.
	const double rising = std::max(0.0, double(_budget.rate) / FIRST_RATE - 1);
	const double grown = std::min(seconds, rising);
	const double due =
		FIRST_RATE * (grown + grown * grown / 2) + _budget.rate * std::max(0.0, seconds - rising);
	const auto most = reach();
	// After a stall of the loop what is due does not leave at once.
	const auto limit = _probed + std::max(1U, _budget.rate / 20);
	while (_probed < std::min(most, std::size_t{limit}) && double(_probed) <= due)
	{
		const auto port = _guess->next();
		if (!port)
			break;
		for (const auto& aim : _aims)
		{
			_actions.emplace_back(Shot{std::nullopt, aim.withPort(*port), 0});
			++_shots;
		}
		++_probed;
	}
	// The last ones may hit: the answers have time until the round ends.
	_nextShot = _probed < most ? now + std::chrono::milliseconds{5} : NEVER;
}

std::size_t HardPunch::reach() const
{
	return isHard(_own) ? std::min(POOR_PROBES, _budget.probes) : _budget.probes;
}

/// Of a meeting. Both sides know the round, and so agree.
std::uint32_t HardPunch::width() const
{
	return std::clamp(_round, 1U, WIDEST);
}

std::size_t HardPunch::socketsWanted() const
{
	if (_acting == Role::Meet)
		return std::min(SEQUENCE_SOCKETS * width(), _budget.sockets);
	if (isSequential(_own))
		return std::min(SEQUENCE_SOCKETS, _budget.sockets);
	return blockOf(_own) ? std::min(BLOCK_SOCKETS, _budget.sockets) : _budget.sockets;
}

bool HardPunch::maySee(const Endpoint& address) const
{
	return std::ranges::any_of(_seen, [&](const Endpoint& one) { return one.sameAddress(address); });
}

/// The peer's public addresses that may be shot at. NATs are a matter of IPv4.
std::vector<Endpoint> HardPunch::addresses() const
{
	// What is inside of somebody's network is nobody's public address, unless ours is inside of the same.
	const auto allowed = [this](const Endpoint& one)
	{ return one.isV4() && (!one.isPrivate() || _own.address.isPrivate()); };
	if (allowed(_peer.address) && maySee(_peer.address))
		return {_peer.address.withPort(0)};
	std::vector<Endpoint> result;
	for (const auto& one : _seen)
		if (allowed(one) && result.size() < 2)
			result.push_back(one.withPort(0));
	return result;
}

/// What this side's role shoots at: endpoints, or addresses of which the ports are guessed.
std::vector<Endpoint> HardPunch::aims() const
{
	std::vector<Endpoint> result;
	if (_acting == Role::Probe)
		return addresses();
	const int far = _acting == Role::Meet ? AHEAD * static_cast<int>(width()) : AHEAD;
	if (const auto port = ahead(_peer, far); port && isHard(_peer))
	{
		for (const auto& address : addresses())
			result.push_back(address.withPort(*port));
		return result;
	}
	for (const auto& one : _mapped)
		if (one.isV4() && maySee(one) && result.size() < 2)
			result.push_back(one);
	return result;
}

}
