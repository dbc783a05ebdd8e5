// What a link says and hears through signaling; see PunchLinkPath.cpp and PunchLinkStack.cpp for the rest.
#include "plugins/transport/udp-punch/link/PunchLink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/link/Introduction.h"
#include "plugins/transport/udp-punch/link/LinkTiming.h"

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

IceCredentials PunchLink::makeCredentials(const Configuration& configuration)
{
	auto credentials = ice::makeCredentials(configuration.random);
	credentials.ufrag = configuration.ufragHead + credentials.ufrag;
	return credentials;
}

ice::Agent::Configuration PunchLink::agentConfiguration(const Configuration& configuration)
{
	ice::Agent::Configuration agent;
	agent.role = configuration.own < configuration.peer ? ice::Role::Controlling : ice::Role::Controlled;
	agent.local = makeCredentials(configuration);
	std::array<std::uint8_t, 8> tieBreaker{};
	configuration.random(tieBreaker);
	for (const auto byte : tieBreaker)
		agent.tieBreaker = agent.tieBreaker << 8U | byte;
	agent.tag = configuration.tag;
	agent.random = configuration.random;
	agent.allowLoopback = configuration.allowLoopback;
	agent.keepalive = configuration.keepalive;
	agent.consentExpiry = configuration.consentExpiry;
	return agent;
}

PunchLink::PunchLink(EventLoop& loop, Configuration configuration, Host& host) :
	_loop(loop),
	_configuration(std::move(configuration)),
	_host(host),
	_agent(agentConfiguration(_configuration)),
	_tlsId(makeTlsId(_configuration.random)),
	_chat(*this),
	_hard(_configuration.punch, below(_configuration.random), _configuration.own < _configuration.peer),
	_retry(timing::FIRST_RETRY)
{
}

std::string PunchLink::makeTlsId(const ice::Random& random)
{
	std::array<std::uint8_t, 16> bytes{};
	random(bytes);
	std::string id;
	for (const auto byte : bytes)
		id += fmt::format("{:02x}", byte);
	return id;
}

PunchLink::~PunchLink()
{
	close();
	finish();
}

void PunchLink::close()
{
	if (std::exchange(_closed, true))
		return;
	*_alive = false;
	_timer.cancel();
	if (_below == 0)
		finish();
}

void PunchLink::finish()
{
	_association.reset();
	if (const auto session = std::exchange(_session, nullptr))
		session->close();
}

void PunchLink::offered(const Pairing& pairing)
{
	if (_closed)
		return;
	if (pairing.session != _pairing.session)
		_overTlsIds.clear();
	_pairing = pairing;
	_peerLeft = false;
	_hard.setTargets(_peerMapped, _pairing.seen);
	describe();
	settle();
}

void PunchLink::peerLeft()
{
	_peerLeft = true;
	settle();
}

/// Tells the peer how we are reached and recognised, with all candidates known by now.
void PunchLink::describe()
{
	if (_pairing.session.empty())
		return;
	Description description;
	description.session = _pairing.session;
	description.generation = ++_generation;
	description.ice = _agent.local();
	description.fingerprint = _configuration.certificate->fingerprint();
	description.tlsId = _tlsId;
	description.answers = _remote ? _remote->ice.ufrag : "";
	description.maxMessageSize = _configuration.maxMessage;
	description.iceOptions = {"trickle", "gimlet1"};
	description.candidates = _agent.localLines();
	introduce(description, *_configuration.identity, _pairing.room, _configuration.peer);
	_host.linkSignal(*this, encode(description));
	tellNat();
}

void PunchLink::trickle(const CandidateLine& line, bool removed)
{
	if (_generation == 0)
		return; // the description that comes first will have it
	Trickle trickle;
	trickle.generation = _generation;
	(removed ? trickle.removed : trickle.candidates).push_back(line);
	_host.linkSignal(*this, encode(trickle));
}

void PunchLink::addLocal(const Candidate& candidate)
{
	if (const auto line = _agent.addLocal(candidate, now()))
		trickle(*line, false);
	settle();
}

void PunchLink::removeLocal(const Candidate& candidate)
{
	if (const auto line = _agent.removeLocal(candidate, now()))
		trickle(*line, true);
	settle();
}

void PunchLink::removePort(const Port& port)
{
	_agent.removePort(port, now());
	settle();
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
			   "there, may "
			   "be lying");
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
		// RFC 8445, section 9: both sides get new credentials. Who has asked for it has them already.
		const bool answered = description.answers == _agent.local().ufrag;
		if (!answered && !_restartPending)
		{
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
