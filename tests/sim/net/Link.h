#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/sim/net/Agenda.h"
#include "tests/sim/net/Packet.h"
#include "tests/sim/net/PacketLog.h"
#include "tests/sim/net/Random.h"

namespace gimlet::sim
{

/// How one direction of a link treats packets. All may be changed while packets are under way.
struct LinkSettings
{
	/// One way.
	Duration delay{};
	/// Up to so much more, evenly spread; without reordering, for a queue does not reorder.
	Duration jitter{};
	/// Probabilities.
	double loss = 0;
	double duplication = 0;
	/// Of being held back by `reorderDelay` while others pass.
	double reordering = 0;
	Duration reorderDelay = std::chrono::milliseconds{5};
	/// Bits per second of IP packets; 0 is without limit. What does not fit in the queue is dropped.
	std::uint64_t rate = 0;
	std::size_t queue = 256U * 1024U;
	/// Larger IP packets are dropped without a word, as behind a router whose ICMP is filtered.
	std::size_t mtu = 65535;
	/// Nothing passes when it is unplugged.
	bool plugged = true;
};

/// One direction of a link.
class Link
{
public:
	using Deliver = std::function<void(PacketPtr)>;

	/// @param name For the log. @param deliver Called at the far end.
	Link(Agenda& agenda, PacketLog& log, Random random, std::string name, Deliver deliver) :
		_agenda(agenda), _log(log), _random(random), _name(std::move(name)), _deliver(std::move(deliver))
	{
	}

	LinkSettings settings;

	void send(PacketPtr packet);

	std::uint64_t bytesCarried() const
	{
		return _bytesCarried;
	}

private:
	bool dropped(const Packet& packet, const char* why);
	void carry(PacketPtr packet);

	Agenda& _agenda;
	PacketLog& _log;
	Random _random;
	std::string _name;
	Deliver _deliver;
	TimePoint _idleFrom{};    ///< when what is queued will have been sent
	TimePoint _lastArrival{}; ///< of a packet that was not held back
	std::uint64_t _bytesCarried = 0;
};

}
