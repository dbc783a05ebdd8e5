#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugins/signaling/lan/Datagram.h"

namespace gimlet::lan
{

/// Puts the signals of one peer together again, in their order and each once. Holds one at a time. A machine.
class SignalReceiver
{
public:
	struct Result
	{
		/// What to acknowledge: the parts of this signal that have come.
		std::uint16_t received = 0;
		/// The signal, when this part made it whole.
		std::optional<std::string> signal{};
	};

	Result onFragment(const Fragment& fragment);

private:
	std::uint32_t _delivered = 0; ///< the last one
	std::uint32_t _sequence = 0;  ///< of the one that is being put together
	std::uint8_t _count = 0;
	std::uint16_t _received = 0;
	std::vector<std::string> _parts;
};

}
