// What is found, as the node and people hear of it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <prometheus/counter.h>

#include <algorithm>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "plugins/discovery/stun/Facts.h"
#include "plugins/discovery/stun/Finder.h"

namespace gimlet::stun_discovery
{

namespace
{

template <typename... Callables>
struct Overloaded : Callables...
{
	using Callables::operator()...;
};

}

void Finder::tell(Session& session, const Event& event)
{
	auto& host = _context.discoveryHost();
	const auto candidate = [&](const Endpoint& mapped, const std::string& server)
	{
		return Candidate{.type = CandidateType::ServerReflexive,
			.endpoint = mapped,
			.base = session.port.localEndpoint(),
			.port = &session.port,
			.source = server};
	};
	std::visit(
		Overloaded{[&](const Found& found) { host.candidateFound(candidate(found.mapped, found.server)); },
			[&](const Lost& lost)
			{
				_changes->Increment();
				host.candidateLost(candidate(lost.mapped, {}));
			},
			[&](const Done&) { host.gatheringDone(session.port); },
			[&](const Mapping& mapping)
			{ host.mappingBehaviour(session.port, mapping.behaviour, mapping.detail); },
			[&](const Behaviour& behaviour) { tellBehaviour(session, behaviour); },
			[&](const ServerAnswers& answer) { tellAnswer(session, answer); },
			[&](const ServerFails& failure)
			{
				if (speaks(session))
					_context.report(factOf(failure, _timing.silence));
			},
			[&](const Health&) { tellState(); },
			[&](const Resolve& resolve) { _names.lookUpAgain(resolve.server); }},
		event);
}

void Finder::tellAnswer(Session& session, const ServerAnswers& answer)
{
	if (!speaks(session))
		return;
	_context.report(factOf(answer));
	if (const auto family = answer.mapped.family(); _toldFamilies.insert(family).second)
		_context.report(beingFoundOut(family));
}

void Finder::tellBehaviour(Session& session, const Behaviour& behaviour)
{
	_context.discoveryHost().natBehaviour(session.port, session.machine.nat());
	if (!behaviour.complete)
		return;
	_toldFamilies.insert(behaviour.family);
	if (!speaks(session))
		return;
	const auto own = hostAddresses();
	const bool noNat = std::any_of(own.begin(), own.end(),
		[&](const Endpoint& address) { return address.sameAddress(behaviour.nat.address); });
	for (const auto& fact : factsOf(behaviour, noNat))
		_context.report(fact);
	logDebug(_context.logger(), "{}: {}", familyName(behaviour.family), sentence(behaviour.nat, noNat));
}

/// All ports stand behind the same NATs; facts are told of the one that was lent last: those before it may be
/// given up for it.
bool Finder::speaks(const Session& session) const
{
	return std::none_of(_sessions.begin(), _sessions.end(),
		[&](const auto& entry) { return entry.second->number > session.number; });
}

void Finder::tellState()
{
	const auto any = [this](std::optional<bool> answered)
	{
		return std::any_of(_sessions.begin(), _sessions.end(),
			[&](const auto& entry) { return entry.second->machine.answered() == answered; });
	};
	if (_sessions.empty() || any(true))
		_context.setState(PluginState::Ready, "");
	else if (any(std::nullopt))
		_context.setState(PluginState::Starting, "no STUN server has answered yet");
	else
	{
		const auto errors = _names.errors();
		_context.setState(
			PluginState::Degraded, fmt::format("no STUN server answers ({}); trying on{}",
									   fmt::join(serverNames(), ", "), errors.empty() ? "" : ": " + errors));
	}
}

}
