#pragma once

#include <string>
#include <variant>

#include "node/api/Signaling.h"

/// What LanMachine has to tell, in order.
namespace gimlet::lan
{

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

using Event = std::variant<PeerOffer, SignalArrived, PeerGone, PeerStranger>;

}
