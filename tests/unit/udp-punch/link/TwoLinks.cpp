#include "tests/unit/udp-punch/link/TwoLinks.h"

#include <openssl/rand.h>

#include <utility>

namespace gimlet::test
{

using namespace std::chrono_literals;

namespace
{

void random(std::span<std::uint8_t> bytes)
{
	RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
}

}

LinkEnd::LinkEnd(
	ManualLoop& theLoop, std::unique_ptr<const identity::KeyIdentity> identity, const std::string& address) :
	loop(theLoop),
	self(std::move(identity)),
	port(*Endpoint::parse(address)),
	certificate(udp_punch::dtls::Certificate::make())
{
}

void LinkEnd::create(const PeerId& peer, const std::function<void(PunchLink::Configuration&)>& tune)
{
	if (link)
	{
		link->close();
		router = {};
	}
	PunchLink::Configuration configuration;
	configuration.own = self->id();
	configuration.peer = peer;
	configuration.identity = self.get();
	configuration.certificate = certificate;
	configuration.engine = udp_punch::sctp::Engine::shared();
	configuration.random = random;
	configuration.tag = 0x12345678;
	configuration.ufragHead = udp_punch::LinkRouter::ufragHead(configuration.tag);
	if (tune)
		tune(configuration);
	router.add(configuration.tag, peer);
	link = std::make_shared<PunchLink>(loop, std::move(configuration), *this);
	link->addLocal({.type = CandidateType::Host,
		.endpoint = port.localEndpoint(),
		.base = port.localEndpoint(),
		.port = &port,
		.source = "test"});
}

void LinkEnd::arrived(const Buffer& datagram, const Endpoint& remote)
{
	const Path path{.port = &port, .local = port.localEndpoint(), .remote = remote};
	if (datagram[0] <= 3)
	{
		const auto* peer = router.byStun(datagram);
		if (peer && link->onStun(datagram, path))
			router.learn(remote, *peer);
	}
	else if (router.byRemote(remote))
		link->onRecord(datagram, path);
}

bool LinkEnd::linkSignal(PunchLink& from, const std::string& text)
{
	signalled(from.session(), text);
	return true;
}

void LinkEnd::linkChanged(PunchLink& from)
{
	told = from.status();
	if (states.empty() || states.back() != told.state)
		states.push_back(told.state);
}

void LinkEnd::linkReceived(PunchLink&, const ChatMessage& message)
{
	received.push_back(message.content);
}

void LinkEnd::linkAcknowledged(PunchLink&, const std::string& id)
{
	acknowledged.push_back(id);
}

void LinkEnd::linkWritable(PunchLink&) {}

ChannelObserver* LinkEnd::linkChannelOffered(PunchLink&, Channel& channel)
{
	return channelOffered ? channelOffered(channel) : nullptr;
}

void LinkEnd::linkNotice(PunchLink&, const std::string& text)
{
	notices.push_back(text);
}

void LinkEnd::linkResolve(PunchLink&, const CandidateLine& candidate)
{
	resolving.push_back(candidate.hostName);
}

TwoLinks::TwoLinks() : engine(udp_punch::sctp::Engine::shared(udp_punch::sctp::Engine::Clock::Manual))
{
	auto one = identity::KeyIdentity::generate();
	auto other = identity::KeyIdentity::generate();
	if (other->id() < one->id())
		std::swap(one, other);
	anna = std::make_unique<LinkEnd>(loop, std::move(one), "192.0.2.1:1001");
	ben = std::make_unique<LinkEnd>(loop, std::move(other), "192.0.2.2:1002");
	join(*anna, *ben);
	join(*ben, *anna);
	anna->create(ben->self->id());
	ben->create(anna->self->id());
}

TwoLinks::~TwoLinks()
{
	for (auto* end : {anna.get(), ben.get()})
		end->link->close();
	_flying.clear();
	anna.reset();
	ben.reset();
	loop.drain();
}

void TwoLinks::join(LinkEnd& from, LinkEnd& to)
{
	from.port.sent = [this, &from, &to](Buffer datagram, const Endpoint& remote)
	{
		capture.push_back(datagram);
		if (remote != to.port.localEndpoint() || (passes && !passes(from, datagram)))
			return;
		_flying.push_back(loop.after(delay, [&to, &from, datagram = std::move(datagram)]
			{ to.arrived(datagram, from.port.localEndpoint()); }));
	};
	from.signalled = [this, &from, &to](const std::string& session, std::string text)
	{
		if (relays)
			text = relays(from, std::move(text));
		if (!text.empty())
			_flying.push_back(
				loop.after(delay, [&to, session, text] { to.link->signalReceived(session, text); }));
	};
}

void TwoLinks::offer()
{
	++_sessions;
	anna->link->offered(pairing());
	ben->link->offered(pairing());
}

void TwoLinks::offerAgain(LinkEnd& end)
{
	end.link->offered(pairing());
}

PunchLink::Pairing TwoLinks::pairing() const
{
	return {.session = "session-number-" + std::to_string(_sessions), .room = "lobby"};
}

void TwoLinks::pass(Duration duration)
{
	for (; duration > 0ms; duration -= 10ms)
	{
		loop.advance(10ms);
		engine->tick(10);
		loop.drain();
	}
}

bool TwoLinks::linked(Duration within)
{
	for (; within > 0ms; within -= 10ms)
	{
		if (anna->link->status().state == LinkState::Up && ben->link->status().state == LinkState::Up)
			return true;
		pass(10ms);
	}
	return false;
}

}
