#include "plugins/discovery/turn/Permissions.h"

#include <algorithm>

namespace gimlet::turn
{

namespace
{

/// An address that was not used for so long makes room for another one where there are too many.
constexpr std::chrono::seconds IDLE{30};

}

bool Permissions::makeRoom(TimePoint now)
{
	if (_entries.size() < limits::PERMISSIONS)
		return true;
	const auto oldest = std::min_element(_entries.begin(), _entries.end(),
		[](const auto& one, const auto& other) { return one.second.lastUsed < other.second.lastUsed; });
	if (oldest->second.asking || now - oldest->second.lastUsed < IDLE)
		return false;
	_entries.erase(oldest);
	return true;
}

Permissions::Use Permissions::use(const Endpoint& peer, TimePoint now)
{
	const auto address = peer.withPort(0);
	const auto found = _entries.find(address);
	if (found == _entries.end())
	{
		if (!makeRoom(now))
			return {Answer::Full, false};
		_entries[address].lastUsed = now;
		return {Answer::Wait, true};
	}
	auto& entry = found->second;
	entry.lastUsed = now;
	if (entry.state == State::Denied && now < entry.endsAt)
		return {Answer::Denied, false};
	if (entry.state == State::Asked)
		return {Answer::Wait, false};
	if (now >= entry.endsAt)
	{
		const bool ask = !entry.asking;
		entry = {.lastUsed = now};
		return {Answer::Wait, ask};
	}
	entry.used = true;
	const bool ask = !entry.asking && now >= entry.askAt;
	entry.asking = entry.asking || ask;
	return {Answer::Granted, ask};
}

bool Permissions::heard(const Endpoint& peer, TimePoint now)
{
	const auto found = _entries.find(peer.withPort(0));
	if (found == _entries.end() || found->second.state == State::Denied)
		return false;
	found->second.used = true;
	found->second.lastUsed = now;
	return true;
}

void Permissions::granted(const Endpoint& peer, TimePoint begun)
{
	const auto found = _entries.find(peer.withPort(0));
	if (found == _entries.end())
		return;
	auto& entry = found->second;
	entry.state = State::Granted;
	entry.asking = false;
	entry.used = false;
	entry.askAt = begun + _timing.permissionAge;
	entry.endsAt = begun + rfc8656::PERMISSION_LIFETIME;
}

void Permissions::refused(const Endpoint& peer, TimePoint now)
{
	const auto found = _entries.find(peer.withPort(0));
	if (found == _entries.end())
		return;
	found->second = {.state = State::Denied,
		.asking = false,
		.lastUsed = found->second.lastUsed,
		.endsAt = now + _timing.deniedPause};
}

void Permissions::forget(const Endpoint& peer)
{
	_entries.erase(peer.withPort(0));
}

std::optional<Endpoint> Permissions::due(TimePoint now)
{
	std::erase_if(
		_entries, [now](const auto& item) { return !item.second.asking && now >= item.second.endsAt; });
	for (auto& [address, entry] : _entries)
		if (entry.state == State::Granted && entry.used && !entry.asking && now >= entry.askAt)
		{
			entry.asking = true;
			return address;
		}
	return std::nullopt;
}

TimePoint Permissions::nextDeadline() const
{
	auto deadline = NEVER;
	for (const auto& [address, entry] : _entries)
		if (!entry.asking)
			deadline = std::min(deadline, entry.used ? std::min(entry.askAt, entry.endsAt) : entry.endsAt);
	return deadline;
}

}
