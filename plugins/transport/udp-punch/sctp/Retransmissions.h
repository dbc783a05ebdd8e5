#pragma once

#include <cstdint>

#include "node/api/Bytes.h"

namespace gimlet::udp_punch::sctp
{

/// Counts the chunks that an association sends again, from the packets that it sends: usrsctp counts them for
/// the whole process only. A DATA or I-DATA chunk whose TSN is not beyond all before it is a retransmission.
/// A pure machine.
class Retransmissions
{
public:
	/// A packet of ours; whatever cannot be read in it ends the reading.
	void onOutput(ByteView packet);

	std::uint64_t count() const
	{
		return _count;
	}

private:
	void onTsn(std::uint32_t tsn);

	bool _any = false;
	std::uint32_t _highest = 0;
	std::uint64_t _count = 0;
};

}
