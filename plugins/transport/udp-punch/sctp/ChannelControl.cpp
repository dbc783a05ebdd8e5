// How channels are opened: what arrives on streams, and DCEP.
#include <fmt/format.h>

#include "plugins/transport/udp-punch/sctp/ChannelTable.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

/// What labels and protocols of channels may take together, and DCEP messages that are arriving: they have up
/// to 64 KiB each (RFC 8832, section 5.1), and there are a thousand streams.
constexpr std::size_t MOST_NAMES = 1U << 20U;
/// So much each stream may take all the same.
constexpr std::size_t SMALL_CONTROL = 1024;

}

void ChannelTable::onData(const socket_event::Data& event)
{
	if (event.ppid == ppid::DCEP)
		return onControl(event);
	auto& stream = _streams[event.stream];
	if (!stream.channel)
	{
		// Nobody opened it: closing it tells the peer so.
		++_refusals.strayMessages;
		wantReset(stream);
		return;
	}
	const auto payload = payloadKind(event.ppid);
	if (!payload)
	{
		++_refusals.unknownPayloads;
		return;
	}
	if (const auto reason = stream.channel->receive(*payload, event.bytes, event.last))
	{
		++_refusals.tooLarge;
		fail(*stream.channel, *reason);
	}
}

void ChannelTable::onDataAborted(const socket_event::DataAborted& event)
{
	if (auto* channel = liveChannel(event.stream))
		channel->abortReceived();
}

void ChannelTable::onControl(const socket_event::Data& event)
{
	auto& stream = _streams[event.stream];
	const auto size = stream.control.size() + event.bytes.size();
	stream.controlTooLong |=
		size > dcep::MAX_MESSAGE || (size > SMALL_CONTROL && namesSize() + event.bytes.size() > MOST_NAMES);
	if (!stream.controlTooLong)
		stream.control.insert(stream.control.end(), event.bytes.begin(), event.bytes.end());
	if (!event.last)
		return;
	const auto message = stream.controlTooLong ? std::nullopt : dcep::decode(stream.control);
	stream.control = Buffer{};
	stream.controlTooLong = false;
	if (!message)
		onMalformed(event.stream, "a malformed DCEP message came");
	else if (const auto* options = std::get_if<ChannelOptions>(&*message))
		onOpen(event.stream, *options);
	else
		onAck(event.stream);
}

std::size_t ChannelTable::namesSize() const
{
	std::size_t bytes = 0;
	for (const auto& [id, stream] : _streams)
	{
		bytes += stream.control.size();
		if (stream.channel)
			bytes += stream.channel->options().label.size() + stream.channel->options().protocol.size();
	}
	return bytes;
}

void ChannelTable::onMalformed(std::uint16_t id, const char* what)
{
	++_refusals.malformedControl;
	if (auto* channel = liveChannel(id))
		return fail(*channel, what);
	wantReset(_streams[id]);
}

void ChannelTable::onAck(std::uint16_t id)
{
	auto* channel = liveChannel(id);
	if (channel == nullptr)
		return onMalformed(id, "");
	if (channel->state() == DataChannel::State::Opening)
		channel->notifyOpened();
}

void ChannelTable::onOpen(std::uint16_t id, const ChannelOptions& options)
{
	// RFC 8832, section 6: not a stream in use.
	if (liveChannel(id) != nullptr)
		return onMalformed(id, _ids.isOurs(id) ? "the peer opened a stream of ours"
											   : "the peer opened the stream a second time");
	if (_ids.isOurs(id))
		_ids.yield();
	auto& stream = _streams[id];
	// What is being reset can be opened again once the peer has seen our reset; its answer may come later.
	if (stream.channel && !(stream.inDone && stream.resetAsked))
		return onMalformed(id, "");
	Stream fresh;
	fresh.stale = stream.resetAsked && !stream.outDone;
	fresh.resetAsked = fresh.stale;
	_retired.push_back(std::move(stream.channel));
	stream = std::move(fresh);
	stream.channel = make(id, options, nullptr, DataChannel::State::Open);
	needStream(id);

	auto& channel = *stream.channel;
	auto* observer = _offer ? _offer(channel) : nullptr;
	if (_lost)
		return;
	if (observer == nullptr)
	{
		++_refusals.refusedChannels;
		return fail(channel, "refused");
	}
	channel.accept(*observer);
	channel.queueControl(dcep::encodeAck());
	channel.notifyOpened();
}

}
