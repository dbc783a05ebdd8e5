#include "plugins/discovery/turn/Channels.h"

#include <algorithm>

namespace gimlet::turn
{

namespace
{

/// A peer that was heard so long ago is not being talked with.
constexpr std::chrono::minutes HEARD{1};

/// Peers that were heard and have no channel yet.
constexpr std::size_t MOST_HEARD = 256;

}

void Channels::heard(const Endpoint& peer, TimePoint now)
{
	if (const auto found = _entries.find(peer); found != _entries.end())
	{
		if (found->second.number == 0)
			found->second.forgetAt = now + HEARD;
		return;
	}
	if (_entries.size() - _peers.size() >= MOST_HEARD)
		std::erase_if(_entries,
			[now](const auto& item) { return item.second.number == 0 && now >= item.second.forgetAt; });
	if (_entries.size() - _peers.size() < MOST_HEARD)
		_entries[peer].forgetAt = now + HEARD;
}

std::optional<std::uint16_t> Channels::use(const Endpoint& peer, TimePoint now)
{
	const auto found = _entries.find(peer);
	if (found == _entries.end() || now >= found->second.usableUntil)
		return std::nullopt;
	found->second.used = true;
	return found->second.number;
}

std::optional<Channels::Binding> Channels::wanted(const Endpoint& peer, TimePoint now)
{
	const auto found = _entries.find(peer);
	if (found == _entries.end() || found->second.binding)
		return std::nullopt;
	auto& entry = found->second;
	if (entry.number == 0)
	{
		if (_peers.size() >= limits::CHANNELS)
			return std::nullopt;
		entry.number = takeNumber(peer);
	}
	else if (now < entry.askAt)
		return std::nullopt;
	entry.binding = true;
	return Binding{entry.number, peer};
}

/// There are 4096, and limits::CHANNELS are fewer. The longest free one comes first.
std::uint16_t Channels::takeNumber(const Endpoint& peer)
{
	do
		_last = _last == LAST_CHANNEL ? FIRST_CHANNEL : static_cast<std::uint16_t>(_last + 1);
	while (_peers.contains(_last));
	_peers.emplace(_last, peer);
	return _last;
}

std::optional<Endpoint> Channels::received(std::uint16_t number)
{
	const auto found = _peers.find(number);
	if (found == _peers.end())
		return std::nullopt;
	_entries.at(found->second).used = true;
	return found->second;
}

void Channels::bound(const Endpoint& peer, TimePoint begun, TimePoint now)
{
	const auto found = _entries.find(peer);
	if (found == _entries.end())
		return;
	auto& entry = found->second;
	entry.binding = false;
	entry.used = false;
	entry.askAt = begun + _timing.channelAge;
	entry.usableUntil = begun + _timing.channelUse;
	entry.forgetAt = now + rfc8656::CHANNEL_LIFETIME + rfc8656::CHANNEL_REST;
}

void Channels::failed(const Endpoint& peer, TimePoint now)
{
	const auto found = _entries.find(peer);
	if (found == _entries.end())
		return;
	auto& entry = found->second;
	entry.binding = false;
	entry.askAt = now + _timing.deniedPause;
	// The server may have bound it all the same, and its answer was lost.
	entry.forgetAt = now + rfc8656::CHANNEL_LIFETIME + rfc8656::CHANNEL_REST;
}

std::optional<Channels::Binding> Channels::due(TimePoint now)
{
	for (auto item = _entries.begin(); item != _entries.end();)
	{
		auto& [peer, entry] = *item;
		if (!entry.binding && now >= entry.forgetAt)
		{
			_peers.erase(entry.number);
			item = _entries.erase(item);
			continue;
		}
		if (now >= entry.usableUntil)
			entry.used = false;
		if (entry.used && !entry.binding && now >= entry.askAt)
		{
			entry.binding = true;
			return Binding{entry.number, peer};
		}
		++item;
	}
	return std::nullopt;
}

TimePoint Channels::nextDeadline() const
{
	auto deadline = NEVER;
	for (const auto& [peer, entry] : _entries)
		if (!entry.binding)
			deadline =
				std::min(deadline, entry.used ? std::min(entry.askAt, entry.forgetAt) : entry.forgetAt);
	return deadline;
}

}
