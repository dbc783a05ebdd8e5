#include "node/app/NetcheckHints.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>

#include "node/core/config/ValueCheck.h"

namespace gimlet::app
{

namespace
{

bool isOnThisMachine(const std::string& url)
try
{
	const auto host = Poco::URI{url}.getHost();
	const auto address = Endpoint::parseAddress(host, 0);
	return host == "localhost" || (address && address->isLoopback());
}
catch (const Poco::Exception&)
{
	return false;
}

bool answers(const std::string& topic, const ui::NetworkStatus& network)
{
	return std::any_of(network.facts.begin(), network.facts.end(),
		[&](const ui::FactView& fact)
		{ return fact.topic == topic && fact.verdict == NetworkFact::Verdict::Good; });
}

}

std::vector<std::string> netcheckHints(core::Setup& setup, const ui::NetworkStatus& network)
{
	std::vector<std::string> hints;
	for (const auto& section : setup.schema().sections())
		for (const auto& key : section.keys)
		{
			if (!section.used || key.type != GIMLET_URL || (key.flags & GIMLET_REQUIRED) == 0)
				continue;
			const auto url = setup.configuration().section(section.name).text(key.name);
			if (!isOnThisMachine(url) || answers(section.name, network))
				continue;
			auto names = core::aliasNames(key);
			names.push_back(core::environmentName(section.name, key.name));
			hints.push_back(fmt::format(
				"{} is this machine, and nobody answers here: if it is to be another one, set {} or [{}] {}.",
				url, names.front(), section.name, key.name));
		}
	return hints;
}

}
