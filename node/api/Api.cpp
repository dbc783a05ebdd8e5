// The out-of-line virtuals that give each contract one home, so that type information is the same in the
// node and in every plugin.
#include "node/api/Channel.h"
#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "node/api/Frontend.h"
#include "node/api/Http.h"
#include "node/api/Identity.h"
#include "node/api/Node.h"
#include "node/api/Plugin.h"
#include "node/api/Port.h"
#include "node/api/Resolver.h"
#include "node/api/Service.h"
#include "node/api/Signaling.h"
#include "node/api/Stream.h"
#include "node/api/Transport.h"

namespace gimlet
{

Plugin::~Plugin() = default;
void Plugin::reconfigure(const Settings&) {}
PluginError::~PluginError() = default;
Problems::~Problems() = default;
Context::~Context() = default;
Discovery::~Discovery() = default;
DiscoveryHost::~DiscoveryHost() = default;
Signaling::~Signaling() = default;
SignalingHost::~SignalingHost() = default;
Transport::~Transport() = default;
TransportHost::~TransportHost() = default;
Frontend::~Frontend() = default;
Service::~Service() = default;
Node::~Node() = default;
Identity::~Identity() = default;
Channel::~Channel() = default;
ChannelObserver::~ChannelObserver() = default;
ChannelService::~ChannelService() = default;
NodeObserver::~NodeObserver() = default;
Port::~Port() = default;
Resolver::~Resolver() = default;
Resolver::Query::~Query() = default;
Stream::~Stream() = default;
StreamHandler::~StreamHandler() = default;
StreamConnector::~StreamConnector() = default;
HttpHost::~HttpHost() = default;
HttpHost::Mount::~Mount() = default;
WebSocketConnection::~WebSocketConnection() = default;
WebSocketHandler::~WebSocketHandler() = default;

void WebSocketHandler::onBinary(ByteView)
{
	if (_connection)
		_connection->close(1003, "text only");
}

std::size_t Transport::maxMessage() const
{
	return 0;
}

bool Transport::encrypts() const
{
	return false;
}

bool Port::sendFrom(const Endpoint&, ByteView datagram, const Endpoint& remote)
{
	return send(datagram, remote);
}

bool Port::reaches(const Endpoint& remote) const
{
	return supports(remote.family()) && !remote.isDiscardOnly();
}

bool Port::sendHops(ByteView, const Endpoint&, unsigned)
{
	return false;
}

Channel* Transport::openChannel(const PeerId&, const ChannelOptions&, ChannelObserver&)
{
	return nullptr;
}

ChannelObserver* TransportHost::channelOffered(Transport&, const PeerId&, Channel&)
{
	return nullptr;
}

void TransportHost::notice(const std::string&) {}

const Identity& Context::identity()
{
	throw std::logic_error("this context has no identity");
}

void Context::report(const NetworkFact&) {}

NatBehaviour Node::nat() const
{
	return {};
}

std::vector<NetworkFact> Node::networkFacts() const
{
	return {};
}

std::string Node::verify(const PeerId&)
{
	return "this node keeps no identities";
}

void Node::unverify(const PeerId&) {}

void Node::refuse(const PeerId&) {}

Channel* Node::openChannel(const PeerId&, const ChannelOptions&, ChannelObserver&)
{
	return nullptr;
}

void Node::serveChannels(const std::string&, ChannelService*) {}

std::size_t Node::maxMessage() const
{
	return 0;
}

bool Node::encrypted() const
{
	return false;
}

const char* toString(PluginState state)
{
	switch (state)
	{
	case PluginState::Stopped:
		return "stopped";
	case PluginState::Starting:
		return "starting";
	case PluginState::Ready:
		return "ready";
	case PluginState::Degraded:
		return "degraded";
	case PluginState::Failed:
		return "failed";
	}
	return "?";
}

const char* toString(LinkState state)
{
	switch (state)
	{
	case LinkState::Waiting:
		return "waiting";
	case LinkState::Attempted:
		return "attempted";
	case LinkState::Up:
		return "up";
	case LinkState::Silent:
		return "silent";
	case LinkState::Lost:
		return "lost";
	case LinkState::Refused:
		return "refused";
	}
	return "?";
}

const char* toString(Trust trust)
{
	switch (trust)
	{
	case Trust::Unproven:
		return "unproven";
	case Trust::Proven:
		return "proven";
	case Trust::Verified:
		return "verified";
	case Trust::Configured:
		return "configured";
	}
	return "?";
}

const char* toString(LinkRefusal refusal)
{
	switch (refusal)
	{
	case LinkRefusal::None:
		return "none";
	case LinkRefusal::NotInPeers:
		return "not_in_peers";
	case LinkRefusal::IdentityChanged:
		return "identity_changed";
	case LinkRefusal::Unproven:
		return "unproven";
	case LinkRefusal::CodesDiffer:
		return "codes_differ";
	}
	return "?";
}

const char* toString(SignalingState state)
{
	switch (state)
	{
	case SignalingState::Offline:
		return "offline";
	case SignalingState::Connecting:
		return "connecting";
	case SignalingState::Online:
		return "online";
	case SignalingState::Refused:
		return "refused";
	}
	return "?";
}

const char* toString(Refusal refusal)
{
	switch (refusal)
	{
	case Refusal::None:
		return "none";
	case Refusal::Empty:
		return "empty";
	case Refusal::BadText:
		return "bad_message";
	case Refusal::UnknownPeer:
		return "unknown_peer";
	case Refusal::NotConnected:
		return "not_connected";
	case Refusal::TooLarge:
		return "too_large";
	case Refusal::Full:
		return "full";
	}
	return "?";
}

const char* toString(Delivery delivery)
{
	switch (delivery)
	{
	case Delivery::Queued:
		return "queued";
	case Delivery::Sent:
		return "sent";
	case Delivery::Delivered:
		return "delivered";
	case Delivery::Unconfirmed:
		return "unconfirmed";
	case Delivery::Failed:
		return "failed";
	}
	return "?";
}

const char* toString(CandidateType type)
{
	switch (type)
	{
	case CandidateType::Host:
		return "host";
	case CandidateType::ServerReflexive:
		return "server-reflexive";
	case CandidateType::PeerReflexive:
		return "peer-reflexive";
	case CandidateType::Relayed:
		return "relayed";
	}
	return "?";
}

const char* toString(MappingBehaviour behaviour)
{
	switch (behaviour)
	{
	case MappingBehaviour::Unknown:
		return "unknown";
	case MappingBehaviour::EndpointIndependent:
		return "endpoint-independent";
	case MappingBehaviour::AddressDependent:
		return "address-dependent";
	}
	return "?";
}

const char* toString(FilteringBehaviour behaviour)
{
	switch (behaviour)
	{
	case FilteringBehaviour::Unknown:
		return "unknown";
	case FilteringBehaviour::EndpointIndependent:
		return "endpoint-independent";
	case FilteringBehaviour::AddressDependent:
		return "address-dependent";
	case FilteringBehaviour::AddressAndPortDependent:
		return "address-and-port-dependent";
	}
	return "?";
}

const char* toString(PortAssignment assignment)
{
	switch (assignment)
	{
	case PortAssignment::Unknown:
		return "unknown";
	case PortAssignment::Preserving:
		return "preserving";
	case PortAssignment::Sequential:
		return "sequential";
	case PortAssignment::Random:
		return "random";
	}
	return "?";
}

const char* toString(NetworkFact::Verdict verdict)
{
	switch (verdict)
	{
	case NetworkFact::Verdict::Unknown:
		return "unknown";
	case NetworkFact::Verdict::Good:
		return "good";
	case NetworkFact::Verdict::Bad:
		return "bad";
	}
	return "?";
}

}
