#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "node/api/Node.h"

namespace gimlet::test
{

/// A node for the tests of frontends: it is whatever the test sets, and remembers what it was asked to send.
class FakeNode final : public Node
{
public:
	struct Request
	{
		std::optional<PeerId> to;
		std::string content;
		std::string id;
	};

	PeerId ownId = "3f0d6c1e-58d7-4f6e-9c38-0a4a5b8f2a11";
	std::string ownName = "kitchen";
	std::vector<PeerInfo> peerList;
	std::vector<PluginInfo> pluginList;
	std::vector<Candidate> candidateList;
	MappingBehaviour mappingValue = MappingBehaviour::Unknown;
	NatBehaviour natValue;
	std::vector<NetworkFact> factList;
	SignalingState signaling = SignalingState::Offline;
	std::string signalingText;
	std::size_t maxMessageValue = 0;
	bool encryptedValue = false;
	/// When not None, every send() is refused so.
	Refusal refusal = Refusal::None;
	std::string refusalText;
	std::string verifyError;
	WallTime time{1'700'000'000'000};

	std::vector<Request> requests;
	std::vector<NodeObserver*> observers;

	/// Adds a peer with a link in this state. @return Its id.
	PeerId addPeer(char mark, const std::string& peerName, LinkState state, const std::string& reason = {})
	{
		PeerInfo info;
		info.id = std::string(8, mark) + "-58d7-4f6e-9c38-0a4a5b8f2a11";
		info.name = peerName;
		info.link.state = state;
		info.link.reason = reason;
		info.present = true;
		info.transport = "udp-plain/1";
		peerList.push_back(info);
		return info.id;
	}

	PeerInfo& peer(const PeerId& wanted)
	{
		return *std::find_if(
			peerList.begin(), peerList.end(), [&wanted](const auto& info) { return info.id == wanted; });
	}

	/// Tells the observers something, as the node would.
	template <typename Call>
	void tell(const Call& call)
	{
		for (auto* observer : std::vector(observers))
			call(*observer);
	}

	/// The link proves the peer's id, and has a code to compare.
	void prove(const PeerId& wanted)
	{
		auto& link = peer(wanted).link;
		link.encrypted = link.proven = true;
		link.codeWords = "amber bridge candle delta eagle";
		link.codeDigits = "01234 56789";
		trust(wanted, Trust::Proven);
	}

	void trust(const PeerId& wanted, Trust value)
	{
		auto& info = peer(wanted);
		info.trust = value;
		info.pinnedName = value == Trust::Verified ? info.name : std::string{};
		tell([&info](NodeObserver& observer) { observer.peerChanged(info); });
	}

	/// Changes the state of a link and tells it.
	void changeLink(const PeerId& wanted, LinkState state, const std::string& reason = {})
	{
		auto& info = peer(wanted);
		info.link.state = state;
		info.link.reason = reason;
		tell([&info](NodeObserver& observer) { observer.peerChanged(info); });
	}

	void receive(const PeerId& from, const std::string& content, const std::string& id = {})
	{
		tell(
			[&](NodeObserver& observer) {
				observer.messageReceived(from, {id, content, WallTime{0}}, time);
			});
	}

	void deliver(const PeerId& to, const std::string& id, Delivery delivery, const std::string& detail = {})
	{
		tell([&](NodeObserver& observer) { observer.deliveryChanged(to, id, delivery, detail); });
	}

	const PeerId& id() const override
	{
		return ownId;
	}

	const std::string& name() const override
	{
		return ownName;
	}

	const std::string& version() const override
	{
		return _version;
	}

	std::vector<PeerInfo> peers() const override
	{
		return peerList;
	}

	std::vector<PluginInfo> plugins() const override
	{
		return pluginList;
	}

	std::vector<Candidate> candidates() const override
	{
		return candidateList;
	}

	MappingBehaviour mapping() const override
	{
		return mappingValue;
	}

	NatBehaviour nat() const override
	{
		return natValue;
	}

	std::vector<NetworkFact> networkFacts() const override
	{
		return factList;
	}

	SignalingState signalingState() const override
	{
		return signaling;
	}

	std::string signalingDetail() const override
	{
		return signalingText;
	}

	bool ready() const override
	{
		return true;
	}

	std::size_t maxMessage() const override
	{
		return maxMessageValue;
	}

	bool encrypted() const override
	{
		return encryptedValue;
	}

	/// Accepts for the named peer, or for all; delivers nothing by itself.
	SendOutcome send(const std::optional<PeerId>& to, const std::string& content,
		const std::string& messageId, NodeObserver* origin) override
	{
		requests.push_back({to, content, messageId});
		SendOutcome outcome;
		outcome.id = messageId.empty() ? "made-" + std::to_string(requests.size()) : messageId;
		outcome.refusal = refusal;
		outcome.error = refusalText;
		if (refusal != Refusal::None)
			return outcome;
		for (const auto& info : peerList)
			if (!to || *to == info.id)
				outcome.accepted.push_back(info.id);
		const ChatMessage message{outcome.id, content, time};
		tell([&](NodeObserver& observer) { observer.messageSent(outcome.accepted, message, origin); });
		return outcome;
	}

	/// Answers what verifyError says.
	std::string verify(const PeerId& wanted) override
	{
		if (!verifyError.empty())
			return verifyError;
		trust(wanted, Trust::Verified);
		return {};
	}

	void refuse(const PeerId& wanted) override
	{
		peer(wanted).refusal = LinkRefusal::CodesDiffer;
		changeLink(wanted, LinkState::Refused);
	}

	void unverify(const PeerId& wanted) override
	{
		trust(wanted, Trust::Proven);
	}

	void addObserver(NodeObserver& observer) override
	{
		observers.push_back(&observer);
	}

	void removeObserver(NodeObserver& observer) override
	{
		std::erase(observers, &observer);
	}

private:
	std::string _version = "0.1.0";
};

}
