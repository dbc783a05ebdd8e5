#include "plugins/discovery/stun/ServerNames.h"

#include <algorithm>

#include "node/api/Log.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace std::chrono_literals;

/// A name that cannot be looked up is tried again after 1, 2, 4, ... s: at the start of a cloud instance the
/// network may be minutes away.
constexpr Duration FIRST_PAUSE = 1s;
constexpr Duration LONGEST_PAUSE = 30s;

/// A name that could be is not asked for more often, however many ports complain.
constexpr Duration FRESH = 30s;

/// A name server may answer with hundreds.
constexpr std::size_t MOST_ADDRESSES = 16;

}

void ServerNames::set(const std::vector<HostPort>& servers)
{
	std::map<std::string, Entry> entries;
	for (const auto& server : servers)
	{
		const auto name = server.toString();
		if (auto known = _entries.extract(name))
			entries.insert(std::move(known));
		else
			entries[name].server = server;
	}
	_entries = std::move(entries);
	for (auto& [name, entry] : _entries)
		if (!entry.known && !entry.query)
			lookUp(name, entry);
}

void ServerNames::lookUp(const std::string& name, Entry& entry)
{
	entry.retry.cancel();
	entry.query = _context.resolver().resolve(entry.server.host, entry.server.port, AF_UNSPEC,
		[this, name](const Resolver::Result& result) { finished(name, result); });
}

void ServerNames::finished(const std::string& name, const Resolver::Result& result)
{
	const auto found = _entries.find(name);
	if (found == _entries.end())
		return;
	auto& entry = found->second;
	const auto query = std::move(entry.query); // it must outlive its callback
	entry.known = true;
	entry.error = result.endpoints.empty() ? result.error : "";
	entry.lookedUp = _context.loop().now();
	if (result.endpoints.empty())
	{
		logDebug(_context.logger(), "cannot look up {}: {}", name, result.error);
		const auto pause =
			std::min<Duration>(FIRST_PAUSE * (1U << std::min(entry.failures++, 10U)), LONGEST_PAUSE);
		entry.retry = _context.loop().after(pause, [this, name] { lookUp(name, _entries.at(name)); });
	}
	else
	{
		entry.failures = 0;
		entry.addresses = result.endpoints;
		entry.addresses.resize(std::min(entry.addresses.size(), MOST_ADDRESSES));
	}
	_callback(name, result.endpoints.empty() ? std::vector<Endpoint>{} : entry.addresses);
}

void ServerNames::lookUpAgain(const std::string& server)
{
	const auto found = _entries.find(server);
	if (found == _entries.end())
		return;
	auto& entry = found->second;
	if (!entry.query && entry.failures == 0 && _context.loop().now() - entry.lookedUp >= FRESH)
		lookUp(server, entry);
}

std::optional<std::vector<Endpoint>> ServerNames::addresses(const std::string& server) const
{
	const auto found = _entries.find(server);
	if (found == _entries.end() || !found->second.known)
		return std::nullopt;
	return found->second.addresses;
}

std::string ServerNames::errors() const
{
	std::string result;
	for (const auto& [name, entry] : _entries)
		if (!entry.error.empty())
			result += (result.empty() ? "" : "; ") + entry.error;
	return result;
}

}
