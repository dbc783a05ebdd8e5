// How channels are closed: stream resets (RFC 6525) in both directions.
#include <algorithm>

#include "plugins/transport/udp-punch/sctp/ChannelTable.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

/// A request lists its streams, and must fit into a packet.
constexpr std::size_t MOST_AT_ONCE = 100;

}

void ChannelTable::finish(const DataChannel& channel)
{
	wantReset(_streams[channel.stream()]);
}

void ChannelTable::wantReset(Stream& stream)
{
	stream.resetWanted = true;
	_changed = true;
}

void ChannelTable::fail(DataChannel& channel, const std::string& reason)
{
	_changed = true;
	channel.notifyClosed(reason);
	// The end of a message in the middle comes first; then the association calls finish().
	if (channel.queueEmpty())
		finish(channel);
}

void ChannelTable::onReset(const socket_event::Reset& event)
{
	_changed = true;
	const auto ids = event.streams.empty() ? streamIds() : event.streams;
	for (const auto id : ids)
	{
		const auto found = _streams.find(id);
		if (found == _streams.end())
			continue;
		if (event.outgoing)
			resetOutgoing(found->second, event.failed);
		if (event.incoming && !event.failed)
			resetIncoming(found->second);
	}
}

void ChannelTable::resetIncoming(Stream& stream)
{
	stream.inDone = true;
	if (!stream.channel)
	{
		wantReset(stream);
		return;
	}
	// Whoever is closing goes on; the others follow the peer (RFC 8831, section 6.7).
	const auto state = stream.channel->state();
	if (state == DataChannel::State::Opening || state == DataChannel::State::Open)
		fail(*stream.channel, "closed by the peer");
}

void ChannelTable::resetOutgoing(Stream& stream, bool failed)
{
	if (stream.stale)
	{
		stream.stale = false;
		stream.resetAsked = false;
		return;
	}
	if (!stream.resetAsked)
		return;
	stream.outDone = true;
	if (failed)
	{
		++_refusals.resetsFailed;
		stream.burnt = true;
		stream.inDone = true;
	}
}

void ChannelTable::requestReset(Socket& socket)
{
	std::vector<std::uint16_t> due;
	for (auto& [id, stream] : _streams)
	{
		if (!stream.resetWanted || stream.resetAsked || due.size() == MOST_AT_ONCE)
			continue;
		if (id < _outgoing)
			due.push_back(id);
		else if (_growthRefused || !stream.channel)
			stream.outDone = stream.resetAsked = true; // There is no such stream outwards.
		else
			needStream(id);
	}
	if (due.empty())
		return;
	const auto answer = socket.reset(due);
	if (answer == Socket::Request::Busy)
		return;
	for (const auto id : due)
	{
		auto& stream = _streams[id];
		stream.resetAsked = true;
		if (answer == Socket::Request::Unsupported)
			resetOutgoing(stream, true);
	}
}

void ChannelTable::sweep(const std::function<void(DataChannel&)>& forgotten)
{
	for (auto& channel : std::exchange(_retired, {}))
		if (channel)
			forgotten(*channel);
	for (const auto id : streamIds())
	{
		const auto found = _streams.find(id);
		if (found == _streams.end() || !found->second.outDone || !found->second.inDone)
			continue;
		if (auto* channel = liveChannel(id))
		{
			channel->notifyClosed("closed");
			if (_lost)
				return;
		}
		if (found->second.channel)
			forgotten(*found->second.channel);
		const bool reusable = _ids.isOurs(id) && found->second.channel && !found->second.burnt;
		if (!found->second.burnt)
			_streams.erase(found);
		else
			found->second.channel.reset();
		if (reusable)
			_ids.release(id);
	}
}

bool ChannelTable::requesting() const
{
	return _growing ||
		   std::any_of(_streams.begin(), _streams.end(),
			   [](const auto& entry)
			   { return (entry.second.resetWanted || entry.second.resetAsked) && !entry.second.outDone; });
}

}
