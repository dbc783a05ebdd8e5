// What stands on the path: DTLS, SCTP and the chat channel.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-punch/link/Below.h"
#include "plugins/transport/udp-punch/link/LinkTiming.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

namespace
{

/// A handshake flight has fewer datagrams; what is beyond is retransmitted.
constexpr std::size_t MAX_WAITING = 16;

}

/// RFC 8842, section 5.2; when both would do either, the controlling side by ids begins: it has its first
/// answer half a round trip before the other.
bool PunchLink::active() const
{
	switch (_remote->setup)
	{
	case Setup::Active:
		return false;
	case Setup::Passive:
		return true;
	case Setup::ActPass:
		break;
	}
	return _configuration.own < _configuration.peer;
}

void PunchLink::beginSession()
{
	const auto pair = way();
	if (_session || !_remote || !pair || _closed || _ending != Ending::None)
		return;
	const auto timeout = pair->roundTrip == Duration{} ? timing::UNKNOWN_HANDSHAKE_TIMEOUT
													   : pair->roundTrip + pair->roundTrip / 2;
	_session = std::make_unique<dtls::Session>(
		dtls::Session::Configuration{.role = active() ? dtls::Role::Client : dtls::Role::Server,
			.certificate = _configuration.certificate,
			.peerFingerprint = _remote->fingerprint,
			.firstTimeout = std::max<Duration>(timeout, timing::LEAST_HANDSHAKE_TIMEOUT)},
		static_cast<dtls::Sink&>(*this));
	_session->start(now());
	for (const auto& datagram : std::exchange(_early, {}))
		_session->onDatagram(datagram, now());
	_again = true;
}

void PunchLink::onRecord(ByteView datagram, const Path& path)
{
	if (_closed)
		return;
	_bytesReceived += datagram.size();
	if (!_session)
	{
		if (_early.size() < MAX_WAITING)
			_early.emplace_back(datagram.begin(), datagram.end());
		return;
	}
	const auto dropped = _session->dropped();
	{
		const Below below{*this};
		_session->onDatagram(datagram, now());
	}
	if (_closed)
		return;
	if (_session->state() == dtls::State::Open && _session->dropped() == dropped)
		_agent.onTraffic(path, now());
	settle();
}

void PunchLink::dtlsSend(ByteView datagram)
{
	_bytesSent += datagram.size();
	if (sendByWay(datagram))
		return;
	if (!way() && _outgoing.size() < MAX_WAITING)
		_outgoing.emplace_back(datagram.begin(), datagram.end());
}

void PunchLink::dtlsReceived(ByteView data)
{
	// The peer may be open, and send, one datagram before our side has noticed that it is.
	if (!_association)
		beginAssociation();
	if (_association)
		_association->onPacket(data);
}

void PunchLink::sessionChanged()
{
	if (!_session)
		return;
	switch (_session->state())
	{
	case dtls::State::New:
	case dtls::State::Handshaking:
		break;
	case dtls::State::Open:
		if (!std::exchange(_sessionOpen, true))
			beginAssociation();
		break;
	case dtls::State::Closed:
		dropStack(Ending::Left, "the peer ended the link");
		break;
	case dtls::State::Failed:
	{
		const auto error = _session->error();
		dropStack(Ending::Failed, fmt::format("no secret was agreed: {}", error));
		break;
	}
	}
}

void PunchLink::beginAssociation()
{
	if (_association || !_session || _session->state() != dtls::State::Open)
		return;
	sctp::Association::Configuration configuration;
	configuration.dtlsClient = active();
	configuration.remotePort = _remote->sctpPort;
	configuration.peerMaxMessage = _remote->maxMessageSize;
	configuration.maxMessage = _configuration.maxMessage;
	configuration.streams = _configuration.streams;
	configuration.sendBuffer = _configuration.buffer;
	configuration.receiveBuffer = _configuration.buffer;
	configuration.packetSize = 1200 - _session->overhead();
	configuration.smallestPacketSize = configuration.packetSize;
	if (const auto pair = way())
		configuration.roundTrip = pair->roundTrip;
	_association = std::make_unique<sctp::Association>(
		_configuration.engine, _loop, std::move(configuration), static_cast<sctp::Sink&>(*this));
	_association->connect();
	if (active())
		openChat();
}

