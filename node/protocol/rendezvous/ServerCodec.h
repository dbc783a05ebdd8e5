#pragma once

#include <variant>

#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Messages.h"

/// What the server reads and writes.
namespace gimlet::rendezvous
{

using ClientMessage =
	std::variant<RegisterPublicIp, UpdateUdpEndpoint, Echo, GetMyDetails, Hello, Signal, Prove, Unknown>;

/// Reads a client's message. Views in the result are into the text.
/// @return Empty with a sentence in error, without full stop, when the text is no message.
std::optional<ClientMessage> decodeClientMessage(
	std::string_view text, std::string& error, const json::Limits& limits = {});

std::string encode(const UdpEndpointAck& message);
std::string encode(const EchoResponse& message);
std::string encode(const MyDetails& message);
std::string encode(const Challenge& message);
std::string encode(const Welcome& message);
/// With a session, the form for clients that said hello; without, the first version's.
std::string encode(const Offer& message);
/// @param signal Its peer is the sender.
std::string encodeSignalFrom(const Signal& signal);
std::string encode(const SignalFailed& message);
std::string encode(const PeerLeft& message);
std::string encode(const PeerIncompatible& message);
std::string encode(const Error& message);
std::string encode(const TurnServers& message);

}
