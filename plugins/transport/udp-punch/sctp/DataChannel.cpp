#include "plugins/transport/udp-punch/sctp/DataChannel.h"

#include <fmt/format.h>

#include <utility>

namespace gimlet::udp_punch::sctp
{

DataChannel::DataChannel(ChannelHost& host, std::uint16_t stream, ChannelOptions options,
	std::size_t maxMessage, std::size_t maxReceived, ChannelObserver* observer, State state) :
	_host(host),
	_stream(stream),
	_options(std::move(options)),
	_maxMessage(maxMessage),
	_maxReceived(maxReceived),
	_observer(observer),
	_state(state)
{
}

ChannelSend DataChannel::send(MessageKind kind, ByteView message)
{
	if (_state == State::Closing || _state == State::Orphaned)
		return ChannelSend::Closed;
	if (message.size() > _maxMessage)
		return ChannelSend::TooLarge;
	if (_buffered > 0 && _buffered + message.size() > MOST_QUEUED)
	{
		_refused = message.size();
		return ChannelSend::Congested;
	}
	// An empty message is one byte on the wire, which its identifier says is none (RFC 8831, section 6.6).
	const bool empty = message.empty();
	Buffer bytes = empty ? Buffer(1) : Buffer(message.begin(), message.end());
	_buffered += bytes.size();
	_queue.push_back({payloadIdentifier(kind, empty), std::move(bytes), 0, _host.now()});
	_host.queued(*this);
	_aboveLowWater = _buffered > _lowWater;
	return ChannelSend::Accepted;
}

void DataChannel::close()
{
	if (_state == State::Closing || _state == State::Orphaned)
		return;
	_state = State::Closing;
	_host.closing(*this);
}

void DataChannel::queueControl(Buffer message)
{
	_buffered += message.size();
	_queue.push_back({ppid::DCEP, std::move(message), 0, _host.now()});
	_host.queued(*this);
}

const DataChannel::Outgoing* DataChannel::next(TimePoint now)
{
	while (!_queue.empty())
	{
		const auto& first = _queue.front();
		const bool mayExpire = _options.maxLifetime && first.ppid != ppid::DCEP && first.written == 0;
		if (!mayExpire || now - first.accepted <= *_options.maxLifetime)
			return &first;
		_buffered -= first.bytes.size();
		_queue.pop_front();
	}
	return nullptr;
}

bool DataChannel::taken(std::size_t bytes)
{
	auto& first = _queue.front();
	first.written += bytes;
	_buffered -= bytes;
	if (first.written < first.bytes.size())
		return false;
	_queue.pop_front();
	return true;
}

void DataChannel::notifyDrained()
{
	const bool low = std::exchange(_aboveLowWater, _buffered > _lowWater) && !_aboveLowWater;
	const bool room = _refused && (_buffered == 0 || _buffered + *_refused <= MOST_QUEUED);
	if (room)
		_refused.reset();
	if ((low || room) && _observer != nullptr)
		_observer->drained(*this);
}

void DataChannel::notifyOpened()
{
	if (_state == State::Opening)
		_state = State::Open;
	if (_observer != nullptr)
		_observer->opened(*this);
}

void DataChannel::notifyClosed(const std::string& reason)
{
	abortReceived();
	_state = State::Orphaned;
	dropQueue();
	if (auto* observer = std::exchange(_observer, nullptr))
		observer->closed(*this, reason);
}

void DataChannel::dropQueue()
{
	// usrsctp waits for the end of a message that it has begun, and resets the stream after it.
	const std::size_t kept = midMessage() ? 1 : 0;
	while (_queue.size() > kept)
	{
		_buffered -= _queue.back().bytes.size();
		_queue.pop_back();
	}
}

std::optional<std::string> DataChannel::receive(PayloadKind payload, ByteView bytes, bool last)
{
	if (_observer == nullptr)
		return std::nullopt;
	const bool ends = last && !payload.partial;
	_received += bytes.size();
	if (_received > _maxReceived)
	{
		abortReceived();
		return fmt::format("a message of more than {} bytes came", _maxReceived);
	}
	if (!std::exchange(_receiving, true))
		_observer->messageBegin(*this, payload.kind);
	// Each call may close the channel, which leaves it orphaned or takes the observer away with the
	// association.
	if (!payload.empty && !bytes.empty() && _observer != nullptr)
		_observer->messagePart(*this, bytes);
	if (!ends)
		return std::nullopt;
	_receiving = false;
	_received = 0;
	if (_observer != nullptr)
		_observer->messageEnd(*this);
	return std::nullopt;
}

void DataChannel::abortReceived()
{
	_received = 0;
	if (std::exchange(_receiving, false) && _observer != nullptr)
		_observer->messageAborted(*this);
}

}
