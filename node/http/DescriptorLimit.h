#pragma once

#include <Poco/Logger.h>

#include <cstddef>

#include "node/api/Time.h"

namespace gimlet::http
{

/// Knows how near the process is to its limit of descriptors. The kernel always gives the lowest free number,
/// so a number near the limit means that nearly all below it are in use: nothing has to be counted.
class DescriptorLimit
{
public:
	/// @param limit 0 raises the process' soft limit (RLIMIT_NOFILE) to the hard one and takes that; nothing
	/// else raises it.
	/// @param spare How many to leave for others.
	DescriptorLimit(std::size_t limit, std::size_t spare, Poco::Logger& logger);

	/// Whether a new descriptor is one of the spare ones. Says so in the log when that begins.
	bool isScarce(int descriptor);

	/// The process has none left at all. Says so in the log.
	void exhausted();

private:
	void warn(const char* what);

	const std::size_t _limit;
	const std::size_t _spare;
	Poco::Logger& _logger;
	bool _warned = false;
};

}
