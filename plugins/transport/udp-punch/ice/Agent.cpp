#include "plugins/transport/udp-punch/ice/Agent.h"

#include <array>
#include <utility>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

namespace
{

/// RFC 8839, section 5.4: ice-char.
constexpr std::string_view ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Six bits a character: 48 (several agents tell each other's checks apart by it) and 144.
constexpr std::size_t UFRAG_LENGTH = 8;
constexpr std::size_t PWD_LENGTH = 24;

std::string randomText(const Random& random, std::size_t length)
{
	std::array<std::uint8_t, PWD_LENGTH> bytes{};
	random(std::span{bytes}.first(length));
	std::string text;
	for (const auto byte : std::span{bytes}.first(length))
		text += ALPHABET[byte % ALPHABET.size()];
	return text;
}

}

IceCredentials makeCredentials(const Random& random)
{
	auto ufrag = randomText(random, UFRAG_LENGTH);
	return {.ufrag = std::move(ufrag), .pwd = randomText(random, PWD_LENGTH)};
}

Agent::Agent(Configuration configuration) : _impl(std::make_unique<Impl>(std::move(configuration))) {}

Agent::~Agent() = default;

std::optional<CandidateLine> Agent::addLocal(const Candidate& candidate, TimePoint now)
{
	auto line = _impl->_locals.add(candidate);
	_impl->formPairs();
	_impl->settle(now);
	return line;
}

std::optional<CandidateLine> Agent::removeLocal(const Candidate& candidate, TimePoint now)
{
	return _impl->removeLocal(candidate, now);
}

void Agent::removePort(const Port& port, TimePoint now)
{
	_impl->removePort(port, now);
}

void Agent::retirePort(const Port& port, TimePoint now)
{
	_impl->retirePort(port, now);
}

std::vector<CandidateLine> Agent::localLines() const
{
	return _impl->_locals.lines([this](const Port* port) { return !_impl->_retired.contains(port); });
}

void Agent::setRemote(const IceCredentials& credentials, TimePoint now)
{
	_impl->setRemote(credentials, now);
}

void Agent::addRemote(const CandidateLine& candidate, TimePoint now)
{
	_impl->addRemote(candidate, now);
}

void Agent::removeRemote(const CandidateLine& candidate, TimePoint now)
{
	_impl->removeRemote(candidate, now);
}

void Agent::remoteDone(TimePoint now)
{
	_impl->_remoteDone = true;
	_impl->settle(now);
}

bool Agent::onDatagram(ByteView datagram, const Path& path, TimePoint now)
{
	const auto message = stun::MessageView::parse(datagram);
	if (!message || message->method() != stun::method::BINDING)
		return false;
	bool ours = false;
	if (message->messageClass() == stun::MessageClass::Request)
		ours = _impl->onRequest(*message, path, now);
	else if (message->messageClass() != stun::MessageClass::Indication)
		ours = _impl->onResponse(*message, path, now);
	if (ours)
		_impl->settle(now);
	return ours;
}

void Agent::onTraffic(const Path& path, TimePoint now)
{
	_impl->hear(path, now);
}

void Agent::carefulPort(const Port& port, unsigned hops)
{
	_impl->_careful[&port] = hops;
}

bool Agent::shoot(Port& port, const Endpoint& remote, unsigned hops, TimePoint now)
{
	return _impl->shoot(port, remote, hops, now);
}

void Agent::restart(IceCredentials local, TimePoint now)
{
	_impl->restart(std::move(local), now);
}

void Agent::recheck(TimePoint now)
{
	_impl->recheckAll(now);
	_impl->settle(now);
}

void Agent::onTimer(TimePoint now)
{
	_impl->onTimer(now);
}

TimePoint Agent::nextDeadline() const
{
	return _impl->nextDeadline();
}

std::optional<Agent::Outgoing> Agent::pollTransmit()
{
	const auto* item = _impl->_sending.pop();
	if (!item)
		return std::nullopt;
	return Outgoing{.datagram = item->datagram, .path = item->path, .hops = item->hops};
}

std::optional<Event> Agent::pollEvent()
{
	if (_impl->_events.empty())
		return std::nullopt;
	const auto event = _impl->_events.front();
	_impl->_events.pop_front();
	return event;
}

const std::optional<SelectedPair>& Agent::selected() const
{
	return _impl->_selected;
}

std::optional<SelectedPair> Agent::valid() const
{
	return _impl->best([this](const Pair& pair) { return _impl->consents(pair); });
}

std::optional<SelectedPair> Agent::early() const
{
	return _impl->best([](const Pair& pair) { return pair.asked && pair.port->kind() == PortKind::Relay; });
}

std::vector<SelectedPair> Agent::beside() const
{
	const auto& selected = _impl->_selected;
	std::vector<SelectedPair> pairs;
	for (const bool byRelay : {false, true})
	{
		const auto isSo = [&](const Pair& pair)
		{
			const bool apart = pair.port != selected->path.port || pair.remote != selected->path.remote;
			return apart && pair.relayed() == byRelay && _impl->consents(pair);
		};
		if (const auto pair = selected ? _impl->best(isSo) : std::nullopt)
			pairs.push_back(*pair);
	}
	return pairs;
}

bool Agent::tryingDirect() const
{
	return _impl->tryingDirect();
}

void Agent::assume(Role role, TimePoint now)
{
	if (_impl->_role != role)
		_impl->switchRole(now);
}

Role Agent::role() const
{
	return _impl->_role;
}

const IceCredentials& Agent::local() const
{
	return _impl->_current.local;
}

const Agent::Counters& Agent::counters() const
{
	return _impl->_counters;
}

bool Agent::probe(std::size_t size, TimePoint now)
{
	return _impl->probe(size, now);
}

std::optional<bool> Agent::pollProbe()
{
	return std::exchange(_impl->_probed, std::nullopt);
}

Port* Agent::pollRebound()
{
	return std::exchange(_impl->_rebound, nullptr);
}

std::vector<CandidateLine> Agent::localLines(const Port& port) const
{
	return _impl->_locals.lines([&port](const Port* other) { return other == &port; });
}

std::string Agent::explain() const
{
	return _impl->explain();
}

std::string Agent::explainDirect() const
{
	return _impl->explainDirect();
}

}
