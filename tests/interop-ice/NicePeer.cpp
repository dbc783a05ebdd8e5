#include "tests/interop-ice/NicePeer.h"

#include <nice/agent.h>

#include <stdexcept>

namespace gimlet::interop
{

using namespace udp_punch;

struct NicePeer::Handles
{
	GMainContext* context = nullptr;
	NiceAgent* agent = nullptr;
	guint stream = 0;
};

namespace
{

constexpr guint COMPONENT = 1;

void onGathered(NiceAgent*, guint, gpointer peer)
{
	static_cast<NicePeer*>(peer)->gathered = true;
}

void onReceived(NiceAgent*, guint, guint, guint length, gchar* bytes, gpointer peer)
{
	static_cast<NicePeer*>(peer)->heard.emplace_back(bytes, length);
}

}

NicePeer::NicePeer(bool controlling) : _handles(new Handles)
{
	auto& [context, agent, stream] = *_handles;
	context = g_main_context_new();
	agent = nice_agent_new_full(context, NICE_COMPATIBILITY_RFC5245,
		static_cast<NiceAgentOption>(NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS));
	g_object_set(
		agent, "controlling-mode", controlling ? TRUE : FALSE, "upnp", FALSE, "ice-tcp", FALSE, nullptr);
	NiceAddress address;
	nice_address_init(&address);
	nice_address_set_from_string(&address, "127.0.0.1"); // loopback is left out unless it is named
	nice_agent_add_local_address(agent, &address);
	g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(onGathered), this);
	stream = nice_agent_add_stream(agent, 1);
	nice_agent_attach_recv(agent, stream, COMPONENT, context, onReceived, this);
	if (!nice_agent_gather_candidates(agent, stream))
		throw std::runtime_error("libnice gathers nothing");
}

NicePeer::~NicePeer()
{
	g_object_unref(_handles->agent);
	turn();
	g_main_context_unref(_handles->context);
	delete _handles;
}

void NicePeer::turn()
{
	for (int i = 0; i < 100 && g_main_context_iteration(_handles->context, FALSE); ++i)
		continue;
}

IceCredentials NicePeer::credentials() const
{
	gchar* ufrag = nullptr;
	gchar* pwd = nullptr;
	nice_agent_get_local_credentials(_handles->agent, _handles->stream, &ufrag, &pwd);
	IceCredentials result{ufrag, pwd};
	g_free(ufrag);
	g_free(pwd);
	return result;
}

std::vector<CandidateLine> NicePeer::lines() const
{
	std::vector<CandidateLine> result;
	auto* list = nice_agent_get_local_candidates(_handles->agent, _handles->stream, COMPONENT);
	for (auto* item = list; item; item = item->next)
	{
		gchar* text =
			nice_agent_generate_local_candidate_sdp(_handles->agent, static_cast<NiceCandidate*>(item->data));
		if (const auto line = parseCandidateLine(text))
			result.push_back(*line);
		g_free(text);
	}
	g_slist_free_full(list, reinterpret_cast<GDestroyNotify>(nice_candidate_free));
	return result;
}

void NicePeer::setRemote(const IceCredentials& credentials)
{
	nice_agent_set_remote_credentials(
		_handles->agent, _handles->stream, credentials.ufrag.c_str(), credentials.pwd.c_str());
}

void NicePeer::addRemote(const CandidateLine& line)
{
	const auto text = "a=" + toString(line);
	auto* candidate = nice_agent_parse_remote_candidate_sdp(_handles->agent, _handles->stream, text.c_str());
	if (!candidate)
		throw std::runtime_error("libnice cannot read " + text);
	auto* list = g_slist_append(nullptr, candidate);
	nice_agent_set_remote_candidates(_handles->agent, _handles->stream, COMPONENT, list);
	g_slist_free_full(list, reinterpret_cast<GDestroyNotify>(nice_candidate_free));
}

void NicePeer::remoteDone()
{
	nice_agent_peer_candidate_gathering_done(_handles->agent, _handles->stream);
}

bool NicePeer::ready() const
{
	return nice_agent_get_component_state(_handles->agent, _handles->stream, COMPONENT) ==
		   NICE_COMPONENT_STATE_READY;
}

void NicePeer::say(const std::string& text)
{
	nice_agent_send(
		_handles->agent, _handles->stream, COMPONENT, static_cast<guint>(text.size()), text.data());
}

void NicePeer::restart()
{
	nice_agent_restart_stream(_handles->agent, _handles->stream);
}

}
