#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/sctp/EngineImpl.h"

struct socket;

namespace gimlet::udp_punch::sctp
{

/// How one message is sent.
struct Delivery
{
	bool ordered = true;
	std::optional<std::uint16_t> maxRetransmits;
	std::optional<std::chrono::milliseconds> maxLifetime;

	bool reliable() const
	{
		return !maxRetransmits && !maxLifetime;
	}
};

/// What can be read from a socket.
namespace socket_event
{
/// Bytes of a message; those of one stream come in order until the last ones. Valid until the next receive().
struct Data
{
	std::uint16_t stream;
	std::uint32_t ppid;
	ByteView bytes;
	bool last;
};
/// The rest of what has come of the message on this stream will not come.
struct DataAborted
{
	std::uint16_t stream;
};
struct Up
{
	std::uint16_t outgoing; ///< streams
	bool interleaving;      ///< RFC 8260 on both sides
};
struct Lost
{
	std::string reason;
};
/// Streams were reset (RFC 6525); both directions may be said at once.
struct Reset
{
	std::vector<std::uint16_t> streams; ///< none is all
	bool outgoing;
	bool incoming;
	bool failed; ///< the peer refused what we asked for
};
/// The number of streams is another now.
struct Streams
{
	std::uint16_t outgoing;
	bool refused; ///< we asked for more, and the peer will not have it
	bool failed;  ///< we asked for more, and may ask again
};
/// Something that nobody needs to know.
struct Other
{
};
}

using SocketEvent = std::variant<socket_event::Other, socket_event::Data, socket_event::DataAborted,
	socket_event::Up, socket_event::Lost, socket_event::Reset, socket_event::Streams>;

/// One usrsctp socket with one association: all that is said to usrsctp about it, and nothing of channels.
/// Loop thread only.
class Socket
{
public:
	struct Options
	{
		std::uint16_t localPort = 0;
		std::uint16_t remotePort = 0;
		std::size_t packetSize = 0;
		std::size_t smallestPacketSize = 0;
		std::uint16_t streams = 0;
		std::size_t sendBuffer = 0;
		std::size_t receiveBuffer = 0;
		Duration roundTrip{};
	};

	/// RFC 6525 adds streams up to this. Both sides announce it, and memory is taken for what the peer asks
	/// for at once: 49 KiB.
	static constexpr std::uint16_t MOST_STREAMS = 1024;

	/// @throws std::runtime_error if usrsctp refuses.
	Socket(Engine::Impl& engine, EngineClient& client, const Options& options);
	Socket(const Socket&) = delete;
	Socket& operator=(const Socket&) = delete;
	/// Aborts the association, silently: the client is not called any more.
	~Socket();

	/// @throws std::runtime_error if usrsctp refuses.
	void connect();
	/// A packet whose checksum is right.
	void input(ByteView packet);

	/// Reads what there is. @param buffer Takes the bytes of data. @return Nothing when all has been read.
	std::optional<SocketEvent> receive(std::span<std::uint8_t> buffer);

	enum class Refusal
	{
		Full,  ///< later
		Ended, ///< the association is, or is about to be
		Other,
	};
	using Taken = std::variant<std::size_t, Refusal>;

	/// Gives a part of a message. Until its last part was taken, other streams are refused unless
	/// interleaving is on. @return How many bytes of it were taken.
	Taken sendPart(std::uint16_t stream, std::uint32_t ppid, ByteView part, bool last, bool ordered);
	/// Gives a message as a whole, which fits into the send buffer or never will.
	Taken sendWhole(std::uint16_t stream, std::uint32_t ppid, ByteView message, const Delivery& delivery);

	enum class Request
	{
		Accepted,    ///< an event follows
		Busy,        ///< another request is under way: again after its event
		Unsupported, ///< by the peer
	};
	/// Resets streams outwards once what was sent on them is acknowledged.
	Request reset(const std::vector<std::uint16_t>& streams);
	/// Asks for more streams outwards; the peer does so for its own.
	Request addStreams(std::uint16_t outgoing);

	void setPacketSize(std::size_t bytes);
	/// Bounds the time-outs by a round trip that was measured.
	void setRoundTrip(Duration roundTrip);
	/// Measures the round trip by a heartbeat, which retransmissions do not blur.
	void demandHeartbeat();
	/// In order; Lost follows.
	void shutdown();

	/// SCTP's own smoothed round trip; 0 if there is none.
	Duration roundTrip() const;

private:
	void setOption(int name, const void* value, std::size_t size, const char* what);
	void setOptions(const Options& options);
	void setTimeouts(Duration roundTrip);
	void setPath(std::size_t bytes);
	void subscribe();
	Taken send(
		std::uint16_t stream, std::uint32_t ppid, ByteView bytes, unsigned flags, const Delivery& delivery);
	void setExplicitEnd(bool on);

	Engine::Impl& _engine;
	EngineClient& _client;
	const std::uint16_t _localPort;
	const std::uint16_t _remotePort;
	std::uintptr_t _id = 0;
	struct socket* _socket = nullptr;
	bool _explicitEnd = true;
};

}
