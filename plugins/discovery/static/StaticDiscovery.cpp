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

bool contains(const std::vector<Candidate>& candidates, const Candidate& wanted)
{
	return std::any_of(candidates.begin(), candidates.end(),
		[&wanted](const Candidate& candidate) { return candidate.endpoint == wanted.endpoint; });
}

/// Each once, without what the port cannot have.
std::vector<Candidate> candidates(const std::vector<PublicAddress>& addresses, Port& port)
{
	const auto own = port.localEndpoint();
	std::vector<Candidate> result;
	for (const auto& [written, text] : addresses)
	{
		const Candidate candidate{CandidateType::ServerReflexive,
			written.port() ? written : written.withPort(own.port()), own, &port, "configuration"};
		if (port.supports(written.family()) && !contains(result, candidate))
			result.push_back(candidate);
	}
	return result;
}

}

std::optional<PublicAddress> parsePublicAddress(const std::string& text)
{
	auto endpoint = Endpoint::parse(text);
	if (!endpoint)
		endpoint = Endpoint::parseAddress(text, 0);
	if (!endpoint || !endpoint->isUnicast() || endpoint->isLinkLocal())
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
		const auto old = candidates(before, *port);
		const auto present = candidates(_addresses, *port);
		for (const auto& candidate : present)
			if (!contains(old, candidate))
				_context.discoveryHost().candidateFound(candidate);
		for (const auto& candidate : old)
			if (!contains(present, candidate))
				_context.discoveryHost().candidateLost(candidate);
	}
}

void StaticDiscovery::stop()
{
	_ports.clear();
}

void StaticDiscovery::portOpened(Port& port)
{
	_ports.push_back(&port);
	for (const auto& candidate : candidates(_addresses, port))
		_context.discoveryHost().candidateFound(candidate);
	_context.discoveryHost().gatheringDone(port);
}

void StaticDiscovery::portClosed(Port& port)
{
	std::erase(_ports, &port);
}

bool StaticDiscovery::onDatagram(ByteView, const Path&, TimePoint)
{
	return false;
}

}
