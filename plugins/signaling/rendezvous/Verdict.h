#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "node/api/Signaling.h"
#include "node/protocol/websocket/Handshake.h"

namespace gimlet::rendezvous_client
{

/// Why there is no connection, what that makes of the state, and how long at least to stay away.
struct Verdict
{
	std::string reason; ///< a sentence without full stop
	SignalingState state = SignalingState::Offline;
	std::chrono::milliseconds pause{0};
	/// Another connection has our id.
	bool replaced = false;
};

/// What is thought of an answer that is no WebSocket. @param url As configured.
/// @param hasToken Whether we sent one.
Verdict judgeAnswer(const websocket::Answer& answer, const std::string& url, bool hasToken);

/// The same of an answer of its relay, which knows this node by a ticket alone.
Verdict judgeRelayAnswer(const websocket::Answer& answer, const std::string& url);

/// What is thought of a close frame. @param localFailure The server broke a rule and we ended it.
/// @param what Whose connection it was: "the rendezvous", "the relay".
Verdict judgeClose(std::uint16_t code, const std::string& reason, bool localFailure, const std::string& what);

}
