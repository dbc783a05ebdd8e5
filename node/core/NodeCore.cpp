#include "node/core/NodeCore.h"

#include <Poco/String.h>

#include <algorithm>
#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"

namespace gimlet::core
{

NodeCore::NodeCore(EventLoop& loop, Poco::Logger& logger, Options options) :
	_loop(loop),
	_logger(logger),
	_options(std::move(options)),
	_pins(_options.pins ? _options.pins : &_ownPins),
	_metrics(_options.metrics),
	_outbox(_options.outbox)
{
	_description.name = _options.name;
	// Ids are compared in lower case, in which signaling gives them; a person may have written them
	// otherwise.
	std::set<PeerId> peers;
	for (const auto& peer : _options.peers)
		peers.insert(Poco::toLower(peer));
	_options.peers = std::move(peers);
}

NodeCore::~NodeCore() = default;

void NodeCore::attach(Discovery& discovery)
{
	_discoveries.push_back(&discovery);
	for (const auto& [port, transport] : _ports)
		discovery.portOpened(*port);
}

void NodeCore::attach(Signaling& signaling)
{
	_signalings.push_back(&signaling);
	signaling.describe(_description);
}

void NodeCore::attach(Transport& transport)
{
	_transports.push_back(&transport);
	_description.transports.push_back(transport.protocol());
	for (auto* signaling : _signalings)
		signaling->describe(_description);
}

void NodeCore::detach(Discovery& discovery)
{
	std::erase(_discoveries, &discovery);
}

void NodeCore::detach(Signaling& signaling)
{
	std::erase(_signalings, &signaling);
	for (auto& [id, record] : _peers)
		if (record.signaling == &signaling)
			record.signaling = nullptr;
}

void NodeCore::detach(Transport& transport)
{
	std::erase(_transports, &transport);
	std::erase(_description.transports, transport.protocol());
	std::erase_if(_ports, [&transport](const auto& entry) { return entry.second == &transport; });
	for (auto& [id, record] : _peers)
		if (record.transport == &transport)
			record.transport = nullptr;
}

void NodeCore::pluginChanged(const PluginInfo& plugin)
{
	const auto known = std::find_if(
		_plugins.begin(), _plugins.end(), [&plugin](const auto& other) { return other.name == plugin.name; });
	if (known == _plugins.end())
		_plugins.push_back(plugin);
	else
		*known = plugin;
	_observers.tell([&plugin](NodeObserver& observer) { observer.pluginChanged(plugin); });
}

void NodeCore::notice(const std::string& text)
{
	constexpr std::size_t LONGEST = 1000;
	say(_notices, Poco::Message::PRIO_WARNING, text, printable(text, LONGEST));
}

const PeerId& NodeCore::id() const
{
	return _options.id;
}

const std::string& NodeCore::name() const
{
	return _options.name;
}

const std::string& NodeCore::version() const
{
	return _options.version;
}

std::vector<PluginInfo> NodeCore::plugins() const
{
	return _plugins;
}

std::vector<Candidate> NodeCore::candidates() const
{
	return _candidates.all();
}

MappingBehaviour NodeCore::mapping() const
{
	return _candidates.mapping();
}

SignalingState NodeCore::signalingState() const
{
	return _signalingState;
}

std::string NodeCore::signalingDetail() const
{
	return _signalingDetail;
}

bool NodeCore::ready() const
{
	return !_plugins.empty() && std::all_of(_plugins.begin(), _plugins.end(),
									[](const auto& plugin) {
										return !plugin.required || plugin.state == PluginState::Ready ||
											   plugin.state == PluginState::Degraded;
									});
}

std::size_t NodeCore::maxMessage() const
{
	std::size_t smallest = 0;
	for (const auto* transport : _transports)
		if (const auto limit = transport->maxMessage(); limit != 0 && (smallest == 0 || limit < smallest))
			smallest = limit;
	return smallest;
}

bool NodeCore::encrypted() const
{
	return !_transports.empty() && std::all_of(_transports.begin(), _transports.end(),
									   [](const auto* transport) { return transport->encrypts(); });
}

void NodeCore::addObserver(NodeObserver& observer)
{
	_observers.add(observer);
}

void NodeCore::removeObserver(NodeObserver& observer)
{
	_observers.remove(observer);
}

void NodeCore::candidateFound(const Candidate& candidate)
{
	if (!_candidates.add(candidate))
		return;
	logInformation(_logger, fmt::format("reachable as {} ({}, says {})", candidate.endpoint.toString(),
								toString(candidate.type), candidate.source));
	for (auto* transport : _transports)
		transport->candidateFound(candidate);
	describe();
	_observers.tell([](NodeObserver& observer) { observer.candidatesChanged(); });
}

void NodeCore::candidateLost(const Candidate& candidate)
{
	if (!_candidates.remove(candidate))
		return;
	logInformation(_logger, fmt::format("no longer reachable as {}", candidate.endpoint.toString()));
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
			candidateFound(*present); // first, so that the node is at no moment without one
		for (const auto& candidate : known)
			if (candidate.type == CandidateType::Host && candidate.port == port &&
				!(present && present->endpoint == candidate.endpoint))
				candidateLost(candidate);
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
	if (_lastRefresh != TimePoint{} && _loop.now() - _lastRefresh < SHORTEST_PAUSE)
		return;
	_lastRefresh = _loop.now();
	for (auto* discovery : _discoveries)
		discovery->refresh();
}

}
