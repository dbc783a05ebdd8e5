#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Settings.h"

namespace gimlet::stun_discovery
{

/// The addresses of the servers' names, looked up without blocking, tried again for as long as it takes.
/// Loop thread only.
class ServerNames
{
public:
	/// Called for each server whenever a lookup of its name has ended, with no addresses if it failed.
	using Callback = std::function<void(const std::string& server, const std::vector<Endpoint>& addresses)>;

	ServerNames(Context& context, Callback callback) : _context(context), _callback(std::move(callback)) {}

	/// Looks up those that are new, and forgets those that are gone.
	void set(const std::vector<HostPort>& servers);

	/// A server failed: its name is looked up again, at most once in a while.
	void lookUpAgain(const std::string& server);

	/// What is known of a server's addresses; empty while its first lookup runs.
	std::optional<std::vector<Endpoint>> addresses(const std::string& server) const;

	/// Why names could not be looked up, in words; empty if all could.
	std::string errors() const;

private:
	struct Entry
	{
		HostPort server;
		std::unique_ptr<Resolver::Query> query;
		Timer retry;
		unsigned failures = 0;
		TimePoint lookedUp{};
		bool known = false;
		std::vector<Endpoint> addresses;
		std::string error;
	};

	void lookUp(const std::string& name, Entry& entry);
	void finished(const std::string& name, const Resolver::Result& result);

	Context& _context;
	Callback _callback;
	std::map<std::string, Entry> _entries;
};

}
