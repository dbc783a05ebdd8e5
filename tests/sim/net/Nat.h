#pragma once

#include <map>
#include <optional>
#include <vector>

#include "node/api/Time.h"
#include "tests/sim/net/Packet.h"
#include "tests/sim/net/Random.h"

namespace gimlet::sim
{

/// RFC 4787, section 4.1 (for mapping) and 5 (for filtering): what else beside the inside endpoint counts.
enum class Dependence
{
	EndpointIndependent,
	AddressDependent,
	AddressAndPortDependent,
};

/// RFC 4787, section 4.2.1.
enum class PortAllocation
{
	Preserving, ///< the inside port, or the next ones when it is taken
	Sequential,
	Random,
};

/// RFC 4787, section 4.1: which of several public addresses a new mapping gets.
enum class Pooling
{
	Paired, ///< one for each inside address
	Arbitrary,
};

/// What becomes of a packet from outside that nobody asked for.
enum class Stray
{
	Dropped,
	/// It is dropped after it has been entered as a flow to the router itself, as conntrack does on a Linux
	/// router whose firewall does not drop it; an answer from inside then gets another port (Polykey #357).
	Planted,
};

/// All that tells one NAT from another.
struct NatModel
{
	Dependence mapping = Dependence::EndpointIndependent;
	Dependence filtering = Dependence::AddressAndPortDependent;
	PortAllocation allocation = PortAllocation::Preserving;
	/// From one port to the next, where they are sequential.
	int step = 1;
	Pooling pooling = Pooling::Paired;
	Stray stray = Stray::Dropped;
	bool hairpin = false;
	/// RFC 4787, REQ-5: at least 2 minutes; 30 s are met.
	Duration idleTimeout = std::chrono::minutes{2};
	/// REQ-6: outbound traffic always refreshes; inbound may.
	bool inboundRefreshes = true;
	/// Carrier NATs that end even a busy mapping.
	std::optional<Duration> absoluteTimeout{};
	/// REQ-3's dynamic ports and all above the well-known ones; a carrier's block may have 64.
	std::uint16_t firstPort = 1024;
	std::uint16_t lastPort = 65535;

	friend bool operator==(const NatModel&, const NatModel&) = default;
};

/// A NAT as a function from packets to packets, with a table. IPv6 it does not translate but filters just
/// so: a stateful firewall.
class Nat
{
public:
	/// nf_conntrack_udp_timeout: how long an entry lives that was never answered.
	static constexpr std::chrono::seconds PLANTED_LIFE{30};

	/// @param publicAddresses At least one; IPv4.
	Nat(NatModel behaviour, std::vector<Endpoint> publicAddresses, Random random);

	/// A packet leaves: its source becomes the public one. False: no port is left.
	bool outbound(Packet& packet, TimePoint now);

	/// A packet comes: its destination becomes the inside one. False: it is not wanted.
	bool inbound(Packet& packet, TimePoint now);

	/// Whether the address is one of the NAT's own.
	bool owns(const Endpoint& address) const;

	/// Forgets everything, as if it were restarted.
	void restart();

	const NatModel& behaviour() const
	{
		return _behaviour;
	}
	/// Those that have not expired.
	std::size_t mappings(TimePoint now);

private:
	/// The inside endpoint, and as much of the remote one as the mapping depends on.
	struct Key
	{
		Endpoint inside;
		Endpoint remote;

		friend auto operator<=>(const Key&, const Key&) = default;
	};

	struct Mapping
	{
		Endpoint external;
		TimePoint created;
		TimePoint used;
		/// Whom the inside has sent to, and when last.
		std::map<Endpoint, TimePoint> remotes;
	};

	static Endpoint part(Dependence dependence, const Endpoint& remote);
	bool expired(const Mapping& mapping, TimePoint now) const;
	bool admits(const Mapping& mapping, const Endpoint& remote, TimePoint now) const;
	bool planted(const Endpoint& external, const Endpoint& remote, TimePoint now) const;
	Mapping* mappingFor(const Endpoint& inside, const Endpoint& remote, TimePoint now);
	Mapping* create(const Key& key, const Endpoint& remote, TimePoint now);
	std::optional<Endpoint> allocate(const Endpoint& inside, const Endpoint& remote, TimePoint now);
	Endpoint publicAddress(const Endpoint& inside);
	void sweep(TimePoint now);

	NatModel _behaviour;
	std::vector<Endpoint> _publicAddresses;
	Random _random;
	std::uint16_t _nextPort;
	std::map<Key, Mapping> _mappings;
	std::map<Endpoint, Key> _byExternal;
	std::map<Endpoint, std::size_t> _pairing;
	/// External endpoint and remote, until when.
	std::map<std::pair<Endpoint, Endpoint>, TimePoint> _planted;
};

}
