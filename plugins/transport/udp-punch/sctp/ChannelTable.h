#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/DataChannel.h"
#include "plugins/transport/udp-punch/sctp/Dcep.h"
#include "plugins/transport/udp-punch/sctp/Socket.h"
#include "plugins/transport/udp-punch/sctp/StreamIds.h"

namespace gimlet::udp_punch::sctp
{

/// The channels of an association by their streams: how they are opened (RFC 8832) and closed (RFC 8831,
/// section 6.7), and what becomes of bytes on streams that are neither. Requests to usrsctp are made by
/// request() alone, one at a time as RFC 6525 has it. Loop thread only.
///
/// A stream is free again when both directions have been reset:
///
///     open() ──DCEP──> Opening ──ACK──> Open ──close()──> queue sent ──reset──> out done ─┐
///     peer's OPEN ──> offered ──ACK──> Open ──peer's reset──> in done ──our reset──> out done ─┴─> free
class ChannelTable
{
public:
	struct Limits
	{
		std::size_t maxMessage;  ///< sent
		std::size_t maxWhole;    ///< sent on channels that are not reliable
		std::size_t maxReceived; ///< more closes the channel
	};

	/// Asks who hears of a channel that the peer opened.
	using Offer = std::function<ChannelObserver*(Channel&)>;

	ChannelTable(ChannelHost& host, const Limits& limits, bool dtlsClient, Offer offer);

	/// @throws std::runtime_error when no stream is free or the options cannot be said.
	DataChannel& open(const ChannelOptions& options, ChannelObserver& observer);

	void onUp(const socket_event::Up& event);
	void onData(const socket_event::Data& event);
	void onDataAborted(const socket_event::DataAborted& event);
	void onReset(const socket_event::Reset& event);
	void onStreams(const socket_event::Streams& event);
	/// The association is over: every channel is told.
	void onLost(const std::string& reason);
	/// Nobody is called any more.
	void silence();

	/// The stream of a channel whose queue is empty is to be reset.
	void finish(const DataChannel& channel);
	/// Closes a channel that cannot go on.
	void fail(DataChannel& channel, const std::string& reason);

	/// Makes the requests that are due, as far as usrsctp takes them now.
	void request(Socket& socket);
	/// Tells the observers of channels that are closed both ways, and forgets them. Not from inside a
	/// callback.
	/// @param forgotten Called for each channel before it goes.
	void sweep(const std::function<void(DataChannel&)>& forgotten);

	/// Whether usrsctp has the channel's stream outwards.
	bool writable(const DataChannel& channel) const
	{
		return channel.stream() < _outgoing;
	}
	/// Calls something with every channel; it may not open or sweep.
	void each(const std::function<void(DataChannel&)>& call);
	std::size_t bufferedAmount() const;
	/// Whether a request of ours is unanswered, or waits to be made.
	bool requesting() const;
	/// Whether something has changed that request() and sweep() act on, since the last call.
	bool changed() const
	{
		return _changed;
	}
	bool takeChanged()
	{
		return std::exchange(_changed, false);
	}
	const Association::Refusals& refusals() const
	{
		return _refusals;
	}

private:
	struct Stream
	{
		std::unique_ptr<DataChannel> channel;
		Buffer control; ///< the DCEP message that is arriving
		bool controlTooLong = false;
		bool resetWanted = false;
		bool resetAsked = false;
		bool outDone = false;
		bool inDone = false;
		/// The peer has opened the stream anew before the answer to our last reset has come.
		bool stale = false;
		/// It could not be reset, so it is not used again.
		bool burnt = false;
	};

	DataChannel* liveChannel(std::uint16_t stream);
	std::unique_ptr<DataChannel> make(std::uint16_t stream, const ChannelOptions& options,
		ChannelObserver* observer, DataChannel::State state);
	void onControl(const socket_event::Data& event);
	std::size_t namesSize() const;
	void onOpen(std::uint16_t stream, const ChannelOptions& options);
	void onAck(std::uint16_t stream);
	void onMalformed(std::uint16_t stream, const char* what);
	void wantReset(Stream& stream);
	void resetIncoming(Stream& stream);
	void resetOutgoing(Stream& stream, bool failed);
	void needStream(std::uint16_t stream);
	void requestReset(Socket& socket);
	void requestStreams(Socket& socket);
	std::vector<std::uint16_t> streamIds() const;

	ChannelHost& _host;
	const Limits _limits;
	StreamIds _ids;
	Offer _offer;
	std::map<std::uint16_t, Stream> _streams;
	/// Channels whose stream was opened anew; callbacks of theirs may be running until sweep().
	std::vector<std::unique_ptr<DataChannel>> _retired;
	Association::Refusals _refusals;

	bool _up = false;
	bool _lost = false;
	std::uint32_t _outgoing = 0; ///< streams that there are
	std::uint32_t _wanted = 0;   ///< streams that are needed
	bool _changed = false;
	bool _growing = false;
	unsigned _failedGrowths = 0;
	bool _growthRefused = false;
};

}
