// How usrsctp is to behave: every option with its reason.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "plugins/transport/udp-punch/sctp/Socket.h"
#include "plugins/transport/udp-punch/sctp/UsrSctp.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

using std::chrono::milliseconds;

/// Not in the public header of 0.9.5, though the library has it (its netinet/sctp.h).
constexpr int INTERLEAVING_SUPPORTED = 0x00001206;
constexpr int BOTH_STREAMS_AND_ASSOCIATIONS = 2; // RFC 6458, section 8.1.20: level 2, which RFC 8260 needs
/// What usrsctp takes SCTP_MAXSEG to exclude on a socket that is not IPv6: IP, common and DATA chunk header.
constexpr std::size_t SEGMENT_OVERHEAD = 20 + 12 + 16;
constexpr std::size_t COMMON_HEADER = 12;

/// A message beyond this is delivered in parts as they come; up to here in one.
constexpr std::uint32_t PARTIAL_DELIVERY = 65536;
/// RFC 9260 allows at most 500 ms, and advises every second packet. The engine ticks every 10 ms.
constexpr std::uint32_t SACK_DELAY = 20;
constexpr std::uint32_t SACK_FREQUENCY = 2;

/// RFC 9260 has 1 s, for paths that were slow and clocks that were coarse. Ours must outlast the round trip
/// and a delayed acknowledgement: 20 ms, a tick of 10 ms on each side, and as much again. What usrsctp
/// calculates is less on a path that is always the same.
constexpr milliseconds SHORTEST_TIMEOUT{50};
/// Time-outs double while nothing comes back. ICE decides when a path is dead and finds another one; from
/// then on this is the longest until something is sent over it, and until then one packet goes out so often.
/// On a path that is slower usrsctp still repeats nothing before a measured round trip has passed.
constexpr milliseconds LEAST_LONGEST_TIMEOUT{800};
constexpr milliseconds MOST_LONGEST_TIMEOUT{20000};
/// ICE gives up, not SCTP: a number that is never reached (the fields have 16 bits).
constexpr std::uint16_t RETRANSMISSIONS = 60000;

}

void Socket::setOption(int name, const void* value, std::size_t size, const char* what)
{
	if (usrsctp_setsockopt(_socket, IPPROTO_SCTP, name, value, static_cast<socklen_t>(size)) != 0)
		failed(fmt::format("refuses {}", what));
}

