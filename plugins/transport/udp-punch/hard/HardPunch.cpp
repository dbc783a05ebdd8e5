#include "plugins/transport/udp-punch/hard/HardPunch.h"

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/hard/HardTiming.h"

namespace gimlet::udp_punch::hard
{

HardPunch::HardPunch(const Budget& budget, Below below, bool leads) :
	_budget(budget), _below(std::move(below)), _leads(leads), _peerPause(FIRST_PAUSE), _pause(FIRST_PAUSE)
{
}

void HardPunch::setOwn(const NatBehaviour& nat, TimePoint now)
{
	const bool fresh = !nat.ports.empty() && (_own.ports.empty() || nat.ports.back() != _own.ports.back());
	_own = nat;
	if (fresh)
		_spent = 0;
	wake();
	if (_state == State::Sampling && fresh)
		sampled(now);
}

void HardPunch::setTargets(std::vector<Endpoint> mapped, std::vector<Endpoint> seen)
{
	_mapped = std::move(mapped);
	_seen = std::move(seen);
	wake();
}

/// What was missing for a round may be there now.
void HardPunch::wake()
{
	if (_state == State::Waiting && _deadline == NEVER && mine())
		_deadline = TimePoint{};
}

/// Whether this side begins rounds; the other one waits for the peer's word.
bool HardPunch::mine() const
{
	const auto acting = role();
	return (acting == Role::Many || (acting == Role::Meet && _leads)) && !addresses().empty();
}

bool HardPunch::bothEasy() const
{
	return _own.mapping == MappingBehaviour::EndpointIndependent &&
		   _peer.mapping == MappingBehaviour::EndpointIndependent;
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
	_pause = _peerPause = FIRST_PAUSE;
	_peerMayBegin = {};
	enter(State::Idle, NEVER);
}

void HardPunch::restart()
{
	_pause = _peerPause = FIRST_PAUSE;
	_peerMayBegin = {};
	if (_state == State::Pausing)
		enter(State::Idle, NEVER);
}

/// A round of this side's own.
void HardPunch::begin(TimePoint now)
{
	if (!_needed)
		return enter(State::Idle, NEVER);
	if (!mine())
		return enter(State::Waiting, NEVER);
	_acting = role();
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
	if (_state == State::Asking)
		enter(State::Pausing, now + FIRST_PAUSE);
}

void HardPunch::begun(std::size_t ports, TimePoint now)
{
	if (_state != State::Asking)
	{
		// It is not wanted any more.
		_actions.emplace_back(End{});
		return;
	}
	_held = true;
	++_rounds;
	_ports = ports;
	_mappedBefore = std::exchange(_spent, _spent + ports);
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
	wake();
	if (punch.step == Punch::Step::Tell || !_needed || addresses().empty())
		return;
	if (punch.step == Punch::Step::Ready && _state == State::Proposed && punch.round == _round)
		return ask(socketsWanted());
	// Nobody makes this side shoot without a pause.
	if (working() || now < _peerMayBegin)
		return;
	if (punch.step == Punch::Step::Propose && acting == Role::Meet && !_leads)
	{
		_acting = acting;
		_answering = true;
		_round = punch.round;
		_actions.emplace_back(Sample{});
		enter(State::Sampling, now + SAMPLING);
	}
	else if (punch.step == Punch::Step::Ready && acting == Role::Probe)
	{
		_acting = acting;
		_answering = true;
		_round = punch.round;
		ask(0);
	}
}

/// With a sequence where it stood before this round's shots: those of earlier ones have moved it on since it
/// was seen.
void HardPunch::say(Punch::Step step)
{
	Punch punch{.step = step, .round = _round, .nat = _own};
	const auto passed = step == Punch::Step::Propose ? _spent : _mappedBefore;
	if (const auto port = ahead(_own, static_cast<int>(passed)))
		punch.nat.ports.back() = *port;
	_actions.emplace_back(std::move(punch));
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
		begin(now);
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

void HardPunch::end(TimePoint now)
{
	if (std::exchange(_held, false))
		_actions.emplace_back(End{});
	_guess.reset();
	auto& pause = _answering ? _peerPause : _pause;
	if (_answering)
		_peerMayBegin = now + pause;
	enter(State::Pausing, now + pause);
	pause = std::min(2 * pause, LAST_PAUSE);
}

}
