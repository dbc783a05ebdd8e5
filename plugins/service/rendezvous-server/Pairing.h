#pragma once

#include <string>
#include <string_view>

#include "plugins/service/rendezvous-server/Member.h"

/// Who is offered to whom: decisions about values, without state.
namespace gimlet::rendezvous_server
{

/// The transport that two members use: of those that both speak, one of ours before udp-plain, then the
/// one that stands earliest in their lists together, then the alphabet. The same for (a, b) and (b, a).
/// @return "" if there is none, or a member is still undecided. A view into a's list.
std::string_view commonTransport(const Member& a, const Member& b);

/// Whether two members of a room can be offered to each other now: they have a transport in common and, where
/// it is udp-plain, endpoints that the other one can use. Partners of first-version workers are not looked
/// at.
bool canPair(const Member& a, const Member& b);

/// canPair(), and neither is a first-version worker with another partner: they have been offered to each
/// other, or are about to be.
bool arePaired(const Member& a, const Member& b);

/// The peer for a first-version worker without one: a member that said hello before another first-version
/// worker (which then has no room for others), the one with the fewest such partners, the one that came
/// first.
/// @return Null if there is none.
Member* choosePartner(const Member& worker);

/// Names the pairing of two connections: 32 characters, the same for (a, b) and (b, a).
std::string sessionOf(const Member& a, const Member& b);

/// Why an endpoint is not accepted from a client that is connected from a remote address; "" if it is.
/// Private addresses are: members may share a network that the rendezvous is not in.
std::string endpointProblem(const Endpoint& endpoint, const Member& member);

/// "worker a1b2 ("Ann") speaks udp-plain/1, and you speak udp-punch/1".
std::string incompatibility(const Member& to, const Member& other);

}
