#include "node/protocol/ui/Objects.h"

#include <algorithm>

#include "node/protocol/ui/NetworkText.h"

namespace gimlet::ui
{

namespace
{

std::optional<double> milliseconds(const std::optional<std::chrono::microseconds>& time)
{
	if (!time)
		return std::nullopt;
	return std::chrono::duration<double, std::milli>(*time).count();
}

/// Nobody waits any longer, so that a rendezvous or a TURN server that has not answered is a silent one.
void endPatience(NetworkFact& fact)
{
	if (!fact.pending || (fact.topic != "rendezvous" && fact.topic != "turn"))
		return;
	fact.verdict = NetworkFact::Verdict::Bad;
	fact.text = "no answer";
	fact.pending = false;
}

}

FactView::FactView(const NetworkFact& fact) :
	topic(fact.topic),
	subject(fact.subject),
	verdict(fact.verdict),
	text(fact.text),
	value(fact.value),
	roundTripMs(milliseconds(fact.roundTrip)),
	pending(fact.pending)
{
}

NetworkKnowledge networkKnowledge(const Node& node, bool patient)
{
	NetworkKnowledge known{.nat = node.nat(),
		.facts = node.networkFacts(),
		.candidates = node.candidates(),
		.signaling = node.signalingState(),
		.patient = patient};
	// A discovery may tell the mapping alone.
	if (known.nat.mapping == MappingBehaviour::Unknown)
		known.nat.mapping = node.mapping();
	if (patient)
		std::for_each(known.facts.begin(), known.facts.end(), endPatience);
	return known;
}

NetworkStatus networkStatus(const Node& node, bool patient)
{
	const auto known = networkKnowledge(node, patient);
	const auto& nat = known.nat;
	NetworkStatus status{.mapping = nat.mapping,
		.candidates = {},
		.nat = {nat.mapping, nat.filtering, nat.assignment, nat.step, nat.hairpin}};
	for (const auto& candidate : known.candidates)
		status.candidates.push_back({candidate.type, candidate.endpoint.toString(), candidate.source});
	for (const auto& fact : known.facts)
		status.facts.emplace_back(fact);
	sortByTopic(status.facts);
	auto verdict = judge(known);
	status.udp = verdict.udp;
	status.verdict = std::move(verdict.sentences);
	return status;
}

PeerView::PeerView(const PeerInfo& peer) :
	id(peer.id),
	name(peer.name),
	state(peer.link.state),
	message(peer.link.reason),
	since(peer.since),
	address(peer.link.remote.toString()),
	present(peer.present),
	transport(peer.transport),
	encrypted(peer.link.encrypted),
	acknowledges(peer.link.acknowledges),
	queued(peer.queued),
	bytesSent(peer.link.bytesSent),
	bytesReceived(peer.link.bytesReceived),
	retransmissions(peer.link.retransmissions),
	trust(peer.trust),
	refusal(peer.refusal),
	verifiedAs(peer.pinnedName),
	path(describePath(peer.link)),
	localAddress(peer.link.local.toString()),
	localType(peer.link.localType),
	remoteType(peer.link.remoteType),
	cipher(peer.link.cipher),
	codeWords(peer.link.codeWords),
	codeDigits(peer.link.codeDigits),
	codeFailure(peer.link.codeFailure)
{
	roundTripMs = milliseconds(peer.link.roundTrip);
}

std::string describePath(const LinkStatus& link)
{
	const auto& remote = link.remote;
	if ((link.state != LinkState::Up && link.state != LinkState::Silent) || !remote.valid())
		return {};
	if (link.localType == CandidateType::Relayed || link.remoteType == CandidateType::Relayed)
		return "relayed";
	// An address of this kind means nothing outside of the network that it belongs to.
	const bool sameNetwork = remote.isPrivate() || remote.isLoopback() || remote.isLinkLocal();
	return sameNetwork ? "direct, same network" : "direct";
}

PluginView::PluginView(const PluginInfo& plugin) :
	name(plugin.name),
	role(plugin.role),
	state(plugin.state),
	message(plugin.reason),
	required(plugin.required)
{
}

}
