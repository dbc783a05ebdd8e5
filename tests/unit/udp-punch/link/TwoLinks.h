#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/protocol/identity/KeyIdentity.h"
#include "plugins/transport/udp-punch/LinkRouter.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::test
{

using udp_punch::CandidateLine;
using udp_punch::Description;
using udp_punch::PunchLink;

/// A port whose datagrams a test carries.
class WirePort final : public Port
{
public:
	explicit WirePort(const Endpoint& local) : _local(local) {}

	std::function<void(Buffer datagram, Endpoint remote)> sent;

	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return _local;
	}
	bool supports(int family) const override
	{
		return family == _local.family();
	}
	bool send(ByteView datagram, const Endpoint& remote) override
	{
		sent(Buffer{datagram.begin(), datagram.end()}, remote);
		return true;
	}

private:
	Endpoint _local;
};

/// One end: an identity, a port, a link and all that the link tells.
class LinkEnd final : public PunchLink::Host
{
public:
	LinkEnd(
		ManualLoop& loop, std::unique_ptr<const identity::KeyIdentity> identity, const std::string& address);

	/// Makes the link. @param tune Changes its configuration.
	void create(const PeerId& peer, const std::function<void(PunchLink::Configuration&)>& tune = {});
	void arrived(const Buffer& datagram, const Endpoint& remote);

	std::string state() const
	{
		return toString(link->status().state);
	}

	ManualLoop& loop;
	std::unique_ptr<const identity::KeyIdentity> self;
	WirePort port;
	udp_punch::LinkRouter router;
	std::shared_ptr<PunchLink> link;
	std::shared_ptr<const udp_punch::dtls::Certificate> certificate;
	std::function<void(const std::string& session, std::string text)> signalled;
	std::function<ChannelObserver*(Channel&)> channelOffered;
	std::vector<std::string> received;
	std::vector<std::string> acknowledged;
	std::vector<std::string> notices;
	std::vector<std::string> resolving;
	std::vector<LinkState> states;
	LinkStatus told; ///< as it was when the link last said that it had changed

private:
	bool linkSignal(PunchLink& from, const std::string& text) override;
	void linkChanged(PunchLink& from) override;
	void linkReceived(PunchLink& from, const ChatMessage& message) override;
	void linkAcknowledged(PunchLink& from, const std::string& id) override;
	void linkWritable(PunchLink& from) override;
	ChannelObserver* linkChannelOffered(PunchLink& from, Channel& channel) override;
	void linkNotice(PunchLink& from, const std::string& text) override;
	void linkResolve(PunchLink& from, const CandidateLine& candidate) override;
};

/// Two ends with a wire and a rendezvous between them, in virtual time; anna's id is the smaller one.
class TwoLinks
{
public:
	TwoLinks();
	~TwoLinks();

	/// Offers them to each other, in a new session.
	void offer();

	/// The present session again, to an end whose link is a new one.
	void offerAgain(LinkEnd& end);

	/// Lets time pass, for the engine too.
	void pass(Duration duration);

	/// Whether both are up within the time.
	bool linked(Duration within = std::chrono::seconds{5});

	ManualLoop loop;
	std::shared_ptr<udp_punch::sctp::Engine> engine;
	std::unique_ptr<LinkEnd> anna;
	std::unique_ptr<LinkEnd> ben;
	Duration delay = std::chrono::milliseconds{10};
	/// Whether a datagram arrives; all do at first.
	std::function<bool(const LinkEnd& from, const Buffer& datagram)> passes;
	/// What the rendezvous makes of a signal; "" swallows it.
	std::function<std::string(const LinkEnd& from, std::string text)> relays;
	/// Every datagram that was sent, as it stood on the wire.
	std::vector<Buffer> capture;

private:
	void join(LinkEnd& from, LinkEnd& to);
	PunchLink::Pairing pairing() const;

	int _sessions = 0;
	std::vector<std::unique_ptr<LinkEnd>> _retired;
	std::vector<Timer> _flying;
};

}
