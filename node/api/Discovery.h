#pragma once

#include "node/api/Candidate.h"
#include "node/api/Plugin.h"
#include "node/api/Time.h"

namespace gimlet
{

/// A relay that somebody hands out.
struct RelayServer
{
	/// RFC 7065: "turn:turn.example.org:3478?transport=udp", "turns:turn.example.org".
	std::string url;
	std::string user;
	std::string password;

	friend bool operator==(const RelayServer&, const RelayServer&) = default;
};

/// Finds out under which addresses a port can be reached.
///
/// An address that was learnt by another socket is of no use to anybody, so none is learnt by a socket of the
/// discovery's own: transports lend their ports. Those that ask somebody to let a port be reached have
/// sockets of their own to ask with (a router, a TURN server), and so has whoever looks how the NAT maps a
/// fresh one (sampleNat). Several discoveries run at once.
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

	/// Somebody wants to know how the NAT in front of that port maps now, for instance where a sequence of
	/// ports stands: DiscoveryHost::natBehaviour says it. Less than a refresh, for nothing else has changed.
	virtual void sampleNat(Port& /*port*/) {}

	/// Relay servers that signaling knows of (TURN, RFC 8656), with credentials; all of them, anew each time.
	virtual void relayServers(const std::vector<RelayServer>& /*servers*/) {}
};

/// The node, as discoveries see it.
class GIMLET_API DiscoveryHost
{
public:
	virtual ~DiscoveryHost();

	/// A candidate was found; to say so again changes nothing. Other plugins may have found the same, which
	/// is then there until all of them have lost it.
	virtual void candidateFound(const Candidate& candidate) = 0;

	/// A candidate that this plugin has found holds no longer (the mapping changed, the server says another
	/// one). Its source does not matter.
	virtual void candidateLost(const Candidate& candidate) = 0;

	/// All that can be found through this port has been found, or has failed in time (RFC 8838:
	/// end-of-candidates). May be followed by later finds all the same.
	virtual void gatheringDone(Port& port) = 0;

	/// How the NAT in front of a port maps.
	virtual void mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail) = 0;

	/// Everything that is known of the NATs in front of a port; again whenever that changes.
	virtual void natBehaviour(Port& port, const NatBehaviour& behaviour) = 0;

	/// A port of the discovery's own, through which peers can be reached (a relay's): transports may use it
	/// from now until portWithdrawn. Its candidates name it. Any plugin that has one may offer it so, a
	/// signaling plugin too.
	virtual void portOffered(Port& port) = 0;
	/// The port is about to be destroyed.
	virtual void portWithdrawn(Port& port) = 0;
	/// A datagram that came by an offered port; `path.port` is that port.
	virtual void datagramReceived(ByteView datagram, const Path& path) = 0;

	/// The public address that somebody else claims for this host (an HTTP echo); for information.
	virtual void publicAddress(const std::string& address, const std::string& source) = 0;
};

}
