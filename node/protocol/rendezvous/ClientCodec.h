#pragma once

#include <variant>

#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Messages.h"

/// What a client reads and writes.
namespace gimlet::rendezvous
{

using ServerMessage = std::variant<UdpEndpointAck, EchoResponse, MyDetails, Welcome, Offer, Signal,
	SignalFailed, PeerLeft, PeerIncompatible, Error, Challenge, TurnServers, Unknown>;

/// Reads a server's message. Views in the result are into the text. Texts that are only shown (names,
/// reasons) are cut to what they may have; what is acted upon (ids, sessions, endpoints) must be
/// right. A relay or a TURN server that is not right is left out, and the message says so.
/// @return Empty with a sentence in error, without full stop, when the text is no message.
std::optional<ServerMessage> decodeServerMessage(
	std::string_view text, std::string& error, const json::Limits& limits = {});

std::string encode(const RegisterPublicIp& message);
std::string encode(const UpdateUdpEndpoint& message);
std::string encode(const Echo& message);
std::string encode(const GetMyDetails& message);
std::string encode(const Hello& message);
std::string encode(const Prove& message);
/// @param signal Its peer is the addressee; its data must be JSON.
std::string encodeSignalTo(const Signal& signal);

}
