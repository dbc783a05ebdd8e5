#include "plugins/transport/udp-punch/sctp/Socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "plugins/transport/udp-punch/sctp/SocketEvents.h"
#include "plugins/transport/udp-punch/sctp/UsrSctp.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

using std::chrono::milliseconds;

Socket::Refusal refusal(int error)
{
	switch (error)
	{
	case EWOULDBLOCK:
	case ENOBUFS:
	case ENOMEM:
		return Socket::Refusal::Full;
	case ECONNRESET:
	case ENOTCONN:
	case EPIPE:
	case ESHUTDOWN:
		return Socket::Refusal::Ended;
	default:
		return Socket::Refusal::Other;
	}
}

/// How long usrsctp goes on sending a message.
sctp_prinfo limits(const Delivery& delivery)
{
	sctp_prinfo limits{};
	limits.pr_policy = SCTP_PR_SCTP_RTX;
	if (delivery.maxRetransmits)
		limits.pr_value = *delivery.maxRetransmits;
	else if (delivery.maxLifetime)
	{
		limits.pr_policy = SCTP_PR_SCTP_TTL;
		// A lifetime of nothing would be no lifetime.
		limits.pr_value =
			std::max<std::uint32_t>(1, static_cast<std::uint32_t>(delivery.maxLifetime->count()));
	}
	else
		// Reliable: a number that is never reached, and not no limit. With the latter usrsctp 0.9.5 takes a
		// short way through acknowledgements without gaps on which it forgets to start its retransmission
		// timer anew (RFC 9260, section 6.3.2, rule R3): the timer then runs out in the midst of an
		// undisturbed transfer, finds a chunk that is some milliseconds older than usual, and closes the
		// window.
		limits.pr_value = std::numeric_limits<std::uint32_t>::max();
	return limits;
}

}

Socket::Socket(Engine::Impl& engine, EngineClient& client, const Options& options) :
	_engine(engine), _client(client), _localPort(options.localPort), _remotePort(options.remotePort)
{
	const Engine::Impl::Entry entry{_engine, nullptr};
	_socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
	if (_socket == nullptr)
		failed("gives no socket");
	_id = _engine.add(_client, _socket);
	try
	{
		usrsctp_set_non_blocking(_socket, 1);
		usrsctp_set_upcall(_socket, Engine::Impl::upcall, opaque(_id));
		setOptions(options);
		subscribe();
	}
	catch (...)
	{
		_engine.remove(_id);
		usrsctp_close(_socket);
		throw;
	}
}

Socket::~Socket()
{
	const Engine::Impl::Entry entry{_engine, nullptr};
	_engine.remove(_id);
	usrsctp_close(_socket);
}

void Socket::connect()
{
	const Engine::Impl::Entry entry{_engine, &_client};
	auto local = makeAddress(_id, _localPort);
	if (usrsctp_bind(_socket, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0)
		failed("does not bind");
	auto remote = makeAddress(_id, _remotePort);
	if (usrsctp_connect(_socket, reinterpret_cast<sockaddr*>(&remote), sizeof remote) != 0 &&
		errno != EINPROGRESS)
		failed("does not connect");
}

void Socket::input(ByteView packet)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	usrsctp_conninput(opaque(_id), packet.data(), packet.size(), 0);
}

std::optional<SocketEvent> Socket::receive(std::span<std::uint8_t> buffer)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	sctp_rcvinfo info{};
	socklen_t size = sizeof info;
	unsigned type = 0;
	int flags = 0;
	const auto got =
		usrsctp_recvv(_socket, buffer.data(), buffer.size(), nullptr, nullptr, &info, &size, &type, &flags);
	if (got <= 0)
		return std::nullopt;
	const ByteView bytes{buffer.data(), static_cast<std::size_t>(got)};
	if ((flags & MSG_NOTIFICATION) != 0)
		return readNotification(bytes);
	return socket_event::Data{info.rcv_sid, ntohl(info.rcv_ppid), bytes, (flags & MSG_EOR) != 0};
}

