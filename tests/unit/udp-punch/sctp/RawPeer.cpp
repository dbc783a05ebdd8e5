#include "tests/unit/udp-punch/sctp/RawPeer.h"

#include <gtest/gtest.h>
#include <usrsctp.h>

#include <algorithm>
#include <array>

namespace gimlet::test
{

namespace
{

using Entry = sctp::Engine::Impl::Entry;
constexpr std::uint16_t PORT = 5000;
constexpr int INTERLEAVING_SUPPORTED = 0x00001206;

sockaddr_conn addressOf(std::uintptr_t id)
{
	sockaddr_conn address{};
	address.sconn_family = AF_CONN;
	address.sconn_port = htons(PORT);
	address.sconn_addr = reinterpret_cast<void*>(id);
	return address;
}

}

RawPeer::RawPeer(sctp::Engine& engine, ManualLoop& loop, OneWay& out, const Options& options) :
	_engine(engine), _loop(loop), _out(out)
{
	const Entry entry{_engine.impl(), this};
	_socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
	_id = _engine.impl().add(*this, _socket);
	usrsctp_set_non_blocking(_socket, 1);
	const linger now{.l_onoff = 1, .l_linger = 0};
	usrsctp_setsockopt(_socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	const std::uint32_t on = 1;
	set(SCTP_NODELAY, &on, sizeof on);
	set(SCTP_RECVRCVINFO, &on, sizeof on);
	const int level = 2;
	set(SCTP_FRAGMENT_INTERLEAVE, &level, sizeof level);
	const sctp_assoc_value interleaving{.assoc_id = 0, .assoc_value = options.interleaving ? 1U : 0U};
	set(INTERLEAVING_SUPPORTED, &interleaving, sizeof interleaving);
	const sctp_assoc_value reconfiguration{.assoc_id = 0, .assoc_value = options.reconfiguration ? 1U : 0U};
	set(SCTP_RECONFIG_SUPPORTED, &reconfiguration, sizeof reconfiguration);
	const sctp_assoc_value reset{.assoc_id = 0, .assoc_value = SCTP_ENABLE_VALUE_MASK};
	set(SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset);
	const sctp_initmsg init{.sinit_num_ostreams = options.streams,
		.sinit_max_instreams = options.streams,
		.sinit_max_attempts = 0,
		.sinit_max_init_timeo = 0};
	set(SCTP_INITMSG, &init, sizeof init);
}

RawPeer::~RawPeer()
{
	const Entry entry{_engine.impl(), nullptr};
	_engine.impl().remove(_id);
	if (_socket != nullptr)
		usrsctp_close(_socket);
}

void RawPeer::set(int name, const void* value, std::size_t size)
{
	EXPECT_EQ(usrsctp_setsockopt(_socket, IPPROTO_SCTP, name, value, static_cast<socklen_t>(size)), 0)
		<< name;
}

void RawPeer::connect()
{
	const Entry entry{_engine.impl(), this};
	auto address = addressOf(_id);
	EXPECT_EQ(usrsctp_bind(_socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
	usrsctp_connect(_socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void RawPeer::output(std::span<std::uint8_t> packet, bool)
{
	_out.send(packet, _loop.now());
}

void RawPeer::onPacket(ByteView packet)
{
	const Entry entry{_engine.impl(), this};
	usrsctp_conninput(reinterpret_cast<void*>(_id), packet.data(), packet.size(), 0);
	read();
}

void RawPeer::read()
{
	std::vector<std::uint8_t> buffer(65536);
	for (;;)
	{
		sctp_rcvinfo info{};
		socklen_t size = sizeof info;
		unsigned type = 0;
		int flags = 0;
		const auto got = usrsctp_recvv(
			_socket, buffer.data(), buffer.size(), nullptr, nullptr, &info, &size, &type, &flags);
		if (got <= 0)
			return;
		if ((flags & MSG_NOTIFICATION) != 0)
		{
			++notifications;
			continue;
		}
		auto found = std::find_if(_present.begin(), _present.end(),
			[&](const Message& message) { return message.stream == info.rcv_sid; });
		if (found == _present.end())
			found = _present.insert(found, {info.rcv_sid, ntohl(info.rcv_ppid), {}});
		found->bytes += asText(ByteView{buffer}.first(static_cast<std::size_t>(got)));
		if ((flags & MSG_EOR) == 0)
			continue;
		messages.push_back(std::move(*found));
		_present.erase(found);
	}
}

void RawPeer::send(std::uint16_t stream, std::uint32_t ppid, ByteView message)
{
	const Entry entry{_engine.impl(), this};
	sctp_sndinfo info{};
	info.snd_sid = stream;
	info.snd_ppid = htonl(ppid);
	EXPECT_EQ(usrsctp_sendv(_socket, message.data(), message.size(), nullptr, 0, &info, sizeof info,
				  SCTP_SENDV_SNDINFO, 0),
		static_cast<ssize_t>(message.size()));
}

void RawPeer::reset(std::uint16_t stream)
{
	const Entry entry{_engine.impl(), this};
	alignas(sctp_reset_streams) std::array<std::uint8_t, sizeof(sctp_reset_streams) + 2> storage{};
	auto* request = reinterpret_cast<sctp_reset_streams*>(storage.data());
	request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
	request->srs_number_streams = 1;
	request->srs_stream_list[0] = stream;
	set(SCTP_RESET_STREAMS, storage.data(), storage.size());
}

void RawPeer::abort()
{
	const Entry entry{_engine.impl(), this};
	usrsctp_close(_socket);
	_socket = nullptr;
}

namespace
{

sctp_status statusOf(struct socket* socket)
{
	sctp_status status{};
	socklen_t size = sizeof status;
	EXPECT_EQ(usrsctp_getsockopt(socket, IPPROTO_SCTP, SCTP_STATUS, &status, &size), 0);
	return status;
}

}

std::uint16_t RawPeer::outgoing() const
{
	const Entry entry{_engine.impl(), nullptr};
	return statusOf(_socket).sstat_outstrms;
}

std::uint16_t RawPeer::incoming() const
{
	const Entry entry{_engine.impl(), nullptr};
	return statusOf(_socket).sstat_instrms;
}

}
