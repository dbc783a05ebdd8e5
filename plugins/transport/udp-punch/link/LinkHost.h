#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/api/Channel.h"
#include "node/api/Peer.h"
#include "node/api/Port.h"
#include "plugins/transport/udp-punch/description/CandidateLine.h"

namespace gimlet::udp_punch
{

class PunchLink;

/// Whom a link tells, from inside the calls made to it, from its timers and posted tasks. May call back,
/// close() too, but must not destroy the link inside.
class LinkHost
{
public:
	virtual ~LinkHost() = default;

	/// Carries a signal of the link's session. False if that cannot be now; a new offer follows then.
	virtual bool linkSignal(PunchLink& link, const std::string& text) = 0;
	virtual void linkChanged(PunchLink& link) = 0;
	virtual void linkReceived(PunchLink& link, const ChatMessage& message) = 0;
	virtual void linkAcknowledged(PunchLink& link, const std::string& id) = 0;
	virtual void linkWritable(PunchLink& link) = 0;
	virtual ChannelObserver* linkChannelOffered(PunchLink& link, Channel& channel) = 0;
	/// Something that a person should read, once.
	virtual void linkNotice(PunchLink& link, const std::string& text) = 0;
	/// A candidate of the peer that has a name instead of an address; addRemote() with what it resolves
	/// to.
	virtual void linkResolve(PunchLink& link, const CandidateLine& candidate) = 0;

	/// A NAT has mapped the port anew.
	virtual void linkRebound(PunchLink& /*link*/, Port& /*port*/) {}
	/// Plain checks lead nowhere though neither NAT is a hard one. Perhaps a router has taken the peer's
	/// first check amiss, and gives what this side's port sends there another port (FIELD: Polykey #357):
	/// a fresh port has no such past.
	/// @return Whether it gets one.
	virtual bool linkStuck(PunchLink& /*link*/)
	{
		return false;
	}

	/// Hard NATs (hard/HardPunch.h); a host that has no part in them leaves these as they are.
	///
	/// The link wants the node's one punch at a time, and up to so many ports of its own besides, which
	/// live until linkEndPunch() or its end. @return Empty while somebody else punches.
	virtual std::optional<std::vector<Port*>> linkBeginPunch(PunchLink& /*link*/, std::size_t /*ports*/)
	{
		return std::nullopt;
	}
	/// The ports but that of the selected path can go.
	virtual void linkEndPunch(PunchLink& /*link*/) {}
	/// A punch has led to a direct path.
	virtual void linkPunched(PunchLink& /*link*/) {}
	/// Discovery is to look where the NAT stands; natBehaviour() follows.
	virtual void linkSampleNat(PunchLink& /*link*/) {}
	/// The port that discovery looks at; null if there is none.
	virtual Port* linkOwnPort(PunchLink& /*link*/)
	{
		return nullptr;
	}
};

}
