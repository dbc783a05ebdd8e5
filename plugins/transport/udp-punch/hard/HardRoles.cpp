// Which NAT meets which, what follows for the two sides, and how that is said to people.
#include <fmt/format.h>

#include "plugins/transport/udp-punch/hard/HardPunch.h"

namespace gimlet::udp_punch::hard
{

namespace
{

/// For people.
const char* kindOf(const NatBehaviour& nat)
{
	if (!isHard(nat))
		return "keeps one port for all";
	return isSequential(nat) ? "takes the next port for each destination"
							 : "takes another port for each destination, at random";
}

}

bool isHard(const NatBehaviour& nat)
{
	return nat.mapping == MappingBehaviour::AddressDependent;
}

bool isSequential(const NatBehaviour& nat)
{
	return isHard(nat) && nat.assignment == PortAssignment::Sequential && !nat.ports.empty();
}

Role roleOf(const NatBehaviour& own, const NatBehaviour& peer)
{
	if (!isHard(own) && !isHard(peer))
		return Role::None;
	if (isHard(own) != isHard(peer))
		return isHard(own) ? Role::Many : Role::Probe;
	if (isSequential(own) && isSequential(peer))
		return Role::Meet;
	if (isSequential(own) == isSequential(peer))
		return Role::Hopeless;
	return isSequential(own) ? Role::Probe : Role::Many;
}

std::string HardPunch::explain() const
{
	const auto acting = role();
	if (acting == Role::None)
		return "";
	const auto nats = fmt::format("this side's NAT {}, the peer's {}", kindOf(_own), kindOf(_peer));
	if (acting == Role::Hopeless)
		return nats + "; only port mapping, IPv6 or endpoint-independent mapping at one of them would help";
	if (working())
		return nats + "; looking for a way through";
	return _rounds == 0 ? nats
						: fmt::format("{}; {} {} with {} shots found no way through, it is tried again", nats,
							  _rounds, _rounds == 1 ? "round" : "rounds", _shots);
}

}
