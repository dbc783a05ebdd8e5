#pragma once

#include <cstddef>
#include <vector>

#include "node/api/Endpoint.h"
#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

/// Whether a stranger may make us send to this address. Refused are: no port, unspecified, multicast,
/// broadcast, link-local (where clouds keep their metadata servers), and loopback unless peers may be there.
bool mayTarget(const Endpoint& endpoint, bool overLoopback);

/// The addresses of one peer, and what each is worth.
class Routes
{
public:
	struct Route
	{
		Endpoint remote;
		/// A datagram that names the peer came from there.
		bool answered = false;
		/// It was not named by anybody; a named address sent from another port.
		bool followed = false;
		/// Datagrams that may still be sent while it has not answered.
		unsigned allowance = 0;
		/// Not before then, so that offers in quick succession make no burst.
		TimePoint next = TimePoint::min();
	};

	/// An address that the peer, or the rendezvous for it, has named. It is known from now on, but nothing
	/// may be sent to it until grant(). Where there are MAX_NAMED_ROUTES already, one that never answered and
	/// has used up its allowance gives way, or else the oldest but the one in use.
	void name(const Endpoint& remote);

	/// Whether the address is known, has not answered and has no allowance left: a claim would help it.
	/// Claims that come while the allowance of an earlier one lasts add nothing to it.
	bool wantsGrant(const Endpoint& remote) const;

	/// A claim was accepted: ALLOWANCE datagrams may go there.
	void grant(const Endpoint& remote);

	/// A datagram that names the peer came from there. An unknown port of a named address is followed.
	/// @return False if the address was never named: the datagram is somebody else's.
	bool heard(const Endpoint& remote);

	/// The address is the one in use from now on, and is kept. If the one before differs in the port alone,
	/// the peer's NAT has mapped it anew: the old port is nobody's, or somebody else's, and is forgotten.
	void use(const Endpoint& remote);

	/// Whether a datagram that names nobody can be the peer's: only from an address that has answered or
	/// was named, port and all.
	bool knows(const Endpoint& remote) const;

	/// Whether a datagram may be sent there now, and if so takes one off the allowance.
	bool spend(const Endpoint& remote, TimePoint now);

	const std::vector<Route>& all() const
	{
		return _routes;
	}

	/// Whether some address has not answered and may still be tried.
	bool untried() const;

	/// Whether anything may be sent anywhere.
	bool usable() const;

private:
	Route* find(const Endpoint& remote);
	const Route* find(const Endpoint& remote) const;
	std::size_t count(bool followed) const;
	void makeRoom();

	std::vector<Route> _routes;
	Endpoint _used;
};

}
