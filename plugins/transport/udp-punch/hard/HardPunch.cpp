#include "plugins/transport/udp-punch/hard/HardPunch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/hard/HardTiming.h"

namespace gimlet::udp_punch::hard
{

namespace
{

bool isHard(const NatBehaviour& nat)
{
	return nat.mapping == MappingBehaviour::AddressDependent;
}

bool isSequential(const NatBehaviour& nat)
{
	return isHard(nat) && nat.assignment == PortAssignment::Sequential && !nat.ports.empty();
}

/// Shots at random from a sequence hit one of N mappings only by the one that has the expected port.
constexpr std::size_t POOR_PROBES = 64;

/// For people.
const char* kindOf(const NatBehaviour& nat)
{
	if (!isHard(nat))
		return "keeps one port for all";
	return isSequential(nat) ? "takes the next port for each destination"
							 : "takes another port for each destination, at random";
}

}

Role roleOf(const NatBehaviour& own, const NatBehaviour& peer)
{
	if (!isHard(own) && !isHard(peer))
		return Role::None;
	if (isHard(own) != isHard(peer))
		return isHard(own) ? Role::Many : Role::Probe;
	if (isSequential(own) && isSequential(peer))
		return Role::Meet;
	if (isSequential(own) == isSequential(peer))
		return Role::Hopeless;
	return isSequential(own) ? Role::Probe : Role::Many;
}

HardPunch::HardPunch(const Budget& budget, Below below, bool leads) :
	_budget(budget), _below(std::move(below)), _leads(leads), _pause(FIRST_PAUSE)
{
}

void HardPunch::setOwn(const NatBehaviour& nat, TimePoint now)
{
	const bool fresh = nat.ports != _own.ports;
	_own = nat;
	if (_state == State::Sampling && fresh)
		sampled(now);
}

void HardPunch::setPeer(const NatBehaviour& nat)
{
	_peer = nat;
}

void HardPunch::setTargets(std::vector<Endpoint> mapped, std::vector<Endpoint> seen)
{
	_mapped = std::move(mapped);
	_seen = std::move(seen);
}

Role HardPunch::role() const
{
	return _budget.sockets == 0 ? Role::None : roleOf(_own, _peer);
}

bool HardPunch::working() const
{
	return _state == State::Sampling || _state == State::Asking || _state == State::Proposed ||
		   _state == State::Shooting;
}

void HardPunch::enter(State state, TimePoint deadline)
{
	_state = state;
	_deadline = deadline;
	_nextShot = NEVER;
}

void HardPunch::need(TimePoint now)
{
	_needed = true;
	if (_state == State::Idle)
		enter(State::Waiting, now + (_known ? PATIENCE_WHEN_KNOWN : PATIENCE));
}

void HardPunch::satisfied(TimePoint now)
{
	if (!std::exchange(_needed, false))
		return;
	if (working())
		end(now);
	_pause = FIRST_PAUSE;
	enter(State::Idle, NEVER);
}

void HardPunch::restart()
{
	_pause = FIRST_PAUSE;
	if (_state == State::Pausing)
		enter(State::Idle, NEVER);
}

/// A round of this side's own.
void HardPunch::begin(TimePoint now)
{
	const auto acting = role();
	const bool mine = acting == Role::Many || (acting == Role::Meet && _leads);
	if (!mine || addresses().empty())
		// What is missing may become known; whoever probes waits for the peer's word.
		return enter(State::Waiting, now + std::chrono::seconds{1});
	_acting = acting;
	_answering = false;
	++_round;
	if (!isSequential(_own))
		return sampled(now);
	_actions.emplace_back(Sample{});
	enter(State::Sampling, now + SAMPLING);
}

void HardPunch::sampled(TimePoint now)
{
	if (_acting != Role::Meet || _answering)
		return ask(socketsWanted());
	say(Punch::Step::Propose);
	enter(State::Proposed, now + ANSWER);
}

void HardPunch::ask(std::size_t ports)
{
	_actions.emplace_back(Begin{ports});
	enter(State::Asking, NEVER);
}

void HardPunch::busy(TimePoint now)
{
	enter(State::Pausing, now + FIRST_PAUSE);
}

void HardPunch::begun(std::size_t ports, TimePoint now)
{
	if (_state != State::Asking)
		return;
	++_rounds;
	_ports = ports;
	_next = 0;
	_passes = 0;
	_probed = 0;
	_began = now;
	_aims = aims();
	if (_acting == Role::Probe)
		_guess.emplace(_peer, _below);
	enter(State::Shooting, now + (_acting == Role::Meet ? MEETING : ROUND));
	_nextShot = now;
	if (_aims.empty())
		return end(now);
	// Who answers a proposal shoots first: its mappings are there when the other side's shots come.
	shoot(now);
	if (_acting == Role::Meet && _answering)
		say(Punch::Step::Ready);
}

void HardPunch::onPunch(const Punch& punch, TimePoint now)
{
	_peer = punch.nat;
	const auto acting = role();
	if (punch.step == Punch::Step::Tell || !_needed || addresses().empty())
		return;
	if (punch.step == Punch::Step::Propose && acting == Role::Meet && !_leads && _state != State::Shooting)
	{
		_acting = acting;
		_answering = true;
		_round = punch.round;
		_actions.emplace_back(Sample{});
		enter(State::Sampling, now + SAMPLING);
	}
	else if (punch.step == Punch::Step::Ready && _state == State::Proposed && punch.round == _round)
		ask(socketsWanted());
	else if (punch.step == Punch::Step::Ready && acting == Role::Probe && !working())
	{
		_acting = acting;
		_answering = true;
		_round = punch.round;
		ask(0);
	}
}

void HardPunch::say(Punch::Step step)
{
	_actions.emplace_back(Punch{.step = step, .round = _round, .nat = _own});
}

void HardPunch::onTimer(TimePoint now)
{
	if (_state == State::Shooting && _nextShot <= now)
		shoot(now);
	if (_deadline > now)
		return;
	switch (_state)
	{
	case State::Waiting:
		begin(now);
		break;
	case State::Sampling:
		sampled(now);
		break;
	case State::Proposed:
	case State::Shooting:
		end(now);
		break;
	case State::Pausing:
		enter(State::Waiting, now);
		break;
	case State::Idle:
	case State::Asking:
		break;
	}
}

TimePoint HardPunch::nextDeadline() const
{
	return std::min(_deadline, _nextShot);
}

std::optional<Action> HardPunch::poll()
{
	if (_actions.empty())
		return std::nullopt;
	auto action = std::move(_actions.front());
	_actions.pop_front();
	return action;
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
	while (_probed < most && double(_probed) <= due)
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

void HardPunch::end(TimePoint now)
{
	const bool held = _state == State::Shooting || _state == State::Asking;
	if (held)
		_actions.emplace_back(End{});
	_guess.reset();
	enter(State::Pausing, now + _pause);
	_pause = std::min(2 * _pause, LAST_PAUSE);
}

std::size_t HardPunch::socketsWanted() const
{
	if (_acting == Role::Meet || isSequential(_own))
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
	if (_peer.address.isV4() && maySee(_peer.address))
		return {_peer.address.withPort(0)};
	std::vector<Endpoint> result;
	for (const auto& one : _seen)
		if (one.isV4() && result.size() < 2)
			result.push_back(one.withPort(0));
	return result;
}

/// What this side's role shoots at: endpoints, or addresses of which the ports are guessed.
std::vector<Endpoint> HardPunch::aims() const
{
	std::vector<Endpoint> result;
	if (_acting == Role::Probe)
		return addresses();
	if (const auto port = ahead(_peer, AHEAD); port && isHard(_peer))
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

std::string HardPunch::explain() const
{
	const auto acting = role();
	if (acting == Role::None)
		return "";
	const auto nats = fmt::format("this side's NAT {}, the peer's {}", kindOf(_own), kindOf(_peer));
	if (acting == Role::Hopeless)
		return nats + "; only port mapping, IPv6 or endpoint-independent mapping at one of them would help";
	if (working())
		return nats + "; looking for a way through";
	return _rounds == 0 ? nats
						: fmt::format("{}; {} {} with {} shots found no way through, it is tried again", nats,
							  _rounds, _rounds == 1 ? "round" : "rounds", _shots);
}

}
