// The part of NodeCore that deals with the network: ports, candidates, NATs, what is known of it.
#include <algorithm>
#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "node/core/NodeCore.h"

namespace gimlet::core
{

namespace
{

/// Who finds host addresses: no plugin has that name.
const std::string OURSELVES;

}

void NodeCore::candidateFound(const Candidate& candidate, const std::string& finder)
{
	if (!_candidates.add(candidate, finder))
		return;
	logInformation(_logger, candidate.endpoint.isDiscardOnly()
								? fmt::format("reachable through the relay of {}", candidate.source)
								: fmt::format("reachable as {} ({}, says {})", candidate.endpoint.toString(),
									  toString(candidate.type), candidate.source));
	for (auto* transport : _transports)
		transport->candidateFound(candidate);
	describe();
	_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

void NodeCore::candidateLost(const Candidate& candidate, const std::string& finder)
{
	if (!_candidates.remove(candidate, finder))
		return;
	logInformation(_logger, candidate.endpoint.isDiscardOnly()
								? fmt::format("no longer reachable through the relay of {}", candidate.source)
								: fmt::format("no longer reachable as {}", candidate.endpoint.toString()));
	for (auto* transport : _transports)
		transport->candidateLost(candidate);
	describe();
	_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

void NodeCore::gatheringDone(Port&)
{
	announceHostAddresses();
}

void NodeCore::mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail)
{
	if (!_candidates.setMapping(port, behaviour))
		return;
	if (behaviour == MappingBehaviour::AddressDependent)
		logWarning(_logger,
			fmt::format(
				"this network has an address-dependent mapping ({}): peers behind strict NATs may not "
				"reach this node",
				detail));
	_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

void NodeCore::publicAddress(const std::string& address, const std::string& source)
{
	if (_description.publicAddress == address)
		return;
	logInformation(_logger, fmt::format("public address {}, says {}", address, source));
	_description.publicAddress = address;
	for (auto* signaling : _signalings)
		signaling->describe(_description);
}

void NodeCore::portOpened(Transport& from, Port& port)
{
	_ports[&port] = &from;
	for (auto* discovery : _discoveries)
		discovery->portOpened(port);
	_grace = _loop.after(_options.discoveryGrace, [this] { announceHostAddresses(); });
}

void NodeCore::portClosed(Transport&, Port& port)
{
	for (auto* discovery : _discoveries)
		discovery->portClosed(port);
	_ports.erase(&port);
	if (_nats.erase(&port) > 0)
		_observers.tell([](NodeObserver& observer) { observer.networkChanged(); });
	if (!_candidates.removePort(port))
		return;
	describe();
	_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

bool NodeCore::stunReceived(ByteView datagram, const Path& path, TimePoint now)
{
	return std::any_of(_discoveries.begin(), _discoveries.end(),
		[&](auto* discovery) { return discovery->onDatagram(datagram, path, now); });
}

/// Without any STUN server in reach, nodes of one network can still find each other by their own address. It
/// is looked at again until there is a better one, for the network may come later than the node, or change.
void NodeCore::announceHostAddresses()
{
	if (_candidates.hasReflexive())
		return;
	for (const auto& [port, transport] : _ports)
	{
		const auto present = hostCandidate(*port);
		const auto known = _candidates.all();
		if (present)
			candidateFound(*present, OURSELVES); // first, so that the node is at no moment without one
		for (const auto& candidate : known)
			if (candidate.type == CandidateType::Host && candidate.port == port &&
				!(present && present->endpoint == candidate.endpoint))
				candidateLost(candidate, OURSELVES);
	}
	_grace = _loop.after(_options.discoveryGrace, [this] { announceHostAddresses(); });
}

std::optional<Candidate> NodeCore::hostCandidate(Port& port) const
{
	auto endpoint = port.localEndpoint();
	if (endpoint.isUnspecified())
	{
		const auto addresses = hostAddresses();
		const auto usable = std::find_if(addresses.begin(), addresses.end(),
			[&port](const auto& address) { return port.supports(address.family()); });
		if (usable == addresses.end())
			return std::nullopt;
		endpoint = usable->withPort(endpoint.port());
	}
	return Candidate{CandidateType::Host, endpoint, port.localEndpoint(), &port, "this machine"};
}

void NodeCore::describe()
{
	const auto best = _candidates.best();
	if (_description.endpoint == best)
		return;
	_description.endpoint = best;
	for (auto* signaling : _signalings)
		signaling->describe(_description);
}

void NodeCore::refreshDiscoveries()
{
	constexpr auto SHORTEST_PAUSE = std::chrono::seconds{1};
	// What was changed after the last look is looked at all the same: a network comes in several steps.
	if (_lastRefresh != TimePoint{} && _loop.now() - _lastRefresh < SHORTEST_PAUSE)
	{
		_nextRefresh = _loop.at(_lastRefresh + SHORTEST_PAUSE, [this] { refreshDiscoveries(); });
		return;
	}
	_lastRefresh = _loop.now();
	for (auto* discovery : _discoveries)
		discovery->refresh();
}

void NodeCore::sampleNat(Port& port)
{
	for (auto* discovery : _discoveries)
		discovery->sampleNat(port);
}

void NodeCore::natBehaviour(Port& port, const NatBehaviour& behaviour)
{
	const auto transport = _ports.find(&port);
	if (transport == _ports.end() || _nats[&port] == behaviour)
		return;
	_nats[&port] = behaviour;
	transport->second->natBehaviour(port, behaviour);
	_observers.tell([](NodeObserver& observer) { observer.networkChanged(); });
}

NatBehaviour NodeCore::nat() const
{
	// There may be ports that discovery has found nothing for.
	const auto known = std::find_if(_nats.begin(), _nats.end(),
		[](const auto& entry) { return entry.second.mapping != MappingBehaviour::Unknown; });
	return known == _nats.end() ? NatBehaviour{} : known->second;
}

void NodeCore::portOffered(Port& port)
{
	_offeredPorts.push_back(&port);
	for (auto* transport : _transports)
		transport->portOffered(port);
}

void NodeCore::portWithdrawn(Port& port)
{
	if (std::erase(_offeredPorts, &port) == 0)
		return;
	for (auto* transport : _transports)
		transport->portWithdrawn(port);
	if (_candidates.removePort(port))
		_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

void NodeCore::datagramReceived(ByteView datagram, const Path& path)
{
	for (auto* transport : _transports)
		transport->datagramReceived(datagram, path);
}

void NodeCore::relayServers(Signaling& from, const std::vector<RelayServer>& servers)
{
	_relayServers[&from] = servers;
	const auto all = allRelayServers();
	for (auto* discovery : _discoveries)
		discovery->relayServers(all);
}

std::vector<RelayServer> NodeCore::allRelayServers() const
{
	std::vector<RelayServer> all;
	for (const auto& [signaling, servers] : _relayServers)
		all.insert(all.end(), servers.begin(), servers.end());
	return all;
}

void NodeCore::report(const NetworkFact& fact)
{
	constexpr std::size_t MOST = 256;
	const std::pair key{fact.topic, fact.subject};
	const auto known = _facts.find(key);
	const bool isNew = known == _facts.end();
	if (isNew ? fact.text.empty() : known->second == fact)
		return;
	if (isNew && _facts.size() >= MOST)
		return _metrics.factDropped();
	if (fact.text.empty())
		_facts.erase(known);
	else
		_facts[key] = fact;
	_observers.tell([](NodeObserver& observer) { observer.networkChanged(); });
}

std::vector<NetworkFact> NodeCore::networkFacts() const
{
	std::vector<NetworkFact> facts;
	for (const auto& [key, fact] : _facts)
		facts.push_back(fact);
	return facts;
}

void NodeCore::networkChanged(const std::string& what)
{
	logInformation(_logger, fmt::format("{}; looking for paths anew", what));
	for (auto* signaling : _signalings)
		signaling->networkChanged();
	refreshDiscoveries();
	for (auto* transport : _transports)
		transport->networkChanged();
}

}
