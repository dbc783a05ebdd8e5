#pragma once

#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Port.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

/// Datagrams that await pollTransmit(). Buffers are kept and used again.
class SendQueue
{
public:
	struct Item
	{
		Buffer datagram;
		Path path;
		unsigned hops = 0;
	};

	/// @return A place to write the next datagram to, of any size and content; null when there are too many.
	Item* push(const Path& path);

	/// @return The oldest; it lasts until the next call. Null when there is none.
	const Item* pop();

	/// The last one pushed is not to be sent.
	void unpush()
	{
		--_end;
	}

	void removePort(const Port& port);

private:
	std::vector<Item> _items;
	std::size_t _begin = 0;
	std::size_t _end = 0;
};

}
