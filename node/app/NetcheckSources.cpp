#include "node/app/NetcheckSources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gimlet::app
{

namespace
{

constexpr std::array ROLES{"discovery", "signaling", "transport"};

class LookOnly
{
public:
	LookOnly(core::Setup& setup, core::Sources& sources) : _setup(setup), _sources(sources) {}

	void set(const std::string& section, const std::string& key, const std::string& value)
	{
		const auto* known = _setup.schema().section(section);
		const auto* declared = known ? known->key(key) : nullptr;
		if (!declared)
			return;
		// PORT and its like give an address another port, wherever the address was set.
		for (const auto& alias : core::aliasNames(*declared))
			_sources.environment.erase(alias);
		_sources.overrides.push_back(fmt::format("{}.{}={}", section, key, value));
	}

	/// The same address, with a port that the system chooses.
	void setAnyPort(const std::string& section)
	{
		const auto* known = _setup.schema().section(section);
		if (!known || !known->key("listen"))
			return;
		const auto address = _setup.configuration().section(section).endpoint("listen");
		set(section, "listen", address.endpoint ? address.endpoint->withPort(0).toString() : "*:0");
	}

private:
	core::Setup& _setup;
	core::Sources& _sources;
};

}

std::optional<core::Sources> netcheckSources(
	core::Setup& setup, core::Sources sources, const std::string& room, const std::string& nobody)
{
	LookOnly only{setup, sources};
	std::vector<std::string> plugins;
	for (const auto& [name, required] : setup.selection())
	{
		const auto* library = setup.catalogue().library(name);
		const std::string role = library ? library->descriptor().role : "";
		if (std::find(ROLES.begin(), ROLES.end(), role) == ROLES.end())
			continue;
		plugins.push_back(name);
		if (role == "transport")
			only.setAnyPort(name);
		if (role == "signaling")
			only.set(name, "room", room);
	}
	if (plugins.empty())
		return std::nullopt;
	const auto list = fmt::format("{}", fmt::join(plugins, ", "));
	only.set("node", "plugins", list);
	// What one of them cannot do is an answer, and no reason to ask the others nothing.
	only.set("node", "optional", list);
	only.set("node", "identity", "ephemeral");
	only.set("node", "state_dir", "");
	only.set("node", "peers", nobody);
	only.set("http", "listen", "none");
	only.set("log", "file", "");
	return sources;
}

}
