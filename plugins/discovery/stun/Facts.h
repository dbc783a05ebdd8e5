#pragma once

#include <string>
#include <vector>

#include "node/api/NetworkFact.h"
#include "plugins/discovery/stun/Events.h"

namespace gimlet::stun_discovery
{

/// "IPv4", "IPv6".
const char* familyName(int family);

/// What a server's answer, its silence, or what is known of the NAT mean, for people.
NetworkFact factOf(const ServerAnswers& answer);
/// @param silence How long nothing came.
NetworkFact factOf(const ServerFails& failure, Duration silence);
/// There is a NAT or none; what it does is being found out.
NetworkFact beingFoundOut(int family);
/// What is said no more of a server that is asked no more.
NetworkFact takenBack(const std::string& server, int family);
/// @param noNat The public address is one of this machine's: what was said of a NAT's ports is taken back.
std::vector<NetworkFact> factsOf(const Behaviour& behaviour, bool noNat);

/// All that is known of the NAT, as one sentence: "mapping endpoint-independent, ...".
std::string sentence(const NatBehaviour& nat, bool noNat);

}
