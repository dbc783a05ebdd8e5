#include "plugins/discovery/turn/Race.h"

#include <algorithm>

namespace gimlet::turn
{

namespace
{

using namespace std::chrono_literals;

/// After a failure: doubled each time, by chance up to a quarter more, so that the nodes of a server that was
/// restarted do not come back all at once.
constexpr Duration FIRST_PAUSE = 1s;
constexpr Duration LONGEST_PAUSE = 300s;

/// A server that said no says no again: RFC 8656, section 7.4, wants a client to wait a minute after 486 and
/// 508; a wrong password is not tried at the rate of somebody who guesses.
constexpr Duration PAUSE_AFTER_NO = 60s;

/// An allocation that lived for so long was a good one: a new one is asked for without a pause.
constexpr Duration LIVED = 60s;

bool saidNo(EndReason reason)
{
	return reason == EndReason::Credentials || reason == EndReason::Quota || reason == EndReason::Refused ||
		   reason == EndReason::Broken;
}

}

Race::Entry* Race::find(const std::string& server)
{
	const auto found = std::find_if(
		_entries.begin(), _entries.end(), [&](const auto& entry) { return entry.server == server; });
	return found == _entries.end() ? nullptr : &*found;
}

void Race::set(const std::vector<std::string>& servers)
{
	std::vector<Entry> entries;
	for (const auto& server : servers)
	{
		const auto* known = find(server);
		entries.push_back(known ? *known : Entry{.server = server});
	}
	_entries = std::move(entries);
	if (!find(_kept))
		_kept.clear();
}

std::optional<std::string> Race::pollBegin(TimePoint now)
{
	if (!_kept.empty())
		return std::nullopt;
	for (auto& entry : _entries)
		if (!entry.running && now >= entry.notBefore)
		{
			entry.running = true;
			return entry.server;
		}
	return std::nullopt;
}

std::vector<std::string> Race::won(const std::string& server, TimePoint now)
{
	std::vector<std::string> others;
	for (auto& entry : _entries)
	{
		if (entry.server == server)
		{
			_kept = server;
			entry.since = now;
		}
		else if (entry.running)
			others.push_back(entry.server);
		entry.running = false;
	}
	return others;
}

void Race::lost(const std::string& server, EndReason reason, TimePoint now)
{
	auto* const entry = find(server);
	if (!entry)
		return;
	const bool lived = _kept == server && now - entry->since >= LIVED;
	if (_kept == server)
		_kept.clear();
	entry->running = false;
	entry->refused = saidNo(reason);
	if (lived)
	{
		entry->failures = 0;
		entry->notBefore = now;
		return;
	}
	auto pause = std::min(FIRST_PAUSE * (1U << std::min(entry->failures, 10U)), LONGEST_PAUSE);
	if (entry->refused)
		pause = std::max(pause, PAUSE_AFTER_NO);
	++entry->failures;
	entry->notBefore = now + std::chrono::duration_cast<Duration>(pause * (1.0 + 0.25 * _random.fraction()));
}

void Race::hurry(TimePoint now)
{
	for (auto& entry : _entries)
		if (!entry.refused)
		{
			entry.notBefore = std::min(entry.notBefore, now);
			entry.failures = 0;
		}
}

void Race::hurry(const std::string& server, TimePoint now)
{
	if (auto* const entry = find(server))
		entry->notBefore = std::min(entry->notBefore, now);
}

bool Race::running() const
{
	return std::any_of(_entries.begin(), _entries.end(), [](const auto& entry) { return entry.running; });
}

TimePoint Race::nextDeadline() const
{
	auto deadline = NEVER;
	if (!_kept.empty())
		return deadline;
	for (const auto& entry : _entries)
		if (!entry.running)
			deadline = std::min(deadline, entry.notBefore);
	return deadline;
}

}
