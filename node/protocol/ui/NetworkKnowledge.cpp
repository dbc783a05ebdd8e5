#include "node/protocol/ui/NetworkKnowledge.h"

#include <algorithm>

namespace gimlet::ui
{

namespace
{

using Verdict = NetworkFact::Verdict;

template <typename Elements, typename Predicate>
bool any(const Elements& elements, const Predicate& predicate)
{
	return std::any_of(elements.begin(), elements.end(), predicate);
}

}

bool NetworkKnowledge::has(const char* topic) const
{
	return any(facts, [topic](const NetworkFact& fact) { return fact.topic == topic; });
}

bool NetworkKnowledge::has(const char* topic, Verdict verdict) const
{
	return any(
		facts, [&](const NetworkFact& fact) { return fact.topic == topic && fact.verdict == verdict; });
}

bool NetworkKnowledge::has(CandidateType type) const
{
	return any(candidates, [type](const Candidate& candidate) { return candidate.type == type; });
}

bool NetworkKnowledge::hasPending(const char* topic) const
{
	return any(facts, [topic](const NetworkFact& fact) { return fact.topic == topic && fact.pending; });
}

bool NetworkKnowledge::rendezvousAnswers() const
{
	return has("rendezvous") ? has("rendezvous", Verdict::Good) : signaling == SignalingState::Online;
}

bool NetworkKnowledge::rendezvousRefuses() const
{
	if (!has("rendezvous"))
		return signaling == SignalingState::Refused;
	return !rendezvousAnswers() && any(facts, [](const NetworkFact& fact)
									   { return fact.topic == "rendezvous" && fact.value == "refused"; });
}

bool NetworkKnowledge::relayKnown() const
{
	return !hasPending("relay") && !hasPending("turn") && (has("relay") || rendezvousAnswers());
}

bool NetworkKnowledge::relayUnasked() const
{
	if (rendezvousAnswers() || (has("relay") && !hasPending("relay")))
		return false;
	return has("rendezvous") || hasPending("relay") || rendezvousRefuses();
}

bool NetworkKnowledge::withoutNat() const
{
	const auto saysOwn = [](const NetworkFact& fact, const Endpoint& endpoint)
	{
		if (fact.topic == "mapping")
			return fact.value == "no NAT" && fact.subject.ends_with(endpoint.isV4() ? "IPv4" : "IPv6");
		return fact.topic == (endpoint.isV4() ? "ipv4" : "ipv6") && fact.value == endpoint.addressString();
	};
	return any(candidates,
		[&](const Candidate& candidate)
		{
			return candidate.type == CandidateType::ServerReflexive && !candidate.endpoint.isPrivate() &&
				   any(facts, [&](const NetworkFact& fact) { return saysOwn(fact, candidate.endpoint); });
		});
}

bool NetworkKnowledge::stunWorks(int family) const
{
	const auto* name = family == AF_INET ? "IPv4" : "IPv6";
	return any(facts,
			   [&](const NetworkFact& fact) {
				   return fact.topic == "stun" && fact.verdict == Verdict::Good &&
						  fact.subject.ends_with(name);
			   }) ||
		   any(candidates,
			   [&](const Candidate& candidate) {
				   return candidate.type == CandidateType::ServerReflexive &&
						  candidate.endpoint.family() == family;
			   });
}

}
