#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/protocol/identity/KeyIdentity.h"
#include "plugins/signaling/rendezvous/RendezvousSignaling.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeNode.h"

namespace gimlet::test
{

/// Keeps what the node would hear of signaling.
class SignalingRecorder final : public SignalingHost
{
public:
	void peerOffered(Signaling& from, const PeerOffer& offer) override
	{
		offers.push_back(offer);
		if (answer)
			answer(from);
	}
	void signalReceived(
		Signaling&, const PeerId& peer, const std::string& session, const std::string& data) override
	{
		signals.push_back(peer + " " + session + " " + data);
	}
	void peerLeft(Signaling&, const PeerId& peer) override
	{
		left.push_back(peer);
	}
	void peerIncompatible(Signaling&, const PeerId& peer, const std::string& why) override
	{
		incompatible.push_back(peer);
		incompatibleDetail = why;
	}
	void relayServers(Signaling&, const std::vector<RelayServer>& servers) override
	{
		turnServers = servers;
	}
	void signalingState(Signaling&, SignalingState newState, const std::string& newDetail) override
	{
		state = newState;
		detail = newDetail;
	}

	std::function<void(Signaling&)> answer;
	std::vector<PeerOffer> offers;
	std::vector<std::string> signals;
	std::vector<PeerId> left;
	std::vector<PeerId> incompatible;
	std::string incompatibleDetail;
	std::vector<RelayServer> turnServers;
	SignalingState state = SignalingState::Offline;
	std::string detail;
};

/// A node of which only the rendezvous plugin is real.
struct RendezvousNode
{
	RendezvousNode(EventLoop& loop, StreamConnector& streams) : context(loop, "rendezvous"), plugin(context)
	{
		beAs(*identity);
		context.connector = &streams;
		context.users = &node;
		context.signalings = &host;
		context.discoveries = &discoveries;
		description.name = "alice";
		description.transports = {"udp-plain/1"};
		description.endpoint = Endpoint::parse("127.0.0.1:40000");
	}

	~RendezvousNode()
	{
		plugin.stop();
	}

	/// Whose id it registers, from the next start on.
	void beAs(const Identity& somebody)
	{
		context.self = &somebody;
		node.ownId = somebody.id();
	}

	Settings settingsWith(const std::map<std::string, std::string>& changes)
	{
		for (const auto& [key, value] : changes)
			values[key] = value;
		return settings("rendezvous", values);
	}

	/// @throws std::runtime_error when the settings are refused.
	void start(const std::map<std::string, std::string>& changes)
	{
		FakeProblems problems;
		plugin.configure(settingsWith(changes), problems);
		if (!problems.all.empty())
			throw std::runtime_error(problems.all.front());
		plugin.start();
		plugin.describe(description);
	}

	std::unique_ptr<const Identity> identity = identity::KeyIdentity::generate();
	FakeContext context;
	FakeNode node;
	SignalingRecorder host;
	RecordingDiscoveryHost discoveries;
	LocalDescription description;
	std::map<std::string, std::string> values{{"url", ""}, {"room", "lobby"}, {"token", ""},
		{"token_file", ""}, {"token_command", ""}, {"iam_token_file", ""}, {"iam_token_command", ""},
		{"ca_file", ""}, {"proxy", "none"}, {"relay", "yes"}, {"ping_interval", "25"},
		{"ping_timeout", "25"}};
	rendezvous_client::RendezvousSignaling plugin;
};

}