void Socket::setOptions(const Options& options)
{
	// Closing aborts: whoever wants order calls shutdown().
	const linger now{.l_onoff = 1, .l_linger = 0};
	const auto sendBuffer = static_cast<int>(options.sendBuffer);
	const auto receiveBuffer = static_cast<int>(options.receiveBuffer);
	if (usrsctp_setsockopt(_socket, SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0 ||
		usrsctp_setsockopt(_socket, SOL_SOCKET, SO_SNDBUF, &sendBuffer, sizeof sendBuffer) != 0 ||
		usrsctp_setsockopt(_socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer) != 0)
		failed("refuses its buffers");

	const std::uint32_t on = 1;
	setOption(SCTP_NODELAY, &on, sizeof on, "SCTP_NODELAY");
	setOption(SCTP_RECVRCVINFO, &on, sizeof on, "SCTP_RECVRCVINFO");
	setOption(SCTP_EXPLICIT_EOR, &on, sizeof on, "SCTP_EXPLICIT_EOR");
	const int level = BOTH_STREAMS_AND_ASSOCIATIONS;
	setOption(SCTP_FRAGMENT_INTERLEAVE, &level, sizeof level, "SCTP_FRAGMENT_INTERLEAVE");
	const sctp_assoc_value interleaving{.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = 1};
	setOption(INTERLEAVING_SUPPORTED, &interleaving, sizeof interleaving, "SCTP_INTERLEAVING_SUPPORTED");
	setOption(SCTP_PARTIAL_DELIVERY_POINT, &PARTIAL_DELIVERY, sizeof PARTIAL_DELIVERY, "its delivery point");
	const sctp_assoc_value reset{.assoc_id = SCTP_FUTURE_ASSOC,
		.assoc_value = SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ};
	setOption(SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset, "SCTP_ENABLE_STREAM_RESET");
	const sctp_initmsg init{.sinit_num_ostreams = options.streams,
		.sinit_max_instreams = std::max(options.streams, MOST_STREAMS),
		.sinit_max_attempts = RETRANSMISSIONS,
		.sinit_max_init_timeo = static_cast<std::uint16_t>(LEAST_LONGEST_TIMEOUT.count())};
	setOption(SCTP_INITMSG, &init, sizeof init, "SCTP_INITMSG");
	sctp_assocparams parameters{};
	parameters.sasoc_asocmaxrxt = RETRANSMISSIONS;
	setOption(SCTP_ASSOCINFO, &parameters, sizeof parameters, "SCTP_ASSOCINFO");
	const sctp_sack_info sack{
		.sack_assoc_id = SCTP_FUTURE_ASSOC, .sack_delay = SACK_DELAY, .sack_freq = SACK_FREQUENCY};
	setOption(SCTP_DELAYED_SACK, &sack, sizeof sack, "SCTP_DELAYED_SACK");
	const sctp_assoc_value segment{.assoc_id = SCTP_FUTURE_ASSOC,
		.assoc_value =
			static_cast<std::uint32_t>((options.smallestPacketSize & ~std::size_t{3}) - SEGMENT_OVERHEAD)};
	setOption(SCTP_MAXSEG, &segment, sizeof segment, "SCTP_MAXSEG");
	setTimeouts(options.roundTrip);
	setPath(options.packetSize);
}

void Socket::setTimeouts(Duration roundTrip)
{
	const auto measured = std::chrono::duration_cast<milliseconds>(roundTrip);
	const auto longest = std::clamp(4 * measured, LEAST_LONGEST_TIMEOUT, MOST_LONGEST_TIMEOUT);
	const auto shortest = std::min(measured + SHORTEST_TIMEOUT, longest);
	const auto initial = std::clamp(3 * measured, shortest, longest);
	const sctp_rtoinfo timeouts{.srto_assoc_id = SCTP_FUTURE_ASSOC,
		.srto_initial = static_cast<std::uint32_t>(initial.count()),
		.srto_max = static_cast<std::uint32_t>(longest.count()),
		.srto_min = static_cast<std::uint32_t>(shortest.count())};
	setOption(SCTP_RTOINFO, &timeouts, sizeof timeouts, "SCTP_RTOINFO");
}

void Socket::setPath(std::size_t bytes)
{
	sctp_paddrparams path{};
	path.spp_assoc_id = SCTP_FUTURE_ASSOC;
	// "Every address": with none, an association that exists already is refused.
	sockaddr_conn every{};
	every.sconn_family = AF_CONN;
	std::memcpy(&path.spp_address, &every, sizeof every);
	// ICE's consent checks are the heartbeats; RFC 8899 above finds the packet size.
	path.spp_flags = SPP_HB_DISABLE | SPP_PMTUD_DISABLE;
	path.spp_pathmaxrxt = RETRANSMISSIONS;
	path.spp_pathmtu = static_cast<std::uint32_t>((bytes & ~std::size_t{3}) - COMMON_HEADER);
	setOption(SCTP_PEER_ADDR_PARAMS, &path, sizeof path, "SCTP_PEER_ADDR_PARAMS");
}

void Socket::subscribe()
{
	for (const auto type :
		{SCTP_ASSOC_CHANGE, SCTP_PARTIAL_DELIVERY_EVENT, SCTP_STREAM_RESET_EVENT, SCTP_STREAM_CHANGE_EVENT})
	{
		const sctp_event event{
			.se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = static_cast<std::uint16_t>(type), .se_on = 1};
		setOption(SCTP_EVENT, &event, sizeof event, "SCTP_EVENT");
	}
}

}
