#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/protocol/identity/RegistrationProof.h"

/// The messages of docs/PROTOCOL.md, section 1, as values. How they are written is ClientCodec.h's and
/// ServerCodec.h's part; a "client" is a worker, the "server" is the rendezvous.
namespace gimlet::rendezvous
{

// From the client.

/// What an HTTP echo service said; for information.
struct RegisterPublicIp
{
	std::string ip;
};

/// The public UDP endpoint. One that is no endpoint at all is a message all the same, since it is answered
/// by an acknowledgement that says why.
struct UpdateUdpEndpoint
{
	Endpoint endpoint;   ///< invalid if there is a problem
	std::string problem; ///< a sentence without full stop, or ""
};

/// Answered by the same members; their text is a view into the decoded message.
struct Echo
{
	std::vector<std::pair<std::string_view, std::string_view>> members; ///< names and values, both JSON
};

struct GetMyDetails
{
};

/// The first message of a client that understands more than the first version's.
struct Hello
{
	int protocol = 1;
	std::vector<std::string> transports;
	std::string name;
};

/// A message to, or from, another member of the room. The data is any JSON value and is passed on as it
/// stands; when decoded, it is a view into the decoded message.
struct Signal
{
	std::string peer; ///< "to" on the way to the server, "from" on the way to the client
	std::string session;
	std::string_view data;
};

/// Answers Challenge: that a version 8 id is the client's own (node/protocol/identity/RegistrationProof.h).
struct Prove
{
	Buffer publicKey; ///< SubjectPublicKeyInfo, DER
	identity::Nonce clientNonce{};
	std::string host; ///< that the client dialled, as identity::proofHost() spells it
	Buffer signature; ///< DER
	/// The client was replaced before and takes its id back only if nobody else has it now.
	bool yield = false;
};

// From the server.

/// Comes first, to a client with a version 8 id. Nothing that it says is heard before it has answered.
struct Challenge
{
	identity::Nonce nonce{};
};

struct UdpEndpointAck
{
	std::string status; ///< "ok", or "error: why"

	bool ok() const
	{
		return status == "ok";
	}
};

struct EchoResponse
{
	std::vector<std::pair<std::string_view, std::string_view>> members; ///< as in Echo
};

struct MyDetails
{
	std::string workerId;
	std::string room;
	std::string name;
	std::vector<std::string> transports;
	std::string publicIp; ///< "" if the client never said
	std::optional<Endpoint> endpoint;
	std::string seenIp;
};

/// The client's place at the rendezvous' relay (docs/PROTOCOL.md, "The relay").
struct RelayPlace
{
	std::string path; ///< of the WebSocket that carries its datagrams; whoever knows it is the client
	Endpoint address; ///< what others name it by (node/protocol/relay/Address.h)
	/// The last part of the path, which may be shown as a bearer token instead, since paths are logged; "" if
	/// that is not known to be understood.
	std::string ticket{};
};

/// A TURN server and what it is to be asked with (RFC 7065, RFC 8656).
struct TurnServer
{
	std::vector<std::string> urls;
	std::string username;
	std::string credential;
};

/// All TURN servers that the rendezvous hands out; as a message of its own, in place of those before.
struct TurnServers
{
	std::vector<TurnServer> servers;
	std::chrono::seconds ttl{0}; ///< how long the credentials hold; zero if that was not told
	/// To a reader: why some are left out, a sentence without full stop; "" if all are right.
	std::string skipped{};
};

struct Welcome
{
	int protocol = 1;
	std::string room;
	std::string seenIp;
	double pingInterval = 0; ///< seconds; 0 for none
	std::optional<RelayPlace> relay{};
	TurnServers turn{};
	/// To a reader: why the relay is left out, as in TurnServers.
	std::string skipped{};
};

struct Offer
{
	std::string peer;
	std::optional<Endpoint> endpoint; ///< only of udp-plain
	std::string transport;            ///< "" from, and for, the first version
	std::string session;              ///< "" from, and for, the first version
	std::string name;
	bool hello = false;
	/// From where the peer is connected, port 0; not for the first version.
	std::optional<Endpoint> seen{};
};

struct SignalFailed
{
	std::string peer; ///< to whom it was
	std::string session;
	std::string reason;
};

struct PeerLeft
{
	std::string peer;
};

struct PeerIncompatible
{
	std::string peer;
	std::string name;
	std::vector<std::string> transports;
	std::string message;
};

struct Error
{
	std::string code;
	std::string message;
};

inline constexpr std::string_view BAD_MESSAGE = "bad_message";
inline constexpr std::string_view TOO_FAST = "too_fast";
inline constexpr std::string_view TOO_LARGE = "too_large";
inline constexpr std::string_view BAD_ENDPOINT = "bad_endpoint";
inline constexpr std::string_view BAD_PROOF = "bad_proof";

/// Of a type that is not known here: to be ignored.
struct Unknown
{
	std::string type;
};

/// WebSocket close codes of our own, beside those of websocket::CloseCode.
/// A version 8 id was not proven, in time or at all.
inline constexpr std::uint16_t CLOSE_NOT_PROVEN = 4401;
/// This id is in use, or was taken over by a newer connection.
inline constexpr std::uint16_t CLOSE_ID_IN_USE = 4409;

}
