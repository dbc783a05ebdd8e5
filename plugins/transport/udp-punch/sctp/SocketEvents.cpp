#include "plugins/transport/udp-punch/sctp/SocketEvents.h"

#include <usrsctp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace gimlet::udp_punch::sctp
{

namespace
{

/// The fixed part of a notification, copied out of the bytes for the sake of alignment.
template <typename Notification>
bool readFixedPart(ByteView bytes, Notification& notification)
{
	if (bytes.size() < sizeof notification)
		return false;
	std::memcpy(&notification, bytes.data(), sizeof notification);
	return true;
}

const char* lostReason(unsigned state)
{
	switch (state)
	{
	case SCTP_COMM_LOST:
		return "aborted by the peer";
	case SCTP_RESTART:
		return "the peer began anew";
	case SCTP_SHUTDOWN_COMP:
		return "shut down";
	default:
		return "no association came about";
	}
}

SocketEvent readChange(ByteView bytes)
{
	sctp_assoc_change change{};
	if (!readFixedPart(bytes, change))
		return socket_event::Other{};
	if (change.sac_state != SCTP_COMM_UP)
		return socket_event::Lost{lostReason(change.sac_state)};
	const auto features = bytes.subspan(sizeof(sctp_assoc_change));
	const bool interleaving =
		std::find(features.begin(), features.end(), SCTP_ASSOC_SUPPORTS_INTERLEAVING) != features.end();
	return socket_event::Up{change.sac_outbound_streams, interleaving};
}

SocketEvent readReset(ByteView bytes)
{
	sctp_stream_reset_event reset{};
	if (!readFixedPart(bytes, reset))
		return socket_event::Other{};
	socket_event::Reset event{};
	event.outgoing = (reset.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0;
	event.incoming = (reset.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0;
	event.failed = (reset.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0;
	const auto list = bytes.subspan(sizeof(sctp_stream_reset_event));
	event.streams.resize(list.size() / sizeof(std::uint16_t));
	std::memcpy(event.streams.data(), list.data(), event.streams.size() * sizeof(std::uint16_t));
	return event;
}

SocketEvent readStreams(ByteView bytes)
{
	sctp_stream_change_event change{};
	if (!readFixedPart(bytes, change))
		return socket_event::Other{};
	return socket_event::Streams{change.strchange_outstrms,
		(change.strchange_flags & SCTP_STREAM_CHANGE_DENIED) != 0,
		(change.strchange_flags & SCTP_STREAM_CHANGE_FAILED) != 0};
}

SocketEvent readAborted(ByteView bytes)
{
	// The library writes stream and sequence number in 16 bits each where its header (0.9.5) declares 32.
	constexpr std::size_t STREAM = offsetof(sctp_pdapi_event, pdapi_stream);
	std::uint16_t stream = 0;
	if (bytes.size() < STREAM + sizeof stream)
		return socket_event::Other{};
	std::memcpy(&stream, bytes.data() + STREAM, sizeof stream);
	return socket_event::DataAborted{stream};
}

}

SocketEvent readNotification(ByteView bytes)
{
	std::uint16_t type = 0;
	if (bytes.size() < sizeof type)
		return socket_event::Other{};
	std::memcpy(&type, bytes.data(), sizeof type);
	switch (type)
	{
	case SCTP_ASSOC_CHANGE:
		return readChange(bytes);
	case SCTP_STREAM_RESET_EVENT:
		return readReset(bytes);
	case SCTP_STREAM_CHANGE_EVENT:
		return readStreams(bytes);
	case SCTP_PARTIAL_DELIVERY_EVENT:
		return readAborted(bytes);
	default:
		return socket_event::Other{};
	}
}
}
