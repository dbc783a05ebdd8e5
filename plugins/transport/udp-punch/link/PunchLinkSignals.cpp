// What a link hears through signaling, and what it believes of that.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/link/Introduction.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

namespace
{

/// Ended DTLS associations that are remembered; older ones have left the network long ago.
constexpr std::size_t MAX_OVER = 16;

bool speaksOurs(const Description& description)
{
	const auto& options = description.iceOptions;
	return std::find(options.begin(), options.end(), "gimlet1") != options.end();
}

}

void PunchLink::signalReceived(const std::string& session, const std::string& data)
{
	if (session != _pairing.session || _closed)
		return;
	std::string why;
	bool describes = false;
	const auto signal = decodeSignal(data, session, &why, &describes);
	if (!signal)
	{
		// What others say beside it, a later version for instance, is no reason to refuse them.
		if (describes)
			_refusal = fmt::format("its description cannot be read: {}", why);
	}
	else if (const auto* description = std::get_if<Description>(&*signal))
		describedBy(*description);
	else if (const auto* punch = std::get_if<Punch>(&*signal))
		_hard.onPunch(*punch, now());
	else if (const auto& trickled = std::get<Trickle>(*signal);
			 _remote && trickled.generation == _remote->generation && _remote->session == session)
	{
		addRemotes(trickled.candidates);
		addMapped(trickled.candidates);
		removeMapped(trickled.removed);
		for (const auto& line : trickled.removed)
			_agent.removeRemote(line, now());
		if (trickled.endOfCandidates)
			_agent.remoteDone(now());
	}
	settle();
}

void PunchLink::describedBy(const Description& description)
{
	// Without a tls-id (RFC 8842) the certificate tells one DTLS association from the next.
	const bool newAssociation =
		_remote && (_remote->fingerprint != description.fingerprint || _remote->tlsId != description.tlsId);
	if (isRepeated(description, newAssociation) || !believe(description))
		return;
	if (newAssociation)
	{
		_overTlsIds.push_back(_remote->tlsId);
		if (_overTlsIds.size() > MAX_OVER)
			_overTlsIds.pop_front();
	}
	follow(description, newAssociation);
}

/// Whether it is one that has been followed before: descriptions of a session are counted, but one who has
/// forgotten the link begins with another DTLS association to count anew.
bool PunchLink::isRepeated(const Description& description, bool newAssociation) const
{
	if (!_remote || _remote->session != description.session)
		return false;
	if (newAssociation && !description.tlsId.empty())
		return std::find(_overTlsIds.begin(), _overTlsIds.end(), description.tlsId) != _overTlsIds.end();
	return description.generation <= _remote->generation;
}

/// Whether the description is the peer's own, as far as this node demands it.
bool PunchLink::believe(const Description& description)
{
	const auto judgement = judge(description, _pairing.room, _configuration.peer, _configuration.own);
	if (judgement.kind == Judgement::Kind::Forged)
	{
		refuse(fmt::format(
			"not linked, since {}; the rendezvous, or who sits there, may be lying", judgement.reason));
		return false;
	}
	// Who has proven its id in this pairing goes on doing so; what comes without is somebody else's.
	if (judgement.kind == Judgement::Kind::Unsigned && _proven && _remote &&
		_remote->session == description.session)
	{
		refuse("a description came that is not signed, after ones that were; the rendezvous, or who sits "
			   "there, may be lying");
		return false;
	}
	if (judgement.kind == Judgement::Kind::Unsigned && !_configuration.acceptUnsigned)
	{
		refuse(fmt::format(
			"{}, and this node takes none of those ([udp-punch] accept_unsigned)", judgement.reason));
		return false;
	}
	_proven = judgement.kind == Judgement::Kind::Proven;
	_refusal.clear();
	return true;
}

/// A living link goes on: what cannot be believed changes nothing of it.
void PunchLink::refuse(const std::string& reason)
{
	const bool first = _refusal.empty();
	_refusal = reason;
	if (first)
		_host.linkNotice(*this, reason);
}

void PunchLink::follow(const Description& description, bool newAssociation)
{
	const auto before = std::exchange(_remote, description);
	_describedAt = now();
	_ours = speaksOurs(description);
	// RFC 8445, section 6.1.1: whoever offers controls. Two of ours go by their ids; others expect this, and
	// aiortc takes a role that changes later amiss.
	if (!_ours && !before)
		_agent.assume(
			description.setup == Setup::ActPass ? ice::Role::Controlled : ice::Role::Controlling, now());
	if (newAssociation)
	{
		dropStack(Ending::None, "the peer began anew");
		_restartPending = false;
		// Only a new session makes both sides describe themselves by themselves.
		if (before->session == description.session)
			describe();
	}
	else if (_ending != Ending::None)
	{
		// Ours is over, and the peer does not know yet: it hears of the next one.
		dropStack(Ending::None, "");
		_tlsId = makeTlsId(_configuration.random);
		describe();
	}
	const bool restarted = before && !newAssociation && before->ice != description.ice;
	if (restarted)
	{
		// RFC 8445, section 9: both sides get new credentials. Who has asked for it has them already; and who
		// has answered once is pending too, or two that answer each other's former descriptions never end.
		const bool answered = description.answers == _agent.local().ufrag;
		if (!answered && !_restartPending)
		{
			_restartPending = true;
			_agent.restart(makeCredentials(_configuration), now());
			describe();
		}
		else if (answered)
			_restartPending = false;
	}
	_agent.setRemote(description.ice, now());
	addRemotes(description.candidates);
	addMapped(description.candidates);
	if (description.endOfCandidates)
		_agent.remoteDone(now());
}

void PunchLink::addRemotes(const std::vector<CandidateLine>& candidates)
{
	for (const auto& candidate : candidates)
	{
		if (candidate.hostName.empty())
			_agent.addRemote(candidate, now());
		else
			_host.linkResolve(*this, candidate);
	}
}

void PunchLink::addRemote(const CandidateLine& candidate)
{
	_agent.addRemote(candidate, now());
	settle();
}

}
