#include "node/core/StatusPages.h"

#include <algorithm>

#include "node/protocol/json/Writer.h"
#include "node/protocol/ui/Codec.h"

namespace gimlet::core
{

namespace
{

/// @param trusted Reasons hold addresses: of the rendezvous, of this machine.
void writePlugin(json::Writer& out, const PluginInfo& plugin, bool trusted)
{
	out.beginObject()
		.member("name", plugin.name)
		.member("role", plugin.role)
		.member("state", toString(plugin.state));
	if (trusted)
		out.member("message", plugin.reason);
	out.member("required", plugin.required).endObject();
}

}

StatusPages::StatusPages(HttpHost& http, Node& node) : _node(node)
{
	const auto isReady = [this](const HttpRequest& request, HttpReply& reply) { ready(request, reply); };
	for (const char* path : {"/readyz", "/ready"})
		_mounts.push_back(http.get(path, Access::Public, isReady));
}

void StatusPages::ready(const HttpRequest& request, HttpReply& reply) const
{
	const auto plugins = _node.plugins();
	const bool degraded = std::any_of(plugins.begin(), plugins.end(),
		[](const PluginInfo& plugin) { return plugin.state != PluginState::Ready; });
	json::Writer out;
	out.beginObject()
		.member("ready", _node.ready())
		.member("degraded", degraded)
		.member("worker_id", _node.id());
	if (request.trusted)
		out.member("name", _node.name()).member("version", _node.version());
	out.key("plugins").beginArray();
	for (const auto& plugin : plugins)
		writePlugin(out, plugin, request.trusted);
	out.endArray();
	if (request.trusted)
	{
		out.member("signaling", toString(_node.signalingState()));
		out.key("peers").beginArray();
		for (const auto& peer : _node.peers())
			ui::encode(out, ui::PeerView{peer});
		out.endArray().key("network");
		ui::encode(out, ui::networkStatus(_node));
	}
	out.endObject();
	reply.status = _node.ready() ? 200 : 503;
	reply.contentType = "application/json";
	reply.body = out.take() + "\n";
}

}
