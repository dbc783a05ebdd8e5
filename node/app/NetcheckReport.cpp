#include "node/app/NetcheckReport.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/api/Log.h"
#include "node/core/config/SampleIni.h"
#include "node/protocol/json/Writer.h"
#include "node/protocol/ui/Codec.h"
#include "node/protocol/ui/NetworkText.h"

namespace gimlet::app
{

namespace
{

using Verdict = NetworkFact::Verdict;

std::string because(const char* state, const std::string& reason)
{
	return reason.empty() ? state : fmt::format("{}: {}", state, reason);
}

/// With what the page shows elsewhere: how signaling is, and which plugins are not what they should be.
/// Signaling that speaks for itself by a fact needs no second row.
ui::NetworkStatus completed(const NetcheckReport& report)
{
	auto network = report.network;
	const auto told = [&facts = report.network.facts](const PluginInfo& plugin)
	{
		return plugin.role == "signaling" &&
			   std::any_of(facts.begin(), facts.end(),
				   [&](const ui::FactView& fact) { return fact.topic == plugin.name; });
	};
	const auto signaling = [](const PluginInfo& plugin) { return plugin.role == "signaling"; };
	const bool byState = std::none_of(report.plugins.begin(), report.plugins.end(), told);
	if (byState && std::any_of(report.plugins.begin(), report.plugins.end(), signaling))
		network.facts.emplace_back(NetworkFact{.topic = "signaling",
			.verdict = report.signaling.state == SignalingState::Online ? Verdict::Good : Verdict::Bad,
			.text = because(toString(report.signaling.state), report.signaling.message)});
	for (const auto& plugin : report.plugins)
	{
		const bool degraded =
			plugin.state == PluginState::Degraded && !(signaling(plugin) && (byState || told(plugin)));
		if (plugin.state == PluginState::Failed || degraded)
			network.facts.emplace_back(NetworkFact{.topic = "Plugin",
				.subject = plugin.name,
				.verdict = degraded ? Verdict::Unknown : Verdict::Bad,
				.text = because(toString(plugin.state), plugin.reason)});
	}
	return network;
}

}

std::string toText(const NetcheckReport& report)
{
	auto text = fmt::format("The network of this machine, looked at for {:.1f} s\n\n",
		std::chrono::duration<double>(report.took).count());
	for (const auto& line : ui::describeNetwork(completed(report)))
		text += "  " + printable(line) + '\n';
	text += "\nWhat that means\n\n";
	for (const auto& sentence : report.network.verdict)
		text += core::wrapped(printable(sentence), "  ");
	return text;
}

std::string toJson(const NetcheckReport& report)
{
	json::Writer out;
	out.beginObject().member("usable", report.usable);
	out.member("seconds", std::chrono::duration<double>(report.took).count());
	out.key("signaling").beginObject().member("state", toString(report.signaling.state));
	out.member("message", report.signaling.message).endObject().key("network");
	ui::encode(out, report.network);
	out.key("plugins").beginArray();
	for (const auto& plugin : report.plugins)
		out.beginObject()
			.member("name", plugin.name)
			.member("role", plugin.role)
			.member("state", toString(plugin.state))
			.member("message", plugin.reason)
			.endObject();
	return out.endArray().endObject().take() + '\n';
}

}
