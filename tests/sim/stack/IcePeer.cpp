#include "tests/sim/stack/IcePeer.h"

namespace gimlet::sim
{

using namespace udp_punch;

IcePeer::IcePeer(
	World& world, SignalingRoom& room, Host& host, PeerId id, const std::vector<Endpoint>& stunServers) :
	_world(world), _room(room), _host(host), _id(std::move(id))
{
	Ports::User user;
	user.found = [this](const Candidate& candidate)
	{
		if (_agent)
			trickle(_agent->addLocal(candidate, _world.now()), false);
	};
	user.lost = [this](const Candidate& candidate)
	{
		if (_agent)
			trickle(_agent->removeLocal(candidate, _world.now()), true);
	};
	user.received = [this](ByteView datagram, const Path& path)
	{
		if (!datagram.empty() && datagram.front() >= 4)
			received.emplace_back(asText(datagram));
		else if (_agent)
			_agent->onDatagram(datagram, path, _world.now());
		serve();
	};
	_ports = std::make_unique<Ports>(host, "[::]:8081", stunServers, std::move(user));
}

void IcePeer::join()
{
	_room.join(_id,
		{[this](const PeerOffer& offer) { offered(offer); },
			[this](const PeerId&, const std::string&, const std::string& data) { signalled(data); }, {}});
}

void IcePeer::offered(const PeerOffer& offer)
{
	_offer = offer;
	auto& random = _host.random();
	ice::Agent::Configuration configuration;
	configuration.role = _id < offer.peer ? ice::Role::Controlling : ice::Role::Controlled;
	configuration.random = [&random](std::span<std::uint8_t> out) { random.fill(out); };
	configuration.local = ice::makeCredentials(configuration.random);
	configuration.tieBreaker = random.next();
	configuration.tag = static_cast<std::uint32_t>(random.next());
	_agent = std::make_unique<ice::Agent>(std::move(configuration));
	for (const auto& candidate : _ports->candidates())
		_agent->addLocal(candidate, _world.now());
	_remoteGeneration = 0;
	describe();
	serve();
}

void IcePeer::restart()
{
	auto& random = _host.random();
	_agent->restart(
		ice::makeCredentials([&random](std::span<std::uint8_t> out) { random.fill(out); }), _world.now());
	describe();
	serve();
}

void IcePeer::describe()
{
	Description description;
	description.generation = ++_generation;
	description.ice = _agent->local();
	description.fingerprint = "sha-256 " + std::string(95, 'A');
	for (std::size_t colon = 10; colon < description.fingerprint.size(); colon += 3)
		description.fingerprint[colon] = ':';
	description.iceOptions = {"trickle", "ice2"};
	description.candidates = _agent->localLines();
	say(encode(description));
}

void IcePeer::say(const std::string& data)
{
	_room.send(_id, _offer.peer, _offer.session, data);
}

void IcePeer::trickle(const std::optional<CandidateLine>& line, bool removed)
{
	if (!line)
		return;
	Trickle message{.generation = _generation};
	(removed ? message.removed : message.candidates).push_back(*line);
	say(encode(message));
	serve();
}

void IcePeer::signalled(const std::string& data)
{
	const auto now = _world.now();
	const auto signal = decodeSignal(data, _offer.session).value();
	if (const auto* description = std::get_if<Description>(&signal))
	{
		const bool restarted = _remoteGeneration != 0 && description->generation > _remoteGeneration;
		_remoteGeneration = description->generation;
		_agent->setRemote(description->ice, now);
		for (const auto& candidate : description->candidates)
			_agent->addRemote(candidate, now);
		// RFC 8445, section 9: whoever is restarted restarts too.
		if (restarted && _generation < description->generation)
			restart();
	}
	else
	{
		const auto& message = std::get<Trickle>(signal);
		for (const auto& candidate : message.candidates)
			_agent->addRemote(candidate, now);
		for (const auto& candidate : message.removed)
			_agent->removeRemote(candidate, now);
	}
	serve();
}

bool IcePeer::send(std::string_view text)
{
	const auto& selected = _agent->selected();
	return selected &&
		   selected->path.port->sendFrom(selected->path.local, asBytes(text), selected->path.remote);
}

void IcePeer::serve()
{
	if (!_agent)
		return;
	while (const auto outgoing = _agent->pollTransmit())
		outgoing->path.port->sendFrom(outgoing->path.local, outgoing->datagram, outgoing->path.remote);
	while (const auto event = _agent->pollEvent())
	{
		events.push_back(*event);
		failed = *event == ice::Event::Failed || (failed && *event != ice::Event::Selected);
		if (*event == ice::Event::Selected && !linkedAt)
			linkedAt = _world.now();
	}
	const auto deadline = _agent->nextDeadline();
	if (deadline == NEVER)
		_timer.cancel();
	else
		_timer = _host.loop().at(deadline,
			[this]
			{
				_agent->onTimer(_world.now());
				serve();
			});
}

}
