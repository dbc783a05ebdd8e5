#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Channel.h"
#include "node/api/EventLoop.h"
#include "plugins/transport/udp-punch/sctp/Engine.h"

namespace gimlet::udp_punch::sctp
{

/// What an association calls: on the loop thread; sctpSend from inside onPacket, Channel::send and posted
/// tasks alike, and never from the constructor or destructor.
class Sink
{
public:
	virtual ~Sink() = default;

	/// One SCTP packet for the peer, at most the packet size. May not call back.
	virtual void sctpSend(ByteView packet) = 0;
	/// Both sides are there; channels that were opened before are now told to the peer.
	virtual void associationUp() = 0;
	/// The peer opened a channel. @return Who hears of it; null refuses it (it is closed at once).
	virtual ChannelObserver* channelOffered(Channel& channel) = 0;
	/// The association is over: shut down or aborted by the peer, or given up. Every channel was closed
	/// before. The last call.
	virtual void associationLost(const std::string& reason) = 0;
};

/// One SCTP association over DTLS with its data channels (RFC 8261, 8831, 8832), by usrsctp. Loop thread
/// only.
class Association
{
public:
	struct Configuration
	{
		/// Decides who has the even stream ids (RFC 8832, section 6: the DTLS client).
		bool dtlsClient = false;
		std::uint16_t localPort = 5000;
		std::uint16_t remotePort = 5000;
		/// What the peer's description advertises; 0 is any size.
		std::uint64_t peerMaxMessage = 65536;
		/// What we accept and send at most.
		std::uint64_t maxMessage = 16U << 20U;
		/// Bytes that an SCTP packet may have: the path's UDP payload without the DTLS overhead.
		std::size_t packetSize = 1200 - 37;
		/// Chunks are cut for this one, so that a path may shrink; larger packets bundle several.
		std::size_t smallestPacketSize = 1200 - 37;
		/// RFC 8831 asks for 65,535, which cost 6.7 MB a side; with 256 an idle association weighs 38 KiB
		/// (bench-sctp-load). More are added when needed, up to 1,024 (RFC 6525).
		std::uint16_t streams = 256;
		/// Delay times bandwidth: 400 Mbit/s across 100 ms are 5 MB.
		std::size_t sendBuffer = 8U << 20U;
		std::size_t receiveBuffer = 8U << 20U;
		/// The ICE round trip, from which the first retransmission time-out is made (at least 50 ms).
		Duration roundTrip = std::chrono::milliseconds{200};
	};

	/// What the peer did wrong, or we would not have.
	struct Refusals
	{
		std::uint64_t checksums = 0;        ///< packets without a right checksum
		std::uint64_t earlyPackets = 0;     ///< too many before connect()
		std::uint64_t strayMessages = 0;    ///< on streams that nobody opened
		std::uint64_t unknownPayloads = 0;  ///< of no kind that a data channel carries (RFC 8831, section 8)
		std::uint64_t malformedControl = 0; ///< DCEP that cannot be read, or makes no sense
		std::uint64_t refusedChannels = 0;  ///< nobody wanted to hear of them
		std::uint64_t tooLarge = 0;         ///< messages over what we advertise
		std::uint64_t resetsFailed = 0;     ///< streams that the peer would not reset
		std::uint64_t lostOutput = 0;       ///< packets of timers, while the loop did not take them
	};

	struct Statistics
	{
		std::uint64_t bytesSent = 0; ///< of messages
		std::uint64_t bytesReceived = 0;
		std::uint64_t retransmissions = 0; ///< chunks
		Duration roundTrip{};
		Refusals refusals;
	};

	/// @throws std::runtime_error if usrsctp refuses.
	Association(std::shared_ptr<Engine> engine, EventLoop& loop, Configuration configuration, Sink& sink);
	Association(const Association&) = delete;
	Association& operator=(const Association&) = delete;
	/// Aborts what is not shut down; nobody is called any more.
	~Association();

	/// Sends INIT; both sides do so (RFC 8831, section 6.2, simultaneous open).
	void connect();
	/// A packet that DTLS delivered.
	void onPacket(ByteView packet);
	/// Opens a channel, at any time. The observer must outlive it. @throws std::runtime_error when no stream
	/// is free. Messages of a channel that is not reliable are at most sendBuffer, as usrsctp takes them as a
	/// whole.
	Channel& open(const ChannelOptions& options, ChannelObserver& observer);
	/// The path carries more or less than before.
	void setPacketSize(std::size_t bytes);
	/// The path has changed: its round trip is measured anew. Nothing has to be sent again at once for it, as
	/// time-outs never grow beyond 800 ms, or four round trips if that is more: so long at most until what a
	/// dead path swallowed is repeated over a new one.
	void pathChanged();
	/// What ICE measures: bounds the time-outs (above). SCTP itself measures nothing while it retransmits.
	void setRoundTrip(Duration roundTrip);
	/// Shuts down in order; associationLost follows.
	void shutdown();

	bool up() const;
	/// Bytes that wait in all channels. What usrsctp has taken, at most sendBuffer, does not count.
	std::size_t bufferedAmount() const;
	Statistics statistics() const;

private:
	struct Impl;
	/// Shared, as it may be destroyed from inside a callback of its own.
	std::shared_ptr<Impl> _impl;
};

}
