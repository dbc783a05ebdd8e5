#include "plugins/transport/udp-plain/Routes.h"

#include <algorithm>
#include <utility>

namespace gimlet::udp_plain
{

bool mayTarget(const Endpoint& endpoint, bool overLoopback)
{
	return endpoint.isUnicast() && endpoint.port() != 0 && !endpoint.isLinkLocal() &&
		   (overLoopback || !endpoint.isLoopback());
}

const Routes::Route* Routes::find(const Endpoint& remote) const
{
	const auto found = std::find_if(
		_routes.begin(), _routes.end(), [&](const Route& route) { return route.remote == remote; });
	return found == _routes.end() ? nullptr : &*found;
}

Routes::Route* Routes::find(const Endpoint& remote)
{
	return const_cast<Route*>(std::as_const(*this).find(remote));
}

std::size_t Routes::count(bool followed) const
{
	return static_cast<std::size_t>(std::count_if(
		_routes.begin(), _routes.end(), [&](const Route& route) { return route.followed == followed; }));
}

void Routes::name(const Endpoint& remote)
{
	if (auto* known = find(remote))
	{
		known->followed = false;
		return;
	}
	if (count(false) >= MAX_NAMED_ROUTES)
		makeRoom();
	_routes.push_back({.remote = remote});
}

void Routes::makeRoom()
{
	auto oldest = std::find_if(_routes.begin(), _routes.end(),
		[](const Route& route) { return !route.answered && !route.followed && route.allowance == 0; });
	if (oldest == _routes.end())
		oldest = std::find_if(_routes.begin(), _routes.end(),
			[this](const Route& route) { return !route.followed && route.remote != _used; });
	_routes.erase(oldest);
}

void Routes::use(const Endpoint& remote)
{
	if (remote == _used)
		return;
	if (remote.sameAddress(_used))
		std::erase_if(_routes, [this](const Route& route) { return route.remote == _used; });
	_used = remote;
	if (auto* route = find(remote))
		route->followed = false;
}

bool Routes::wantsGrant(const Endpoint& remote) const
{
	const auto* route = find(remote);
	return route && !route->answered && route->allowance == 0;
}

void Routes::grant(const Endpoint& remote)
{
	if (auto* route = find(remote))
		route->allowance = ALLOWANCE;
}

bool Routes::heard(const Endpoint& remote)
{
	if (auto* route = find(remote))
	{
		route->answered = true;
		return true;
	}
	const bool named = std::any_of(_routes.begin(), _routes.end(),
		[&](const Route& route) { return !route.followed && route.remote.sameAddress(remote); });
	if (!named)
		return false;
	if (count(true) >= MAX_FOLLOWED_ROUTES)
		_routes.erase(
			std::find_if(_routes.begin(), _routes.end(), [](const Route& route) { return route.followed; }));
	_routes.push_back({.remote = remote, .answered = true, .followed = true});
	return true;
}

bool Routes::knows(const Endpoint& remote) const
{
	return find(remote) != nullptr;
}

bool Routes::spend(const Endpoint& remote, TimePoint now)
{
	auto* route = find(remote);
	if (!route)
		return false;
	if (route->answered)
		return true;
	if (route->allowance == 0 || now < route->next)
		return false;
	--route->allowance;
	route->next = now + LEAST_SPACING;
	return true;
}

bool Routes::untried() const
{
	return std::any_of(_routes.begin(), _routes.end(),
		[](const Route& route) { return !route.answered && route.allowance > 0; });
}

bool Routes::usable() const
{
	return std::any_of(_routes.begin(), _routes.end(),
		[](const Route& route) { return route.answered || route.allowance > 0; });
}

}
