#include "node/protocol/ui/Objects.h"

namespace gimlet::ui
{

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
	codeDigits(peer.link.codeDigits)
{
	if (peer.link.roundTrip)
		roundTripMs = std::chrono::duration<double, std::milli>(*peer.link.roundTrip).count();
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
