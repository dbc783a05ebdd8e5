// How a link begins and ends, and what it says through signaling; the other files have the rest.
#include "plugins/transport/udp-punch/link/PunchLink.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/link/Introduction.h"
#include "plugins/transport/udp-punch/link/LinkTiming.h"

namespace gimlet::udp_punch
{

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

}
