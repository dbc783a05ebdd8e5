#pragma once

#include <cstdint>

#include "node/api/Bytes.h"

namespace gimlet::udp_punch::sctp
{

/// Looks at the packets of an association on their way, for what usrsctp does not tell or gets wrong. A pure
/// machine.
///
/// Retransmissions: usrsctp counts them for the whole process only. A DATA or I-DATA chunk whose TSN is not
/// beyond all before it is one.
///
/// Early resets: a peer's request to reset streams from a TSN on that has not been received is answered "in
/// progress" by usrsctp 0.9.5, and carried out when the *next but one* chunk of data arrives, which may be
/// never. It is kept from such a request; the peer repeats it, as one that was lost, and by then the data is
/// there.
class PacketWatch
{
public:
	/// A packet of ours.
	void onOutput(ByteView packet);

	/// A packet of the peer. @return False for an early reset, which usrsctp must not see.
	bool onInput(ByteView packet);

	std::uint64_t retransmissions() const
	{
		return _retransmissions;
	}
	std::uint64_t earlyResets() const
	{
		return _earlyResets;
	}

private:
	void onTsn(std::uint32_t tsn);
	bool isEarlyReset(ByteView reconfiguration) const;

	bool _anySent = false;
	std::uint32_t _highestSent = 0;
	bool _anyAcknowledged = false;
	std::uint32_t _acknowledged = 0; ///< by us: all up to here has been received
	std::uint64_t _retransmissions = 0;
	std::uint64_t _earlyResets = 0;
};

}
