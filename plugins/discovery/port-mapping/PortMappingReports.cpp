// What is found, and what comes of asking, as the node and people hear of it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "plugins/discovery/port-mapping/PortMapping.h"

namespace gimlet::port_mapping
{

Candidate PortMapping::candidate(Session& session, const Endpoint& external, Protocol protocol) const
{
	return {.type = CandidateType::ServerReflexive,
		.endpoint = external,
		.base = session.port.localEndpoint(),
		.port = &session.port,
		.source = fmt::format("port mapping by {}", toString(protocol))};
}

void PortMapping::tell(Session& session, const Found& found)
{
	_context.discoveryHost().candidateFound(candidate(session, found.external, found.protocol));
}

void PortMapping::tell(Session& session, const Lost& lost)
{
	_metrics->lost();
	_context.discoveryHost().candidateLost(candidate(session, lost.external, lost.protocol));
	report(lost.protocol, NetworkFact::Verdict::Unknown, "forwards the port no more, and is asked again");
}

void PortMapping::tell(Session&, const Tried& tried)
{
	if (!tried.good)
		_metrics->failed();
	report(tried.protocol, tried.good ? NetworkFact::Verdict::Good : NetworkFact::Verdict::Bad, tried.text,
		tried.value);
	logDebug(_context.logger(), "{}: {}", toString(tried.protocol), tried.text);
}

void PortMapping::tell(Session& session, const Done&)
{
	_context.discoveryHost().gatheringDone(session.port);
	session.settled = true;
	reportAsking();
	if (!session.mapper.mapping() && !std::exchange(_quiet, true))
		logInformation(_context.logger(),
			fmt::format("the router {} forwards no port for this node; asked again from time to time",
				_gateway->router.addressString()));
}

void PortMapping::report(
	Protocol protocol, NetworkFact::Verdict verdict, const std::string& text, const std::string& value)
{
	_context.report({.topic = "port-mapping",
		.subject = toString(protocol),
		.verdict = verdict,
		.text = text,
		.value = value});
}

void PortMapping::reportAll(const std::string& text)
{
	for (const auto protocol : _protocols)
		report(protocol, NetworkFact::Verdict::Unknown, text);
}

/// It is being found out for as long as any port has no answer yet.
void PortMapping::reportAsking()
{
	const bool asking = std::any_of(
		_sessions.begin(), _sessions.end(), [](const auto& entry) { return !entry.second->settled; });
	_context.report(
		{.topic = "port-mapping", .text = asking ? "the router is being asked" : "", .pending = asking});
}

/// What was said of a router that is asked nothing any more. An empty text forgets a fact.
void PortMapping::takeBack()
{
	reportAll("");
}

}
