#pragma once

#include <deque>
#include <optional>

#include "node/api/Bytes.h"
#include "node/api/Channel.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/sctp/Ppid.h"

namespace gimlet::udp_punch::sctp
{

class DataChannel;

/// What a channel asks of its association.
class ChannelHost
{
public:
	virtual ~ChannelHost() = default;

	virtual TimePoint now() const = 0;
	/// The channel has something to send. It is written before this returns if there is room.
	virtual void queued(DataChannel& channel) = 0;
	/// It wants to be closed when its queue is empty.
	virtual void closing(DataChannel& channel) = 0;
};

/// One data channel: its options, its queue of what usrsctp has not yet taken, and the message that is
/// arriving. It knows no usrsctp: the association writes the queue and feeds what arrives. A pure machine.
class DataChannel final : public Channel
{
public:
	enum class State
	{
		Opening, ///< our DATA_CHANNEL_OPEN is not yet acknowledged
		Open,
		Closing,  ///< we close it: the queue is sent, then the stream reset
		Orphaned, ///< nobody hears of it: refused, or closed() was called, and the stream is being reset
	};

	/// A message that waits, or the rest of it.
	struct Outgoing
	{
		std::uint32_t ppid;
		Buffer bytes;
		std::size_t written = 0;
		TimePoint accepted{};
	};

	/// Bytes that may wait in a channel, unless it is one message. What usrsctp has taken does not count.
	static constexpr std::size_t MOST_QUEUED = 16U << 20U;

	DataChannel(ChannelHost& host, std::uint16_t stream, ChannelOptions options, std::size_t maxMessage,
		std::size_t maxReceived, ChannelObserver* observer, State state);

	const ChannelOptions& options() const override
	{
		return _options;
	}
	std::size_t maxMessage() const override
	{
		return _maxMessage;
	}
	ChannelSend send(MessageKind kind, ByteView message) override;
	std::size_t bufferedAmount() const override
	{
		return _buffered;
	}
	void setLowWater(std::size_t bytes) override
	{
		_lowWater = bytes;
	}
	void close() override;

	// The rest is for the association.

	std::uint16_t stream() const
	{
		return _stream;
	}
	State state() const
	{
		return _state;
	}

	/// Puts a DCEP message behind what waits.
	void queueControl(Buffer message);
	/// What is written next; null if nothing waits. Messages whose lifetime has ended are dropped.
	const Outgoing* next(TimePoint now);
	/// So many bytes of next() were taken. @return Whether it is done.
	bool taken(std::size_t bytes);
	bool queueEmpty() const
	{
		return _queue.empty();
	}
	/// Whether the first message was begun but not ended.
	bool midMessage() const
	{
		return !_queue.empty() && _queue.front().written > 0;
	}
	/// Whether next() must be sent in order whatever the options say: DCEP, and everything before the peer's
	/// acknowledgement (RFC 8832, section 6).
	bool forcedOrder() const
	{
		return _state == State::Opening || _queue.front().ppid == ppid::DCEP;
	}

	/// Whether notifyDrained() may have something to tell after a write.
	bool wantsNotice() const
	{
		return _aboveLowWater || _refused;
	}
	/// Tells the observer once that there is room again, if there is.
	void notifyDrained();
	/// The peer has acknowledged, or we have accepted.
	void notifyOpened();
	/// Orphans the channel: an incoming message is aborted, the queue dropped but for a message in the
	/// middle, the observer told for the last time.
	void notifyClosed(const std::string& reason);

	/// Bytes of a message. @return Nothing, or why the channel must be closed.
	std::optional<std::string> receive(PayloadKind payload, ByteView bytes, bool last);
	/// What has come of the present message is all that comes.
	void abortReceived();

	/// Sets who hears of a channel that the peer opened.
	void accept(ChannelObserver& observer)
	{
		_observer = &observer;
	}
	/// Nobody is called any more.
	void silence()
	{
		_observer = nullptr;
		_state = State::Orphaned;
	}

private:
	void dropQueue();

	ChannelHost& _host;
	const std::uint16_t _stream;
	const ChannelOptions _options;
	const std::size_t _maxMessage;
	const std::size_t _maxReceived;
	ChannelObserver* _observer;
	State _state;

	std::deque<Outgoing> _queue;
	std::size_t _buffered = 0;
	std::size_t _lowWater = 0;
	bool _aboveLowWater = false;
	/// The size of the message that was refused; there is room when this fits.
	std::optional<std::size_t> _refused;

	bool _receiving = false;
	std::size_t _received = 0; ///< bytes of the present message
};

}
