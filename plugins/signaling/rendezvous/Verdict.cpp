#include "plugins/signaling/rendezvous/Verdict.h"

#include <fmt/format.h>

#include "node/api/Log.h"
#include "node/protocol/rendezvous/Messages.h"
#include "node/protocol/websocket/CloseCode.h"

namespace gimlet::rendezvous_client
{

namespace
{

using namespace std::chrono_literals;

/// docs/PROTOCOL.md, section 1: a replaced client stays away for 60 s. The same for whoever is refused, for
/// only a person can change that.
constexpr auto LONG_PAUSE = 60s;
constexpr std::size_t MAX_SHOWN = 200;

Verdict refused(std::string reason)
{
	return {.reason = std::move(reason), .state = SignalingState::Refused, .pause = LONG_PAUSE};
}

Verdict offline(std::string reason, std::chrono::milliseconds pause = 0ms)
{
	return {.reason = std::move(reason), .state = SignalingState::Offline, .pause = pause};
}

std::string tokenHint(bool hasToken)
{
	return hasToken ? "it does not accept our token; see token, token_file or token_command in [rendezvous]"
					: "it wants a token; set token, token_file or token_command in [rendezvous], or "
					  "GIMLET_RENDEZVOUS_TOKEN";
}

Verdict judgeStatus(const websocket::Answer& answer, const std::string& url, bool hasToken)
{
	switch (answer.status)
	{
	case 400:
		return refused(fmt::format("{} refused this node's id or room (400)", url));
	case 401:
	case 403:
		return refused(fmt::format("{} refused this node ({}): {}", url, answer.status, tokenHint(hasToken)));
	case 429:
		return offline(fmt::format("{} lets no more nodes of this address in now (429)", url), 30s);
	case 500:
	case 502:
	case 503:
	case 504:
		return offline(fmt::format("{} is not available now ({})", url, answer.status));
	default:
		break;
	}
	if (const auto location = answer.headers.find("location"); location != answer.headers.end())
		return offline(fmt::format("{} has moved to {} ({}): change url in [rendezvous]", url,
			printable(location->second, MAX_SHOWN), answer.status));
	return offline(fmt::format("{} is not a Gimlet rendezvous: it answered {} where a WebSocket was asked "
							   "for; see url in [rendezvous]",
		url, answer.status));
}

}

Verdict judgeAnswer(const websocket::Answer& answer, const std::string& url, bool hasToken)
{
	if (answer.result == websocket::Answer::Result::Malformed)
		return offline(
			fmt::format("{} is not a Gimlet rendezvous: {}; see url in [rendezvous]", url, answer.error));
	return judgeStatus(answer, url, hasToken);
}

Verdict judgeRelayAnswer(const websocket::Answer& answer, const std::string& url)
{
	if (answer.result == websocket::Answer::Result::Malformed)
		return offline(fmt::format("the relay of {} does not speak WebSocket: {}", url, answer.error));
	switch (answer.status)
	{
	case 400:
	case 401:
	case 403:
	case 404:
		// The next welcome brings another ticket, and ends the pause.
		return refused(fmt::format("the relay of {} does not know this node ({})", url, answer.status));
	case 503:
		return offline(fmt::format("the relay of {} is full or switched off (503)", url), 10s);
	default:
		return judgeStatus(answer, url, true);
	}
}

Verdict judgeClose(std::uint16_t code, const std::string& reason, bool localFailure, const std::string& what)
{
	const auto why = reason.empty() ? std::string{} : ": " + printable(reason, MAX_SHOWN);
	if (localFailure)
		return offline(fmt::format("{} broke the WebSocket protocol ({}){}", what, code, why), 30s);
	switch (code)
	{
	case rendezvous::CLOSE_ID_IN_USE:
	{
		auto verdict = refused("another process is connected with this node's id; this one keeps away for a "
							   "minute, and then takes the "
							   "id back only if it is free");
		verdict.replaced = true;
		return verdict;
	}
	case rendezvous::CLOSE_NOT_PROVEN:
		return refused(fmt::format(
			"the rendezvous does not take this node's id for its own{}; if a proxy stands before "
			"it, see names in its [rendezvous-server]; if none does, it may have tried to use this "
			"node's proof at another rendezvous",
			why));
	case websocket::POLICY_VIOLATION:
		return refused(fmt::format("{} closed the connection because a limit was broken{}", what, why));
	case websocket::GOING_AWAY:
	case websocket::SERVICE_RESTART:
		return offline(what + " went away");
	case websocket::TRY_AGAIN_LATER:
		return offline(what + " is full or busy", 10s);
	default:
		return offline(fmt::format("{} closed the connection ({}){}", what, code, why));
	}
}

}
