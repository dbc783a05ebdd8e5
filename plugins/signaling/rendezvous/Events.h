#pragma once

#include <string>
#include <variant>

#include "node/api/Signaling.h"

/// What RendezvousClient has to tell, in order.
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

using Event = std::variant<Connect, Disconnect, StateChanged, Complaint, Note, PeerOffer, SignalArrived,
	PeerGone, PeerStranger>;

}
