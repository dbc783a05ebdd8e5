// Hard NATs: what the link tells its HardPunch, and does for it.
#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/hard/HardTiming.h"
#include "plugins/transport/udp-punch/link/LinkTiming.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

namespace
{

/// Of the peer's server-reflexive candidates these many, the latest, are worth a shot.
constexpr std::size_t MAX_MAPPED = 4;

bool differsForThePeer(const NatBehaviour& one, const NatBehaviour& other)
{
	return one.mapping != other.mapping || one.filtering != other.filtering ||
		   one.assignment != other.assignment || one.step != other.step || one.address != other.address;
}

}

hard::Below PunchLink::below(const ice::Random& random)
{
	return [random](std::uint32_t bound)
	{
		std::array<std::uint8_t, 8> bytes{};
		random(bytes);
		std::uint64_t number = 0;
		for (const auto byte : bytes)
			number = number << 8U | byte;
		return static_cast<std::uint32_t>(number % bound);
	};
}

void PunchLink::natBehaviour(const NatBehaviour& nat)
{
	if (_closed)
		return;
	const bool news = differsForThePeer(_nat, nat);
	_nat = nat;
	_hard.setOwn(nat, now());
	if (news)
		tellNat();
	settle();
}

/// Follows each description, and whatever becomes known later.
void PunchLink::tellNat()
{
	if (_generation != 0 && _nat.mapping != MappingBehaviour::Unknown)
		_host.linkSignal(*this, encode(Punch{.step = Punch::Step::Tell, .nat = _nat}));
}

void PunchLink::addMapped(const std::vector<CandidateLine>& candidates)
{
	for (const auto& candidate : candidates)
	{
		if (candidate.type != CandidateType::ServerReflexive || !candidate.endpoint.isV4())
			continue;
		std::erase(_peerMapped, candidate.endpoint);
		_peerMapped.insert(_peerMapped.begin(), candidate.endpoint);
		if (_peerMapped.size() > MAX_MAPPED)
			_peerMapped.pop_back();
	}
	_hard.setTargets(_peerMapped, _pairing.seen);
}

void PunchLink::removeMapped(const std::vector<CandidateLine>& candidates)
{
	for (const auto& candidate : candidates)
		std::erase(_peerMapped, candidate.endpoint);
	_hard.setTargets(_peerMapped, _pairing.seen);
}

/// Whether somebody is there to have a direct path with, and there is none.
bool PunchLink::wantsDirect() const
{
	const auto& pair = _agent.selected();
	if (!_remote || _peerLeft || _ending != Ending::None)
		return false;
	return pair ? ice::relayed(*pair) : now() - _describedAt < timing::FRESH_DESCRIPTION;
}

void PunchLink::carefulPort(const Port& port)
{
	_agent.carefulPort(port, hard::FEW_HOPS);
}

/// Once for each time without a direct path; the two sides one after the other, for whoever changes must be
/// the first to send.
void PunchLink::noticeStuck()
{
	if (!wantsDirect() || _peerMapped.empty() || !_hard.bothEasy())
	{
		const bool direct = _agent.selected() && !ice::relayed(*_agent.selected());
		_stuckAt = NEVER;
		_stuckTold = _stuckTold && !direct;
		return;
	}
	if (_stuckAt == NEVER && !_stuckTold)
		_stuckAt =
			now() + (_agent.role() == ice::Role::Controlling ? timing::STUCK : timing::CONTROLLED_STUCK);
	if (_stuckAt > now())
		return;
	_stuckTold = _host.linkStuck(*this);
	_stuckAt = _stuckTold ? NEVER : now() + timing::STUCK_AGAIN;
}

/// Tells it whether it is needed, and does what it wants.
void PunchLink::servePunch()
{
	noticeStuck();
	if (wantsDirect())
		_hard.need(now());
	else
	{
		if (_agent.selected() && _hard.working() && _hard.shots() > _shotsTold)
			_host.linkPunched(*this);
		_hard.satisfied(now());
	}
	_shotsTold = _hard.working() ? _shotsTold : _hard.shots();
	while (const auto action = _hard.poll())
		std::visit([this](const auto& what) { carryOut(what); }, *action);
}

void PunchLink::carryOut(const hard::Begin& begin)
{
	const auto ports = _host.linkBeginPunch(*this, begin.ports);
	if (!ports)
		return _hard.busy(now());
	_shotPorts = *ports;
	_hard.begun(_shotPorts.size(), now());
}

void PunchLink::carryOut(const hard::End&)
{
	_shotPorts.clear();
	_host.linkEndPunch(*this);
}

void PunchLink::carryOut(const hard::Sample&)
{
	_host.linkSampleNat(*this);
}

void PunchLink::carryOut(const hard::Shot& shot)
{
	auto* port = !shot.port                       ? _host.linkOwnPort(*this)
				 : *shot.port < _shotPorts.size() ? _shotPorts[*shot.port]
												  : nullptr;
	if (port && port->reaches(shot.remote))
		_agent.shoot(*port, shot.remote, shot.hops, now());
	transmit();
}

void PunchLink::carryOut(const Punch& punch)
{
	_host.linkSignal(*this, encode(punch));
}

}
