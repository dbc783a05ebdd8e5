#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/protocol/identity/KeyIdentity.h"
#include "plugins/transport/udp-punch/UdpPunch.h"
#include "tests/support/FakeContext.h"
#include "tests/support/UdpPunchSettings.h"

namespace gimlet::test
{

/// The node around one transport, as far as the transport sees it.
class NodeSide final : public TransportHost
{
public:
	struct Signal
	{
		PeerId to;
		std::string session;
		std::string data;
	};

	NodeSide(EventLoop& loop, const std::map<std::string, std::string>& given) :
		self(identity::KeyIdentity::generate()), context(loop, "udp-punch")
	{
		context.transports = this;
		context.self = self.get();
		transport = std::make_unique<udp_punch::UdpPunch>(context);
		transport->configure(test::udpPunchSettings(given), problems);
	}

	~NodeSide() override
	{
		transport->stop();
	}

	/// As others are offered it.
	PeerOffer asOffer(bool overLoopback) const
	{
		PeerOffer offer;
		offer.peer = ownId();
		offer.transport = "udp-punch/1";
		offer.session = "0123456789abcdef";
		offer.ours = true;
		offer.overLoopback = overLoopback;
		return offer;
	}

	void portOpened(Transport&, Port& opened) override
	{
		port = &opened;
	}
	void portClosed(Transport&, Port&) override
	{
		port = nullptr;
	}
	bool stunReceived(ByteView, const Path&, TimePoint) override
	{
		return false;
	}
	bool signal(Transport&, const PeerId& to, const std::string& session, const std::string& data) override
	{
		signals.push_back({to, session, data});
		return true;
	}
	void linkChanged(Transport&, const PeerId&, const LinkStatus& status) override
	{
		state = status.state;
	}
	void messageReceived(Transport&, const PeerId&, const ChatMessage& message) override
	{
		received.push_back(message.content);
	}
	void messageAcknowledged(Transport&, const PeerId&, const std::string&) override {}
	void writable(Transport&, const PeerId&) override {}
	const PeerId& ownId() const override
	{
		return self->id();
	}
	bool mayLink(const PeerId&) const override
	{
		return true;
	}

	std::unique_ptr<const identity::KeyIdentity> self;
	test::FakeContext context;
	test::FakeProblems problems;
	std::unique_ptr<udp_punch::UdpPunch> transport;
	Port* port = nullptr;
	LinkState state = LinkState::Waiting;
	std::vector<Signal> signals;
	std::vector<std::string> received;
};

/// Carries what they have signalled to each other.
inline void carrySignals(const std::vector<std::unique_ptr<NodeSide>>& nodes)
{
	for (const auto& from : nodes)
		for (const auto& signal : std::exchange(from->signals, {}))
			for (const auto& to : nodes)
				if (to->ownId() == signal.to)
					to->transport->signalReceived(from->ownId(), signal.session, signal.data);
}

}
