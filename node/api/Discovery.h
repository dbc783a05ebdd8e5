#pragma once

#include "node/api/Candidate.h"
#include "node/api/Plugin.h"
#include "node/api/Time.h"

namespace gimlet
{

/// Finds out under which addresses a port can be reached.
///
/// It opens no sockets for that: transports lend their ports. Several discoveries run at once.
class GIMLET_API Discovery : public Plugin
{
public:
	~Discovery() override;

	/// A port to find addresses for, from now until portClosed. Called for ports that are already open
	/// when the plugin starts, and never before start() or after stop().
	virtual void portOpened(Port& port) = 0;

	/// The port is about to be destroyed: forget it.
	virtual void portClosed(Port& port) = 0;

	/// A datagram that the transport does not know, by its first byte STUN (RFC 7983).
	/// @return Whether it was an answer to this discovery; if not, the next one is asked.
	virtual bool onDatagram(ByteView datagram, const Path& path, TimePoint now) = 0;

	/// The network changed or a link was lost: look again now. Called at most once a second.
	virtual void refresh() {}
};

/// The node, as discoveries see it.
class GIMLET_API DiscoveryHost
{
public:
	virtual ~DiscoveryHost();

	/// A candidate was found; a repeated one is ignored.
	virtual void candidateFound(const Candidate& candidate) = 0;

	/// A candidate found before holds no longer (the mapping changed, the server says another one).
	virtual void candidateLost(const Candidate& candidate) = 0;

	/// All that can be found through this port has been found, or has failed in time (RFC 8838:
	/// end-of-candidates). May be followed by later finds all the same.
	virtual void gatheringDone(Port& port) = 0;

	/// How the NAT in front of a port maps.
	virtual void mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail) = 0;

	/// The public address that somebody else claims for this host (an HTTP echo); for information.
	virtual void publicAddress(const std::string& address, const std::string& source) = 0;
};

}
