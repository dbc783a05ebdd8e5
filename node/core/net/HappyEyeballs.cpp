#include "node/core/net/HappyEyeballs.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace gimlet::core
{

namespace
{

constexpr std::size_t MAX_ERRORS = 4;

}

void HappyEyeballs::onResolved(
	int family, const std::vector<Endpoint>& endpoints, const std::string& error, TimePoint now)
{
	_resolving.erase(family);
	if (endpoints.empty())
		remember(_resolveErrors, error);
	for (const auto& endpoint : endpoints)
	{
		auto& queue = queueOf(endpoint.family());
		if (queue.size() < MAX_ENDPOINTS)
			queue.push_back(endpoint);
	}
	if (_v6.empty() && _v4.empty())
		return;
	// Section 3: IPv4 alone waits a moment for the IPv6 answer that is still to come.
	const bool v6Awaited = _v6.empty() && _resolving.contains(AF_INET6);
	if (!_begun)
		_next = v6Awaited ? now + RESOLUTION_DELAY : now;
	else if (_running == 0)
		_next = now;
}

void HappyEyeballs::onFailed(const std::string& error, TimePoint now)
{
	--_running;
	remember(_connectErrors, error);
	_next = now;
}

std::optional<Endpoint> HappyEyeballs::pollAttempt(TimePoint now)
{
	if (now < nextDeadline() || nextDeadline() == NEVER)
		return std::nullopt;
	auto* queue = &queueOf(_lastFamily == AF_INET ? AF_INET6 : AF_INET);
	if (queue->empty())
		queue = &queueOf(_lastFamily);
	const auto endpoint = queue->front();
	queue->pop_front();
	_lastFamily = endpoint.family();
	_begun = true;
	++_running;
	_next = now + ATTEMPT_DELAY;
	return endpoint;
}

TimePoint HappyEyeballs::nextDeadline() const
{
	return _v6.empty() && _v4.empty() ? NEVER : _next;
}

bool HappyEyeballs::exhausted() const
{
	return _resolving.empty() && _v6.empty() && _v4.empty() && _running == 0;
}

std::string HappyEyeballs::error() const
{
	// That one family has no address is no news once the other's were tried.
	return fmt::format("{}", fmt::join(_connectErrors.empty() ? _resolveErrors : _connectErrors, "; "));
}

std::deque<Endpoint>& HappyEyeballs::queueOf(int family)
{
	return family == AF_INET6 ? _v6 : _v4;
}

void HappyEyeballs::remember(std::vector<std::string>& errors, const std::string& error)
{
	if (errors.size() < MAX_ERRORS && std::ranges::find(errors, error) == errors.end())
		errors.push_back(error);
}

}
