#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tests/natlab/box/BoxSettings.h"
#include "tests/natlab/box/Ipv4Packet.h"

namespace gimlet::natlab
{

enum class Side
{
	Inside,
	Outside,
};

/// A router with a NAT: IPv4 packets in on one side, translated ones out on the other (or on the same, by
/// hairpin).
///
/// UDP is translated as the settings say, by the very NAT that the simulator has. TCP and pings are not what
/// is being tried: theirs keep the port and map independently of the destination. A machine without sockets
/// and clocks.
class Box
{
public:
	/// What waits on the delayed line; further packets are dropped, as a router's queue does.
	static constexpr std::size_t MAX_QUEUED = 20000;

	/// @param publicAddresses At least one; IPv4.
	Box(const BoxSettings& settings, std::vector<Endpoint> publicAddresses, std::uint64_t seed);

	/// A packet came from that side.
	void onPacket(Side from, Buffer packet, TimePoint now);

	struct Transmit
	{
		Side to;
		Buffer packet;
	};

	/// What is to be written now, one at a time.
	std::optional<Transmit> pollTransmit(TimePoint now);
	TimePoint nextDeadline() const;

	/// It behaves otherwise from now on. Mappings of UDP are kept unless its NAT is another one now.
	void change(const BoxSettings& settings);
	const BoxSettings& settings() const
	{
		return _settings;
	}

	/// Every mapping of UDP ends, as after its time-out.
	void expire();
	/// Every mapping ends, as when the router is switched off and on.
	void restart();
	/// Nothing passes until then.
	void dropUntil(TimePoint until);

private:
	sim::Nat makeNat(const sim::NatModel& behaviour);
	sim::Nat& natFor(const Ipv4Packet& packet);
	std::optional<Side> leave(Ipv4Packet& packet, TimePoint now);
	bool enter(Ipv4Packet& packet, TimePoint now);
	bool enterError(Ipv4Packet& packet, TimePoint now);
	bool wear(Ipv4Packet& packet) const;

	BoxSettings _settings;
	std::vector<Endpoint> _publicAddresses;
	sim::Random _random;
	sim::Nat _udp;
	sim::Nat _tcp;
	sim::Nat _icmp;
	std::optional<TimePoint> _dropUntil;
	/// When each is due; those of one moment stay in order.
	std::multimap<TimePoint, Transmit> _line;
};

}
