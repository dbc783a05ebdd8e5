#include "plugins/transport/udp-punch/sctp/ChannelTable.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gimlet::udp_punch::sctp
{

namespace
{

/// Streams are added by so many, as each request costs a round trip.
constexpr std::uint32_t GROWTH = 64;
/// A request may collide with one of the peer.
constexpr unsigned MOST_FAILED_GROWTHS = 16;

}

ChannelTable::ChannelTable(ChannelHost& host, const Limits& limits, bool dtlsClient, Offer offer) :
	_host(host), _limits(limits), _ids(dtlsClient), _offer(std::move(offer))
{
}

std::unique_ptr<DataChannel> ChannelTable::make(
	std::uint16_t stream, const ChannelOptions& options, ChannelObserver* observer, DataChannel::State state)
{
	const bool reliable = !options.maxRetransmits && !options.maxLifetime;
	return std::make_unique<DataChannel>(_host, stream, options,
		reliable ? _limits.maxMessage : _limits.maxWhole, _limits.maxReceived, observer, state);
}

DataChannel& ChannelTable::open(const ChannelOptions& options, ChannelObserver& observer)
{
	if (!dcep::valid(options))
		throw std::runtime_error{"a channel with such options cannot be opened"};
	if (_lost)
		throw std::runtime_error{"the association is over"};
	const auto limit = _growthRefused ? _outgoing : Socket::MOST_STREAMS;
	auto id = _ids.take(limit);
	// A peer that sent on a stream of ours before we opened it has spoilt it.
	while (id && _streams.contains(*id))
		id = _ids.take(limit);
	if (!id)
		throw std::runtime_error{fmt::format("all {} streams are in use", limit)};
	auto& stream = _streams[*id];
	stream.channel = make(*id, options, &observer, DataChannel::State::Opening);
	needStream(*id);
	stream.channel->queueControl(dcep::encodeOpen(options));
	return *stream.channel;
}

void ChannelTable::needStream(std::uint16_t stream)
{
	_wanted = std::max(_wanted, stream + 1U);
	_changed = true;
}

void ChannelTable::onUp(const socket_event::Up& event)
{
	_up = true;
	_changed = true;
	_outgoing = event.outgoing;
}

void ChannelTable::onStreams(const socket_event::Streams& event)
{
	_changed = true;
	_growing = _growing && !event.failed && !event.refused && event.outgoing <= _outgoing;
	_outgoing = std::max<std::uint32_t>(_outgoing, event.outgoing);
	if (event.failed)
		++_failedGrowths;
	if (!event.refused && _failedGrowths < MOST_FAILED_GROWTHS)
		return;
	_growthRefused = true;
	for (const auto id : streamIds())
		if (auto* channel = liveChannel(id); channel != nullptr && id >= _outgoing)
			fail(*channel, "the peer has no stream for it");
}

DataChannel* ChannelTable::liveChannel(std::uint16_t stream)
{
	const auto found = _streams.find(stream);
	if (found == _streams.end() || !found->second.channel ||
		found->second.channel->state() == DataChannel::State::Orphaned)
		return nullptr;
	return found->second.channel.get();
}

void ChannelTable::onLost(const std::string& reason)
{
	_lost = true;
	for (const auto id : streamIds())
		if (auto* channel = liveChannel(id))
			channel->notifyClosed(reason);
}

void ChannelTable::silence()
{
	_lost = true;
	_offer = nullptr;
	each([](DataChannel& channel) { channel.silence(); });
}

void ChannelTable::each(const std::function<void(DataChannel&)>& call)
{
	for (auto& [id, stream] : _streams)
		if (stream.channel)
			call(*stream.channel);
}

std::size_t ChannelTable::bufferedAmount() const
{
	std::size_t bytes = 0;
	for (const auto& [id, stream] : _streams)
		if (stream.channel)
			bytes += stream.channel->bufferedAmount();
	return bytes;
}

std::vector<std::uint16_t> ChannelTable::streamIds() const
{
	std::vector<std::uint16_t> ids;
	ids.reserve(_streams.size());
	for (const auto& [id, stream] : _streams)
		ids.push_back(id);
	return ids;
}

void ChannelTable::requestStreams(Socket& socket)
{
	const auto target =
		std::min<std::uint32_t>((_wanted + GROWTH - 1) / GROWTH * GROWTH, Socket::MOST_STREAMS);
	if (_growing || _growthRefused || _wanted <= _outgoing || target <= _outgoing)
		return;
	const auto answer = socket.addStreams(static_cast<std::uint16_t>(target - _outgoing));
	_growing = answer == Socket::Request::Accepted;
	if (answer == Socket::Request::Unsupported)
		onStreams({0, true, false});
}

void ChannelTable::request(Socket& socket)
{
	if (!_up || _lost)
		return;
	requestStreams(socket);
	requestReset(socket);
}

}
