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
	bytesReceived(peer.link.bytesReceived)
{
	if (peer.link.roundTrip)
		roundTripMs = std::chrono::duration<double, std::milli>(*peer.link.roundTrip).count();
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
