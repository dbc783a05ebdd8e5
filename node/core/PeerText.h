#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "node/api/Log.h"
#include "node/api/Node.h"

/// Small facts about peers that the parts of NodeCore share.
namespace gimlet::core
{

/// Now, for display and for the wire.
inline WallTime wallTime()
{
	return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

/// How a peer is called in the log: by its name and as much of its id as tells it from others.
inline std::string label(const PeerInfo& peer)
{
	constexpr std::size_t SHORT_ID = 8;
	const auto id = peer.id.substr(0, SHORT_ID);
	return peer.name.empty() ? id : fmt::format("{} ({})", printable(peer.name, 64), id);
}

/// What a link keeps secret from whom: "encrypted, not verified".
inline std::string secrecy(const LinkStatus& link, Trust trust)
{
	if (!link.encrypted)
		return "not encrypted";
	return trust == Trust::Verified || trust == Trust::Configured
			   ? fmt::format("encrypted, identity {}", toString(trust))
			   : "encrypted, identity not verified";
}

/// Which way a link goes; Unknown while no path is in use.
enum class LinkWay
{
	Unknown,
	Direct,
	Relayed,
};

inline LinkWay wayOf(const LinkStatus& link)
{
	if (!link.remote.valid())
		return LinkWay::Unknown;
	return link.localType == CandidateType::Relayed || link.remoteType == CandidateType::Relayed
			   ? LinkWay::Relayed
			   : LinkWay::Direct;
}

/// Whether messages can be sent now, or as soon as the peer is heard again.
inline bool linked(const LinkStatus& link)
{
	return link.state == LinkState::Up || link.state == LinkState::Silent;
}

}
