#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/core/NodeCore.h"
#include "tests/support/ManualLoop.h"

/// Plugins that write down what the node asks of them, and a node between them.
namespace gimlet::core
{

inline const PeerId OWN = "00000000-0000-4000-8000-000000000001";
inline const PeerId ALICE = "00000000-0000-4000-8000-00000000000a";
inline const PeerId BOB = "00000000-0000-4000-8000-00000000000b";

class RecordingPort final : public Port
{
public:
	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return *Endpoint::parse("127.0.0.1:5000");
	}
	bool supports(int family) const override
	{
		return family == AF_INET;
	}
	bool send(ByteView, const Endpoint&) override
	{
		return true;
	}
};

class RecordingTransport final : public Transport
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	std::string protocol() const override
	{
		return name;
	}
	bool encrypts() const override
	{
		return secret;
	}
	std::string tooLarge(const PeerId&, const ChatMessage& message) const override
	{
		return message.content.size() > 20 ? "over 20 bytes" : "";
	}
	void connect(const PeerOffer& offer) override
	{
		offers.push_back(offer);
	}
	void signalReceived(const PeerId& peer, const std::string&, const std::string& data) override
	{
		signals.push_back(peer + ":" + data);
	}
	void peerLeft(const PeerId& peer) override
	{
		left.push_back(peer);
	}
	void candidateFound(const Candidate&) override {}
	void candidateLost(const Candidate&) override {}
	SendResult send(const PeerId& peer, const ChatMessage& message) override
	{
		const auto result = answer;
		if (result == SendResult::Sent)
			sent.push_back(peer.substr(35) + ":" + message.content);
		if (const auto news = std::exchange(duringNextSend, nullptr))
			news();
		return result;
	}
	LinkStatus status(const PeerId& peer) const override
	{
		const auto found = links.find(peer);
		return found == links.end() ? LinkStatus{} : found->second;
	}
	void disconnect(const PeerId& peer) override
	{
		disconnected.push_back(peer);
		links.erase(peer);
	}

	void link(NodeCore& node, const PeerId& peer, LinkState state, bool acknowledges = true)
	{
		links[peer].state = state;
		links[peer].acknowledges = acknowledges;
		node.linkChanged(*this, peer, links[peer]);
	}

	Channel* openChannel(const PeerId& peer, const ChannelOptions& options, ChannelObserver&) override
	{
		channels.push_back(peer.substr(35) + ":" + options.label);
		return channel;
	}

	/// An encrypted link to a peer that has proven who it is, with a code to compare.
	void prove(NodeCore& node, const PeerId& peer)
	{
		auto& status = links[peer];
		status.state = LinkState::Up;
		status.acknowledges = status.encrypted = status.proven = true;
		status.codeWords = "one two three four five";
		status.codeDigits = "12345 67890";
		node.linkChanged(*this, peer, status);
	}

	std::string name = "test/1";
	bool secret = false;
	std::vector<std::string> channels;
	Channel* channel = nullptr;
	SendResult answer = SendResult::Sent;
	/// What a transport learns from the network and tells while it is inside send().
	std::function<void()> duringNextSend;
	std::vector<PeerOffer> offers;
	std::vector<std::string> signals;
	std::vector<PeerId> left;
	std::vector<PeerId> disconnected;
	std::vector<std::string> sent;
	std::map<PeerId, LinkStatus> links;
};

class RecordingSignaling final : public Signaling
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	void describe(const LocalDescription& description) override
	{
		descriptions.push_back(description);
	}
	bool sendSignal(const PeerId& to, const std::string&, const std::string& data) override
	{
		signals.push_back(to + ":" + data);
		return true;
	}

	std::vector<LocalDescription> descriptions;
	std::vector<std::string> signals;
};

class RecordingDiscovery final : public Discovery
{
public:
	void configure(const Settings&, Problems&) override {}
	void start() override {}
	void stop() override {}
	void portOpened(Port& port) override
	{
		ports.push_back(&port);
	}
	void portClosed(Port& port) override
	{
		std::erase(ports, &port);
	}
	bool onDatagram(ByteView, const Path&, TimePoint) override
	{
		return takes;
	}
	void refresh() override
	{
		++refreshes;
	}

	void sampleNat(Port& port) override
	{
		sampled.push_back(&port);
	}

	std::vector<Port*> ports;
	std::vector<Port*> sampled;
	bool takes = true;
	int refreshes = 0;
};

class RecordingObserver final : public NodeObserver
{
public:
	void peerChanged(const PeerInfo& peer) override
	{
		states.push_back(toString(peer.link.state));
		last = peer;
	}
	void peerForgotten(const PeerId& peer) override
	{
		forgotten.push_back(peer);
	}
	void messageReceived(const PeerId&, const ChatMessage& message, WallTime) override
	{
		received.push_back(message.content);
	}
	void deliveryChanged(const PeerId&, const std::string& id, Delivery delivery, const std::string&) override
	{
		deliveries.push_back(id + " " + toString(delivery));
	}
	void notice(const std::string& text) override
	{
		notices.push_back(text);
	}
	void networkChanged() override
	{
		++networkChanges;
	}

	PeerInfo last;
	std::vector<std::string> states;
	std::vector<PeerId> forgotten;
	std::vector<std::string> received;
	std::vector<std::string> deliveries;
	std::vector<std::string> notices;
	int networkChanges = 0;
};

}
