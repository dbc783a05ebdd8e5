// The path: what the agent wants sent, what it finds, and when it is asked to begin again.
#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/link/Below.h"
#include "plugins/transport/udp-punch/link/LinkTiming.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

bool PunchLink::onStun(ByteView datagram, const Path& path)
{
	if (_closed)
		return false;
	const auto refusedBefore = _agent.counters().unauthenticated + _agent.counters().malformed;
	const bool taken = _agent.onDatagram(datagram, path, now());
	const bool authentic =
		taken && refusedBefore == _agent.counters().unauthenticated + _agent.counters().malformed;
	settle();
	return authentic;
}

/// Carries out what the machines want, until they want nothing more. Whoever is told meanwhile may call
/// again.
void PunchLink::settle()
{
	_again = true;
	if (_closed || _settling)
		return;
	if (_below > 0)
		return settleLater();
	_settling = true;
	const auto alive = _alive;
	while (*alive && std::exchange(_again, false))
		settleOnce();
	if (!*alive)
		return;
	_settling = false;
	schedule();
}

/// From inside a call of session or association, which must have returned before either may go.
void PunchLink::settleLater()
{
	if (std::exchange(_settleLater, true))
		return;
	_loop.post(
		[this, alive = _alive]
		{
			if (!*alive)
				return;
			_settleLater = false;
			settle();
		});
}

void PunchLink::settleOnce()
{
	transmit();
	while (const auto event = _agent.pollEvent())
	{
		onPathEvent(*event);
		transmit();
	}
	if (auto* port = _agent.pollRebound())
		_host.linkRebound(*this, *port);
	servePunch();
	beginSession();
	sessionChanged();
	searchMtu();
	if (std::exchange(_associationOver, false))
		dropStack(_ending == Ending::None ? Ending::Failed : _ending, _endingReason);
	tellIfChanged();
}

void PunchLink::transmit()
{
	while (const auto outgoing = _agent.pollTransmit())
	{
		const auto& [port, local, remote] = outgoing->path;
		if (port && outgoing->hops != 0 && port->kind() == PortKind::Udp)
			port->sendHops(outgoing->datagram, remote, outgoing->hops);
		else if (port)
			port->sendFrom(local, outgoing->datagram, remote);
	}
	if (_outgoing.empty() || !way())
		return;
	for (const auto& datagram : std::exchange(_outgoing, {}))
		sendByWay(datagram);
}

/// Where to send: the selected path, or before there is one the best that has answered (RFC 8445,
/// section 12.1), or a relay by which the peer has been heard.
std::optional<ice::SelectedPair> PunchLink::way() const
{
	if (_agent.selected())
		return _agent.selected();
	const auto valid = _agent.valid();
	return valid ? valid : _agent.early();
}

/// While the path is in doubt, what is said goes by the next best ones too: it arrives by whichever lives,
/// and DTLS drops what comes twice.
bool PunchLink::sendByWay(ByteView datagram)
{
	const auto pair = way();
	if (!pair || !pair->path.port)
		return false;
	if (_doubt)
		for (const auto& other : _agent.beside())
			other.path.port->sendFrom(other.path.local, datagram, other.path.remote);
	return pair->path.port->sendFrom(pair->path.local, datagram, pair->path.remote);
}

void PunchLink::onPathEvent(ice::Event event)
{
	switch (event)
	{
	case ice::Event::Selected:
	case ice::Event::Recovered:
	{
		const bool wasDown = std::exchange(_doubt, false) || _failed;
		_failed = false;
		_restartPending = false;
		if (_ending != Ending::Failed && !_networkChanged)
			_restartAt = NEVER; // else the stack is to be made anew, whatever the path
		_retry = timing::FIRST_RETRY;
		_downSince = NEVER;
		if (event == ice::Event::Selected || wasDown)
			_mtu.start(now());
		if (_association && (wasDown || event == ice::Event::Selected))
		{
			if (const auto& pair = _agent.selected(); pair && pair->roundTrip != Duration{})
				_association->setRoundTrip(pair->roundTrip);
			_association->pathChanged();
		}
		break;
	}
	case ice::Event::Doubtful:
		_doubt = true;
		doubtful();
		break;
	case ice::Event::Failed:
		_failed = true;
		_mtu.stop();
		doubtful();
		break;
	}
}

