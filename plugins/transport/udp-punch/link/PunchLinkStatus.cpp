// What a link says of itself.
#include <fmt/format.h>

#include <utility>

#include "plugins/transport/udp-punch/link/LinkTiming.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

LinkState PunchLink::state() const
{
	if (!_refusal.empty() && !_chat.ready())
		return LinkState::Lost;
	if (_ending != Ending::None || (_failed && _chat.ready()))
		return LinkState::Lost;
	if (_chat.ready())
		return _doubt ? LinkState::Silent : LinkState::Up;
	if (!_remote)
		return LinkState::Waiting;
	return _failed ? LinkState::Lost : LinkState::Attempted;
}

std::string PunchLink::reason() const
{
	if (!_refusal.empty() && !_chat.ready())
		return _refusal;
	if (_ending != Ending::None)
		return _endingReason;
	if (_failed || (!way() && _remote))
		return _agent.explain();
	if (_chat.ready() && _doubt)
		return "the peer has stopped answering on this path; looking for another one";
	if (_chat.ready())
		return reasonOfRelay();
	if (!_remote)
		return "its description has not come yet";
	return _sessionOpen ? "a path is found; opening the chat channel" : "a path is found; agreeing on keys";
}

/// Why what is said takes the way over a relay; "" if it does not.
std::string PunchLink::reasonOfRelay() const
{
	const auto& pair = _agent.selected();
	if (!pair || !ice::relayed(*pair))
		return "";
	if (_agent.tryingDirect() || _hard.working())
		return "relayed, trying direct…";
	const auto nats = _hard.explain();
	return fmt::format(
		"relayed, since no direct path has been found: {}", nats.empty() ? _agent.explainDirect() : nats);
}

LinkStatus PunchLink::status() const
{
	LinkStatus status;
	status.state = state();
	status.reason = reason();
	if (const auto pair = way())
	{
		status.local = pair->path.local.valid() || !pair->path.port ? pair->path.local
																	: pair->path.port->localEndpoint();
		status.remote = pair->path.remote;
		status.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(pair->roundTrip);
		status.localType = pair->localType;
		status.remoteType = pair->remoteType;
	}
	if (_session)
		status.cipher = _session->cipher();
	if (_verification && _verification->code())
	{
		status.codeWords = verify::words(*_verification->code());
		status.codeDigits = verify::digits(*_verification->code());
	}
	if (_verification)
		status.codeFailure = _verification->error();
	status.encrypted = _chat.ready() || _refusal.empty();
	status.acknowledges = _chat.acknowledges();
	status.proven = _proven;
	status.bytesSent = _bytesSent;
	status.bytesReceived = _bytesReceived;
	if (_association)
		status.retransmissions = _association->statistics().retransmissions;
	return status;
}

void PunchLink::tellIfChanged()
{
	const auto current = state();
	auto why = reason();
	const auto pair = way();
	const auto remote = pair ? pair->path.remote : Endpoint{};
	using Verification = verify::VerifyMachine::State;
	const auto verification = _verification ? _verification->state() : Verification::Idle;
	const bool changed = current != _toldState || why != _toldReason || remote != _toldRemote ||
						 verification != _toldVerification;
	const bool stale = current == LinkState::Up && now() - _toldAt >= timing::STATUS_INTERVAL;
	if (!changed && !stale)
		return;
	_toldState = current;
	_toldReason = std::move(why);
	_toldRemote = remote;
	_toldVerification = verification;
	_toldAt = now();
	_host.linkChanged(*this);
}

}