void PunchLink::openChat()
{
	_ownChat = &_association->open(ChatChannel::optionsFor(_ours), _chat);
	_chat.add(*_ownChat);
}

void PunchLink::sctpSend(ByteView packet)
{
	if (_session)
		_session->send(packet);
}

/// Who opens a channel may send at once (RFC 8832, section 6): what follows DATA_CHANNEL_OPEN on its ordered
/// stream arrives after it. So the first message saves the round trip of the acknowledgement.
void PunchLink::associationUp()
{
	if (_ownChat)
		_chat.opened(*_ownChat);
}

ChannelObserver* PunchLink::channelOffered(Channel& channel)
{
	if (!ChatChannel::isChat(channel.options()))
	{
		const Below below{*this};
		return _closed ? nullptr : _host.linkChannelOffered(*this, channel);
	}
	_chat.add(channel);
	return &_chat;
}

void PunchLink::associationLost(const std::string& reason)
{
	// Called from inside the association: it is dropped when the call has returned.
	_associationOver = true;
	_endingReason = fmt::format("the association ended: {}", reason);
	settleLater();
}

/// DTLS and all above it go; the agent stays. What was not acknowledged is sent again over what comes next.
void PunchLink::dropStack(Ending ending, const std::string& reason)
{
	_ending = ending;
	_endingReason = reason;
	const auto association = std::exchange(_association, nullptr);
	const auto session = std::exchange(_session, nullptr);
	_sessionOpen = false;
	_associationOver = false;
	_chat.reset();
	_ownChat = nullptr;
	_verification.reset();
	_retransmissionsSeen = 0;
	_early.clear();
	_outgoing.clear();
	if (ending == Ending::Failed && _restartAt == NEVER)
		_restartAt = now() + nextRetry();
	_again = true;
}

SendResult PunchLink::send(const ChatMessage& message)
{
	const auto result = _chat.send(message);
	settle();
	return result;
}

Channel* PunchLink::open(const ChannelOptions& options, ChannelObserver& observer)
{
	if (!_association || !_association->up())
		return nullptr;
	try
	{
		return &_association->open(options, observer);
	}
	catch (const std::runtime_error&)
	{
		return nullptr;
	}
}

void PunchLink::chatReady()
{
	beginVerification();
	settleLater();
}

/// Both begin at once, so that the code is there when somebody asks for it.
void PunchLink::beginVerification()
{
	verify::VerifyMachine::Configuration configuration;
	configuration.self = _configuration.own;
	configuration.peer = _configuration.peer;
	if (_verification || !_proven || !_chat.acknowledges() ||
		!_session->exportKey(verify::EXPORTER_LABEL, configuration.exported))
		return;
	_configuration.random(configuration.nonce);
	_verification = std::make_unique<verify::VerifyMachine>(std::move(configuration));
	_verification->start();
	sendVerification();
}

void PunchLink::sendVerification()
{
	while (const auto message = _verification->pollTransmit())
		_chat.sendControl(*message);
}

void PunchLink::chatReceived(const ChatMessage& message)
{
	const Below below{*this};
	if (!_closed)
		_host.linkReceived(*this, message);
}

void PunchLink::chatAcknowledged(const std::string& id)
{
	const Below below{*this};
	if (!_closed)
		_host.linkAcknowledged(*this, id);
}

void PunchLink::chatControl(const chat::Control& control)
{
	using State = verify::VerifyMachine::State;
	if (!_verification || !verify::isVerifyType(control.type) || _verification->state() == State::Failed)
		return;
	_verification->onMessage(control.json);
	sendVerification();
	const Below below{*this};
	if (_verification->state() == State::Failed && !_closed)
		_host.linkNotice(*this, _verification->error());
	settleLater();
}

void PunchLink::chatWritable()
{
	const Below below{*this};
	if (!_closed)
		_host.linkWritable(*this);
}

}