/// Looks for the largest datagram that the path carries, by padded checks (RFC 8899). Between two of ours
/// only: aiortc answers a large check and reads no DTLS record above 1,500 bytes.
void PunchLink::searchMtu()
{
	if (!_association || !_ours)
		return;
	while (const auto answered = _agent.pollProbe())
		_mtu.onAnswer(*answered, now());
	if (const auto size = _mtu.pollProbe(now()))
	{
		if (_agent.probe(*size, now()))
			transmit();
		else
			_mtu.notSent(now());
	}
	if (const auto size = _mtu.pollChange())
		_association->setPacketSize(*size - _session->overhead());
}

/// A path may shrink without a word: what is large is lost then, and what is small is answered as before.
void PunchLink::noticeStall()
{
	if (!_association)
		return;
	const auto retransmissions = _association->statistics().retransmissions;
	if (std::exchange(_retransmissionsSeen, retransmissions) != retransmissions && !_doubt)
		_mtu.onStall(now());
}

void PunchLink::doubtful()
{
	if (_restartAt != NEVER)
		return;
	_restartAt = now() + timing::RESTART_AFTER_DOUBT;
	if (_agent.role() == ice::Role::Controlled)
		_restartAt += timing::CONTROLLED_WAITS;
}

/// New credentials and, as discovery finds them, new addresses, under a living association (RFC 8445, section
/// 9).
void PunchLink::restart()
{
	_restartPending = true;
	_agent.restart(makeCredentials(_configuration), now());
	describe();
	_restartAt = now() + nextRetry();
}

/// How long the next attempt is to wait: not long while somebody may be waiting for it, longer for what has
/// been down for minutes.
Duration PunchLink::nextRetry()
{
	if (_downSince == NEVER)
		_downSince = now();
	const bool recent = now() - _downSince < timing::RECENT;
	const auto pause = std::min(_retry, recent ? timing::LAST_RECENT_RETRY : timing::LAST_RETRY);
	_retry = std::min(2 * pause, timing::LAST_RETRY);
	return pause;
}

void PunchLink::retirePort(const Port& port)
{
	if (_closed)
		return;
	_agent.retirePort(port, now());
	if (const auto lines = _agent.localLines(port); !lines.empty() && _generation != 0)
		_host.linkSignal(
			*this, encode(Trickle{.generation = _generation, .candidates = {}, .removed = lines}));
	settle();
}

void PunchLink::networkChanged()
{
	if (_closed || !_remote)
		return;
	_hard.restart();
	// What answers under the old credentials needs no signaling, whose connection may be dead as well; the
	// restart follows, for other networks may have better paths.
	_agent.recheck(now());
	_restartAt = now() + timing::RESTART_AFTER_DOUBT;
	_networkChanged = true;
	settle();
}

void PunchLink::onTimer()
{
	_timerAt = NEVER;
	if (_agent.nextDeadline() <= now())
	{
		_agent.onTimer(now());
		noticeStall();
	}
	if (_session && _session->nextDeadline() <= now())
	{
		const Below below{*this};
		_session->onTimer(now());
	}
	if (_hard.nextDeadline() <= now())
		_hard.onTimer(now());
	if (_restartAt <= now())
		retry();
	settle();
}

/// What is down is tried again, ever more rarely, for as long as the peer is there to answer.
void PunchLink::retry()
{
	_restartAt = NEVER;
	if (!_remote || _closed || (_peerLeft && _ending != Ending::None))
		return;
	if (_ending == Ending::Failed)
	{
		_ending = Ending::None;
		_tlsId = makeTlsId(_configuration.random);
		if (!_failed)
			return describe();
	}
	if (std::exchange(_networkChanged, false) || _doubt || _failed)
		restart();
}

void PunchLink::schedule()
{
	if (_closed)
		return;
	auto next = std::min({_agent.nextDeadline(), _hard.nextDeadline(), _restartAt, _stuckAt});
	if (_session)
		next = std::min(next, _session->nextDeadline());
	if (_association && _ours)
		next = std::min(next, _mtu.nextDeadline());
	if (next == _timerAt)
		return;
	_timerAt = next;
	if (next == NEVER)
		_timer.cancel();
	else
		_timer = _loop.at(next, [this] { onTimer(); });
}

}
