#include "node/http/DescriptorLimit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <utility>

#include "node/api/Log.h"

namespace gimlet::http
{

namespace
{

/// Each connection is a descriptor, and the soft limit is often 1024 for the sake of select(), which nobody
/// here uses.
std::size_t raisedLimit()
{
	rlimit limit{};
	::getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max;
		::setrlimit(RLIMIT_NOFILE, &limit);
		::getrlimit(RLIMIT_NOFILE, &limit);
	}
	return static_cast<std::size_t>(limit.rlim_cur);
}

}

DescriptorLimit::DescriptorLimit(std::size_t limit, std::size_t spare, Poco::Logger& logger) :
	_limit(limit ? limit : raisedLimit()), _spare(spare), _logger(logger)
{
}

bool DescriptorLimit::isScarce(int descriptor)
{
	const auto number = static_cast<std::size_t>(descriptor);
	if (number + _spare >= _limit)
	{
		warn("new WebSockets are refused with 503");
		return true;
	}
	// Some distance, so that a process that stays at its limit says so once and not with each connection.
	if (number + 2 * _spare < _limit)
		_warned = false;
	return false;
}

void DescriptorLimit::exhausted()
{
	warn("new connections are refused with 503");
}

void DescriptorLimit::warn(const char* what)
{
	if (std::exchange(_warned, true))
		return;
	logWarning(_logger,
		fmt::format("nearly all of the {} descriptors that this process may hold are in use (RLIMIT_NOFILE, "
					"ulimit -n): {} until some are closed",
			_limit, what));
}

}
