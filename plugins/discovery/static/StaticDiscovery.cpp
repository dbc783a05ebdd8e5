#include "plugins/discovery/static/StaticDiscovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gimlet::fixed
{

namespace
{

std::vector<PublicAddress> readAddresses(const Settings& settings)
{
	std::vector<PublicAddress> result;
	for (const auto& text : settings.list("addresses"))
		if (const auto address = parsePublicAddress(text))
			result.push_back(*address);
	return result;
}

}

std::optional<PublicAddress> parsePublicAddress(const std::string& text)
{
	auto endpoint = Endpoint::parse(text);
	if (!endpoint)
		endpoint = Endpoint::parseAddress(text, 0);
	if (!endpoint || endpoint->isUnspecified() || endpoint->isMulticast() || endpoint->isBroadcast() ||
		endpoint->isLinkLocal())
		return std::nullopt;
	return PublicAddress{*endpoint, text};
}

StaticDiscovery::StaticDiscovery(Context& context) : _context(context) {}

StaticDiscovery::~StaticDiscovery() = default;

void StaticDiscovery::configure(const Settings& settings, Problems& problems)
{
	for (const auto& text : settings.list("addresses"))
		if (!parsePublicAddress(text))
			problems.add(settings.section(), "addresses",
				fmt::format("\"{}\" is not a public address: write 203.0.113.7, 203.0.113.7:40001 or "
							"[2001:db8::1]:40001",
					text));
	_addresses = readAddresses(settings);
}

void StaticDiscovery::reconfigure(const Settings& settings)
{
	// The new ones first, so that the node is at no moment without one.
	const auto before = std::exchange(_addresses, readAddresses(settings));
	for (auto* port : _ports)
	{
		report(*port);
		for (const auto& address : before)
		{
			const auto stays = [&](const PublicAddress& other)
			{ return candidate(other, *port).endpoint == candidate(address, *port).endpoint; };
			if (std::none_of(_addresses.begin(), _addresses.end(), stays))
				_context.discoveryHost().candidateLost(candidate(address, *port));
		}
	}
}

void StaticDiscovery::stop()
{
	_ports.clear();
}

void StaticDiscovery::portOpened(Port& port)
{
	_ports.push_back(&port);
	report(port);
}

void StaticDiscovery::portClosed(Port& port)
{
	std::erase(_ports, &port);
}

bool StaticDiscovery::onDatagram(ByteView, const Path&, TimePoint)
{
	return false;
}

Candidate StaticDiscovery::candidate(const PublicAddress& address, Port& port) const
{
	const auto own = port.localEndpoint();
	const auto endpoint = address.endpoint.port() ? address.endpoint : address.endpoint.withPort(own.port());
	return {CandidateType::ServerReflexive, endpoint, own, &port, "configuration"};
}

void StaticDiscovery::report(Port& port)
{
	for (const auto& address : _addresses)
		if (port.supports(address.endpoint.family()))
			_context.discoveryHost().candidateFound(candidate(address, port));
	_context.discoveryHost().gatheringDone(port);
}

}
