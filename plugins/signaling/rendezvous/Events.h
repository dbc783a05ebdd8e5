#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Discovery.h"
#include "node/api/Signaling.h"
#include "node/protocol/rendezvous/Messages.h"

/// What RendezvousClient has to tell, in order; RelayClient shares some of it.
namespace gimlet::rendezvous_client
{

/// Open a stream to the rendezvous, then call onOpen, or onClosed if that fails.
struct Connect
{
};

/// Write what is to be written, then destroy the stream, without calling onClosed.
struct Disconnect
{
};

struct StateChanged
{
	SignalingState state = SignalingState::Offline;
	std::string detail;
};

/// Something does not work; told rarely enough for a log.
struct Complaint
{
	std::string text;
};

/// A line for the log.
struct Note
{
	std::string text;
	bool warning = false;
};

/// How long a ping and its pong took.
struct RoundTrip
{
	std::chrono::microseconds time{0};
};

/// The node's place at the rendezvous' relay; empty: the rendezvous has none.
struct RelayPlaced
{
	std::optional<rendezvous::RelayPlace> place;
};

/// All TURN servers that the rendezvous hands out.
struct TurnHandedOut
{
	std::vector<RelayServer> servers;
};

struct SignalArrived
{
	PeerId peer;
	std::string session;
	std::string data;
};

struct PeerGone
{
	PeerId peer;
};

struct PeerStranger
{
	PeerId peer;
	std::string detail;
};

using Event = std::variant<Connect, Disconnect, StateChanged, Complaint, Note, RoundTrip, RelayPlaced,
	TurnHandedOut, PeerOffer, SignalArrived, PeerGone, PeerStranger>;

}