Socket::Taken Socket::send(
	std::uint16_t stream, std::uint32_t ppid, ByteView bytes, unsigned flags, const Delivery& delivery)
{
	sctp_sendv_spa how{};
	how.sendv_flags = SCTP_SEND_SNDINFO_VALID;
	how.sendv_sndinfo.snd_sid = stream;
	how.sendv_sndinfo.snd_ppid = htonl(ppid);
	how.sendv_sndinfo.snd_flags =
		static_cast<std::uint16_t>(flags | (delivery.ordered ? 0U : SCTP_UNORDERED));
	how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
	how.sendv_prinfo = limits(delivery);
	const auto taken =
		usrsctp_sendv(_socket, bytes.data(), bytes.size(), nullptr, 0, &how, sizeof how, SCTP_SENDV_SPA, 0);
	if (taken < 0)
		return refusal(errno);
	return static_cast<std::size_t>(taken);
}

void Socket::setExplicitEnd(bool on)
{
	if (_explicitEnd == on)
		return;
	const std::uint32_t value = on ? 1 : 0;
	setOption(SCTP_EXPLICIT_EOR, &value, sizeof value, "SCTP_EXPLICIT_EOR");
	_explicitEnd = on;
}

Socket::Taken Socket::sendPart(
	std::uint16_t stream, std::uint32_t ppid, ByteView part, bool last, bool ordered)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	setExplicitEnd(true);
	Delivery delivery;
	delivery.ordered = ordered;
	return send(stream, ppid, part, last ? SCTP_EOR : 0, delivery);
}

Socket::Taken Socket::sendWhole(
	std::uint16_t stream, std::uint32_t ppid, ByteView message, const Delivery& delivery)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	setExplicitEnd(false);
	return send(stream, ppid, message, 0, delivery);
}

Socket::Request Socket::reset(const std::vector<std::uint16_t>& streams)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	std::vector<std::uint8_t> storage(sizeof(sctp_reset_streams) + streams.size() * sizeof(std::uint16_t));
	sctp_reset_streams header{};
	header.srs_flags = SCTP_STREAM_RESET_OUTGOING;
	header.srs_number_streams = static_cast<std::uint16_t>(streams.size());
	std::memcpy(storage.data(), &header, sizeof header);
	std::memcpy(storage.data() + sizeof header, streams.data(), streams.size() * sizeof(std::uint16_t));
	if (usrsctp_setsockopt(_socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, storage.data(),
			static_cast<socklen_t>(storage.size())) == 0)
		return Request::Accepted;
	return errno == EALREADY ? Request::Busy : Request::Unsupported;
}

Socket::Request Socket::addStreams(std::uint16_t outgoing)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	const sctp_add_streams more{.sas_assoc_id = 0, .sas_instrms = 0, .sas_outstrms = outgoing};
	if (usrsctp_setsockopt(_socket, IPPROTO_SCTP, SCTP_ADD_STREAMS, &more, sizeof more) == 0)
		return Request::Accepted;
	return errno == EALREADY ? Request::Busy : Request::Unsupported;
}

void Socket::setPacketSize(std::size_t bytes)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	setPath(bytes);
}

void Socket::setRoundTrip(Duration roundTrip)
{
	const Engine::Impl::Entry entry{_engine, &_client};
	setTimeouts(roundTrip);
}

void Socket::demandHeartbeat()
{
	const Engine::Impl::Entry entry{_engine, &_client};
	sctp_paddrparams path{};
	auto remote = makeAddress(_id, _remotePort);
	std::memcpy(&path.spp_address, &remote, sizeof remote);
	path.spp_flags = SPP_HB_DEMAND;
	// Refused while there is no association, and then it is not needed.
	usrsctp_setsockopt(_socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

void Socket::shutdown()
{
	const Engine::Impl::Entry entry{_engine, &_client};
	usrsctp_shutdown(_socket, SHUT_WR);
}

Duration Socket::roundTrip() const
{
	const Engine::Impl::Entry entry{_engine, &_client};
	sctp_status status{};
	socklen_t size = sizeof status;
	if (usrsctp_getsockopt(_socket, IPPROTO_SCTP, SCTP_STATUS, &status, &size) != 0)
		return {};
	return milliseconds{status.sstat_primary.spinfo_srtt};
}

}
