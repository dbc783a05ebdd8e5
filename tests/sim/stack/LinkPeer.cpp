#include "tests/sim/stack/LinkPeer.h"

#include <fmt/format.h>

#include <utility>

namespace gimlet::sim
{

using namespace udp_punch;

namespace
{

/// The one peer, whose id is not known before it is offered.
const PeerId PEER = "peer";

}

LinkPeer::LinkPeer(World& world, SignalingRoom& room, sim::Host& host,
	const std::vector<Endpoint>& stunServers, std::shared_ptr<sctp::Engine> engine, SimRelay* relay) :
	_world(world),
	_room(room),
	_host(host),
	_engine(std::move(engine)),
	_stunServers(stunServers),
	_outbox({.messagesPerPeer = 20'000, .bytesPerPeer = 16U << 20U, .bytes = 16U << 20U})
{
	_ports = std::make_unique<Ports>(host, "[::]:8081", stunServers, portUser());
	_lifetime.began(world.now());
	if (relay)
		_relayPort = relay->open([this](ByteView datagram, const Path& path) { arrived(datagram, path); });
}

Ports::User LinkPeer::portUser()
{
	Ports::User user;
	user.found = [this](const Candidate& candidate)
	{
		if (_link && _careful)
			_link->carefulPort(*candidate.port);
		if (_link)
			_link->addLocal(candidate);
	};
	user.lost = [this](const Candidate& candidate)
	{
		if (_link)
			_link->removeLocal(candidate);
	};
	user.nat = [this](const NatBehaviour& nat)
	{
		if (_link)
			_link->natBehaviour(nat);
	};
	user.received = [this](ByteView datagram, const Path& path) { arrived(datagram, path); };
	return user;
}

void LinkPeer::arrived(ByteView datagram, const Path& path)
{
	if (!_link || datagram.empty())
		return;
	// RFC 7983.
	if (datagram.front() < 4)
		_link->onStun(datagram, path);
	else if (datagram.front() >= 20 && datagram.front() < 64)
		_link->onRecord(datagram, path);
}

Candidate LinkPeer::relayCandidate() const
{
	const auto address = _relayPort->localEndpoint();
	return {CandidateType::Relayed, address, address, _relayPort.get(), "relay"};
}

bool LinkPeer::relayed() const
{
	const auto& pair = _link->agent().selected();
	return pair && ice::relayed(*pair);
}

bool LinkPeer::direct() const
{
	const auto& pair = _link->agent().selected();
	return pair && !ice::relayed(*pair);
}

void LinkPeer::join()
{
	_room.join(id(), {[this](const PeerOffer& offer) { offered(offer); },
						 [this](const PeerId&, const std::string& session, const std::string& data)
						 {
							 if (_link)
								 _link->signalReceived(session, data);
						 },
						 [this](const PeerId&)
						 {
							 if (_link)
								 _link->peerLeft();
						 }});
}

void LinkPeer::leave()
{
	_room.leave(id());
}

void LinkPeer::offered(const PeerOffer& offer)
{
	if (!_link)
	{
		auto& random = _host.random();
		PunchLink::Configuration configuration;
		configuration.own = id();
		configuration.peer = offer.peer;
		configuration.identity = _identity.get();
		configuration.certificate = _certificate;
		configuration.engine = _engine;
		configuration.random = [&random](std::span<std::uint8_t> out) { random.fill(out); };
		configuration.tag = static_cast<std::uint32_t>(random.next());
		_link = std::make_unique<PunchLink>(
			_host.loop(), std::move(configuration), static_cast<PunchLink::Host&>(*this));
		for (const auto& candidate : _ports->candidates())
			_link->addLocal(candidate);
		if (_relayPort)
			_link->addLocal(relayCandidate());
		_link->natBehaviour(_ports->nat());
	}
	_link->offered({offer.session, offer.room, offer.seen});
}

bool LinkPeer::up() const
{
	return !states.empty() && states.back().first == LinkState::Up;
}

std::string LinkPeer::say(const std::string& text)
{
	const auto id = fmt::format("{}-{:08}", _host.name(), ++_lastId);
	if (!_outbox.add(PEER, {id, text, WallTime{}}))
		throw std::length_error("the outbox is full");
	flush();
	return id;
}

std::size_t LinkPeer::waiting() const
{
	return _outbox.size(PEER);
}

/// As NodeCore does it.
void LinkPeer::flush()
{
	_flushAgain = true;
	if (std::exchange(_flushing, true))
		return;
	while (std::exchange(_flushAgain, false))
	{
		const auto* next = up() ? _outbox.next(PEER) : nullptr;
		if (next == nullptr)
			continue;
		const auto message = *next;
		if (_link->send(message) != SendResult::Sent)
			continue;
		_outbox.handedOver(PEER, message.id, true);
		_flushAgain = true;
	}
	_flushing = false;
}

void LinkPeer::networkChanged()
{
	_ports->refresh();
	if (_link)
		_link->networkChanged();
}

bool LinkPeer::linkSignal(PunchLink& link, const std::string& text)
{
	return _room.send(id(), link.peer(), link.session(), text);
}

void LinkPeer::linkChanged(PunchLink& link)
{
	const auto status = link.status();
	const auto state = status.state;
	if (!directAt && state == LinkState::Up && direct())
		directAt = _world.now();
	auto line = fmt::format("{}: {}", toString(state), status.reason);
	if (story.empty() || !story.back().ends_with(line))
		story.push_back(fmt::format("{} ms: {}",
			std::chrono::duration_cast<std::chrono::milliseconds>(_world.elapsed()).count(), line));
	const auto before = states.empty() ? LinkState::Waiting : states.back().first;
	if (state == before)
		return;
	states.emplace_back(state, _world.now());
	if (state == LinkState::Up)
	{
		if (!upAt)
			upAt = _world.now();
		_outbox.rewind(PEER);
		flush();
	}
	else if (before == LinkState::Up)
		_ports->refresh();
}

void LinkPeer::linkReceived(PunchLink&, const ChatMessage& message)
{
	if (!_seen.insert(message.id))
	{
		++repeated;
		return;
	}
	if (!firstReceivedAt)
		firstReceivedAt = _world.now();
	received.push_back(message.content);
}

void LinkPeer::linkAcknowledged(PunchLink&, const std::string& id)
{
	_outbox.acknowledged(PEER, id);
	if (onRoom)
		onRoom();
}

void LinkPeer::linkWritable(PunchLink&)
{
	flush();
}

ChannelObserver* LinkPeer::linkChannelOffered(PunchLink&, Channel&)
{
	return channels;
}

void LinkPeer::linkNotice(PunchLink&, const std::string& text)
{
	notices.push_back(text);
}

void LinkPeer::linkResolve(PunchLink&, const CandidateLine&) {}

std::optional<std::vector<Port*>> LinkPeer::linkBeginPunch(PunchLink&, std::size_t ports)
{
	std::vector<Port*> opened;
	while (opened.size() < ports)
	{
		auto& port = _shotPorts.emplace_back(_host.open("0.0.0.0:0"));
		port->receiver = [this](ByteView datagram, const Path& path, TimePoint) { arrived(datagram, path); };
		opened.push_back(port.get());
	}
	return opened;
}

void LinkPeer::linkEndPunch(PunchLink&)
{
	_host.loop().post(
		[this]
		{
			const auto& selected = _link->agent().selected();
			auto ports = std::move(_shotPorts);
			_shotPorts.clear();
			for (auto& port : ports)
				if (selected && selected->path.port == port.get())
					_shotPorts.push_back(std::move(port));
				else
					_link->removePort(*port);
		});
}

void LinkPeer::linkSampleNat(PunchLink&)
{
	_ports->sampleNat();
}

Port* LinkPeer::linkOwnPort(PunchLink&)
{
	return &_ports->port();
}

void LinkPeer::linkRebound(PunchLink&, Port& port)
{
	if (&port != &_ports->port())
		return;
	_lifetime.ended(_world.now());
	if (const auto leave = _lifetime.leaveAt(); leave != NEVER)
		_move = _host.loop().at(leave, [this] { moveToFreshPort(false); });
}

bool LinkPeer::linkStuck(PunchLink&)
{
	if (_oldPorts)
		return false;
	_move = _host.loop().after(Duration::zero(), [this] { moveToFreshPort(true); });
	return true;
}

void LinkPeer::moveToFreshPort(bool careful)
{
	++moves;
	_oldPorts = std::exchange(_ports, nullptr);
	_careful = careful;
	_ports = std::make_unique<Ports>(_host, "[::]:0", _stunServers, portUser());
	_lifetime.began(_world.now());
	_careful = false;
	_link->retirePort(_oldPorts->port());
	_leaving = _host.loop().after(std::chrono::seconds{8},
		[this]
		{
			_link->removePort(_oldPorts->port());
			_oldPorts.reset();
		});
	if (const auto leave = _lifetime.leaveAt(); leave != NEVER)
		_move = _host.loop().at(leave, [this] { moveToFreshPort(false); });
}

std::string LinkPeer::explain() const
{
	auto result = fmt::format("{} ({}): received {}, repeated {}, waiting {}\n", _host.name(), id(),
		received.size(), repeated, waiting());
	for (const auto& line : story)
		result += "  " + line + "\n";
	for (const auto& notice : notices)
		result += "  notice: " + notice + "\n";
	if (_link)
		result += fmt::format("  {}; agent: {}\n", _link->status().reason, _link->agent().explain());
	return result;
}

}
