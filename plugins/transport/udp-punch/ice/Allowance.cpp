#include "plugins/transport/udp-punch/ice/Allowance.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

bool Allowance::take(const Endpoint& remote)
{
	auto* entry = findOrAdd(remote);
	if (!entry || (!entry->confirmed && entry->sent >= Timing::ALLOWANCE))
		return false;
	entry->sent += entry->confirmed ? 0U : 1U;
	return true;
}

void Allowance::confirm(const Endpoint& remote)
{
	if (auto* entry = findOrAdd(remote))
		entry->confirmed = true;
}

bool Allowance::confirmed(const Endpoint& remote) const
{
	const auto* entry = find(remote);
	return entry && entry->confirmed;
}

void Allowance::renew()
{
	std::erase_if(_entries, [](const Entry& entry) { return !entry.confirmed; });
	// Confirmed addresses of long ago must not fill the table either.
	if (_entries.size() > Timing::MAX_ADDRESSES / 2)
		_entries.erase(_entries.begin(), _entries.end() - Timing::MAX_ADDRESSES / 2);
}

const Allowance::Entry* Allowance::find(const Endpoint& remote) const
{
	const auto found = std::ranges::find(_entries, remote, &Entry::remote);
	return found == _entries.end() ? nullptr : &*found;
}

Allowance::Entry* Allowance::findOrAdd(const Endpoint& remote)
{
	const auto found = std::ranges::find(_entries, remote, &Entry::remote);
	if (found != _entries.end())
		return &*found;
	if (_entries.size() >= Timing::MAX_ADDRESSES)
		return nullptr;
	return &_entries.emplace_back(Entry{.remote = remote});
}

}
