#include "node/core/NodeCore.h"

#include <Poco/String.h>

#include <algorithm>
#include <utility>

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
	if (const auto servers = allRelayServers(); !servers.empty())
		discovery.relayServers(servers);
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
	for (auto* port : _offeredPorts)
		transport.portOffered(*port);
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
	_relayServers.erase(&signaling);
	std::erase_if(_signalingStatus, [&](const auto& status) { return status.signaling == &signaling; });
	for (auto& [id, record] : _peers)
	{
		std::erase_if(record.others, [&](const auto& known) { return known.from == &signaling; });
		if (record.used.from == &signaling)
			record.used.from = nullptr;
	}
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

}
