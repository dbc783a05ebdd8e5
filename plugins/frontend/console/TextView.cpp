#include "plugins/frontend/console/TextView.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/protocol/ui/NetworkText.h"
#include "plugins/frontend/console/SafeText.h"

namespace gimlet::console
{

namespace
{

constexpr std::size_t SHORT_ID = 8;

/// The first version's words, which programs wait for.
constexpr auto NOBODY_LINKED = "Not connected to a P2P peer.";

/// How many of our own messages are remembered, to name them when their fate is known.
constexpr std::size_t MAX_REMEMBERED = 256;

std::string status(const std::string& text)
{
	return "-- " + safeText(text);
}

bool linked(LinkState state)
{
	return state == LinkState::Up || state == LinkState::Silent;
}

/// "encrypted, not verified"; "" without a link.
std::string describeSecrecy(const ui::PeerView& peer)
{
	if (!linked(peer.state))
		return {};
	if (!peer.encrypted)
		return "not encrypted";
	switch (peer.trust)
	{
	case Trust::Verified:
		return "encrypted and verified";
	case Trust::Configured:
		return "encrypted, identity as configured";
	case Trust::Proven:
	case Trust::Unproven:
		break;
	}
	return "encrypted, not verified";
}

std::string because(const std::string& reason)
{
	return reason.empty() ? std::string{} : ": " + reason;
}

}

TextView::TextView(FormatTime formatTime) : _formatTime(std::move(formatTime)) {}

std::vector<std::string> TextView::show(const ui::ToPage& object, bool own)
{
	auto result = std::visit([this](const auto& content) { return lines(content); }, object);
	if (own && std::holds_alternative<ui::MessageSent>(object))
		result.clear();
	return result;
}

std::string TextView::label(const PeerId& peer) const
{
	const auto known = _peers.find(peer);
	const auto id = safeText(peer.substr(0, SHORT_ID));
	if (known == _peers.end() || known->second.name.empty())
		return id;
	return safeText(known->second.name);
}

std::vector<ui::PeerView> TextView::peers() const
{
	std::vector<ui::PeerView> result;
	for (const auto& [id, peer] : _peers)
		result.push_back(peer);
	return result;
}

std::vector<std::string> TextView::showPeers() const
{
	if (_peers.empty())
		return {status("nobody else is in the room")};
	Lines result;
	for (const auto& [id, peer] : _peers)
	{
		auto line = fmt::format("{:8}  {:9}  {}", id.substr(0, SHORT_ID), toString(peer.state),
			peer.name.empty() ? "(no name)" : peer.name);
		if (!peer.path.empty() && !peer.message.starts_with(peer.path))
			line += fmt::format(", {}", peer.path);
		if (const auto secrecy = describeSecrecy(peer); !secrecy.empty())
			line += fmt::format(", {}", secrecy);
		if (linked(peer.state) && !peer.codeFailure.empty())
			line += fmt::format(", no code to compare ({})", peer.codeFailure);
		if (peer.roundTripMs)
			line += fmt::format(", {:.1f} ms", *peer.roundTripMs);
		if (peer.queued > 0)
			line += fmt::format(", {} waiting", peer.queued);
		if (!peer.present)
			line += ", has left the room";
		result.push_back(status(line + because(peer.message)));
	}
	return result;
}

std::vector<std::string> TextView::showNetwork() const
{
	Lines result;
	for (const auto& line : ui::describeNetwork(_network))
		result.push_back(status(line));
	for (const auto& sentence : _network.verdict)
		result.push_back(status(sentence));
	return result;
}

std::vector<std::string> TextView::showCode(const PeerId& id) const
{
	const auto known = _peers.find(id);
	if (known == _peers.end())
		return {status("there is no such peer")};
	const auto& peer = known->second;
	const auto name = label(id);
	if (peer.refusal == LinkRefusal::IdentityChanged)
		return {status(fmt::format("{} is refused: {}", name, peer.message)),
			fmt::format("-- if it really has a new identity: /forget {}, then /verify it",
				safeText(id.substr(0, SHORT_ID)))};
	if (linked(peer.state) && !peer.codeFailure.empty())
		return {status(fmt::format("there is no code to compare with {}: {}", name, peer.codeFailure))};
	if (peer.codeDigits.empty())
		return {fmt::format("-- there is no code to compare with {}: {}", name,
			linked(peer.state) ? "its link proves no identity" : "no link is up")};
	return {fmt::format("-- code of the link with {}: {} ({})", name, safeText(peer.codeWords),
				safeText(peer.codeDigits)),
		fmt::format(
			"-- let {} read theirs to you, by phone or in person, and type it: /verify {} CODE", name, name),
		fmt::format("-- if it is another one, somebody stands between you: /refuse {} ends the link", name)};
}

TextView::Lines TextView::lines(const ui::Verification& verification)
{
	const auto* what =
		verification.verified ? "is verified: the codes are the same" : "is not verified any more";
	return {fmt::format("-- {} {}", label(verification.peer), what)};
}

TextView::Lines TextView::lines(const ui::InitInfo& info)
{
	for (const auto& peer : info.peers)
		_peers[peer.id] = peer;
	_network = info.network;
	const auto name = info.name.empty() ? std::string{} : info.name + ", ";
	Lines result{status(fmt::format("Gimlet {}: this node is {}{}", info.version, name, info.workerId)),
		status(info.encrypted ? "what you write is encrypted on its way"
							  : "what you write is not encrypted on its way"),
		status("type a text and Enter; /help lists the commands")};
	for (const auto& line : lines(info.signaling))
		result.push_back(line);
	if (!info.peers.empty())
		for (const auto& line : showPeers())
			result.push_back(line);
	return result;
}

TextView::Lines TextView::lines(const ui::StatusUpdate& update)
{
	// The session repeats one for pages of the first version; nobody here needs to read it again.
	auto& shown = _shown[update.about.value_or(PeerId{})];
	if (shown == update.message)
		return {};
	shown = update.message;
	return {status(update.message)};
}

TextView::Lines TextView::lines(const ui::PeerUpdate& update)
{
	_peers[update.peer.id] = update.peer;
	return {};
}

TextView::Lines TextView::lines(const ui::PeerForgotten& forgotten)
{
	const auto line = status(fmt::format("{} is gone", label(forgotten.peer)));
	_peers.erase(forgotten.peer);
	_shown.erase(forgotten.peer);
	_unconfirming.erase(forgotten.peer);
	return {line};
}

TextView::Lines TextView::lines(const ui::MessageReceived& received)
{
	return message(_formatTime(received.time), label(received.from), received.content);
}

TextView::Lines TextView::lines(const ui::MessageSent& sent)
{
	_said.push_back({sent.id, excerpt(sent.content), {}});
	if (_said.size() > MAX_REMEMBERED)
		_said.pop_front();
	return message(_formatTime(sent.time), "you", sent.content);
}

TextView::Said* TextView::said(const std::string& id)
{
	const auto found =
		std::find_if(_said.begin(), _said.end(), [&id](const auto& one) { return one.id == id; });
	return found == _said.end() ? nullptr : &*found;
}

TextView::Lines TextView::lines(const ui::DeliveryUpdate& update)
{
	const auto& [peer, state, reason] = update.delivery;
	auto* message = said(update.id);
	const auto what = message ? message->excerpt : std::string{"a message"};
	switch (state)
	{
	case Delivery::Queued:
		if (message)
			message->waits.insert(peer);
		return {fmt::format("-- {} waits until the link with {} is up", what, label(peer))};
	case Delivery::Delivered:
		if (!message || message->waits.erase(peer) == 0)
			return {};
		return {fmt::format("-- {} has reached {}", what, label(peer))};
	case Delivery::Unconfirmed:
		if (!_unconfirming.insert(peer).second)
			return {};
		return {fmt::format(
			"-- {} confirms no messages: what is lost on the way is lost unnoticed", label(peer))};
	case Delivery::Failed:
		return {fmt::format("-- {} did not reach {}{}", what, label(peer), safeText(because(reason)))};
	case Delivery::Sent:
		break;
	}
	return {};
}

TextView::Lines TextView::lines(const ui::SignalingStatus& signaling)
{
	return {status(fmt::format("signaling {}{}", toString(signaling.state), because(signaling.message)))};
}

TextView::Lines TextView::lines(const ui::PluginUpdate& update)
{
	const auto& plugin = update.plugin;
	if (plugin.state != PluginState::Degraded && plugin.state != PluginState::Failed)
		return {};
	return {status(fmt::format(
		"{} {} is {}{}", plugin.role, plugin.name, toString(plugin.state), because(plugin.message)))};
}

TextView::Lines TextView::lines(const ui::NetworkStatus& network)
{
	_network = network;
	return {};
}

TextView::Lines TextView::lines(const ui::Notice& notice)
{
	return {status(notice.message)};
}

TextView::Lines TextView::lines(const ui::Error& error)
{
	if (error.message == NOBODY_LINKED)
		return {"!! Nobody is linked yet, so nothing was sent."};
	return {"!! " + safeText(error.message)};
}

TextView::Lines TextView::message(
	const std::string& time, const std::string& who, const std::string& content) const
{
	Lines result;
	const auto head = fmt::format("{} {}: ", time, who);
	for (const auto& line : safeLines(content))
		result.push_back((result.empty() ? head : std::string(time.size() + 1, ' ') + "| ") + line);
	return result;
}

}
