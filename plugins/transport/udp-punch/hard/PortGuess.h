#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "node/api/Candidate.h"

namespace gimlet::udp_punch::hard
{

/// Numbers below a bound, each as likely.
using Below = std::function<std::uint32_t(std::uint32_t bound)>;

/// Which ports of a hard NAT to try, the likeliest first, none twice: along its sequence, then in the block
/// that it gives ports from, then anywhere from 1024 on.
class PortGuess
{
public:
	PortGuess(const NatBehaviour& nat, Below below);

	/// Empty when all have been tried.
	std::optional<std::uint16_t> next();

private:
	void add(std::int64_t port);

	Below _below;
	std::bitset<65536> _tried;
	std::vector<std::uint16_t> _likely; ///< in reverse
	std::uint32_t _left = 0;
};

/// The ports that lie close together, first and last; empty if they do not, or are too few to tell.
std::optional<std::pair<std::uint16_t, std::uint16_t>> blockOf(const NatBehaviour& nat);

/// The port that a sequence will have reached so many mappings from now; empty if it is none.
std::optional<std::uint16_t> ahead(const NatBehaviour& nat, int mappings);

}
