#include "node/http/Router.h"

#include <Poco/Exception.h>

#include <algorithm>

namespace gimlet::http
{

namespace
{

bool isParameter(const std::string& part)
{
	return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool sameShape(const Route& left, const Route& right)
{
	return (left.kind == Route::Kind::Files) == (right.kind == Route::Kind::Files) &&
		   std::equal(left.pattern.begin(), left.pattern.end(), right.pattern.begin(), right.pattern.end(),
			   [](const std::string& a, const std::string& b)
			   { return isParameter(a) ? isParameter(b) : a == b; });
}

bool matches(const Route& route, const http1::Target& target)
{
	const auto& pattern = route.pattern;
	const auto& segments = target.segments;
	if (route.kind == Route::Kind::Files)
	{
		if (pattern.size() > segments.size())
			return false;
	}
	else if (pattern.size() != segments.size() || (target.trailingSlash && !segments.empty()))
	{
		return false;
	}
	return std::equal(pattern.begin(), pattern.end(), segments.begin(),
		[](const std::string& part, const std::string& segment)
		{ return isParameter(part) || part == segment; });
}

/// Whether the first of two routes that match one path is meant rather than the second.
bool precedes(const Route& left, const Route& right)
{
	const bool leftFiles = left.kind == Route::Kind::Files;
	const bool rightFiles = right.kind == Route::Kind::Files;
	if (leftFiles != rightFiles)
		return rightFiles;
	if (left.pattern.size() != right.pattern.size())
		return left.pattern.size() > right.pattern.size();
	for (std::size_t i = 0; i < left.pattern.size(); ++i)
	{
		if (isParameter(left.pattern[i]) != isParameter(right.pattern[i]))
			return isParameter(right.pattern[i]);
	}
	return false;
}

}

std::shared_ptr<Route> Router::add(const std::string& pattern, Route route)
{
	const auto invalid = [&pattern](const char* why)
	{ return Poco::InvalidArgumentException("the route \"" + pattern + "\" " + why); };
	if (!pattern.starts_with('/'))
		throw invalid("must begin with a slash");
	if (route.kind == Route::Kind::WebSocket && !route.acceptor)
		throw invalid("has no acceptor");
	if (route.kind == Route::Kind::Get && !route.handler)
		throw invalid("has no handler");
	for (std::size_t at = 1; at < pattern.size();)
	{
		const auto slash = std::min(pattern.find('/', at), pattern.size());
		if (slash == at)
			throw invalid("has an empty part");
		route.pattern.push_back(pattern.substr(at, slash - at));
		at = slash + 1;
	}
	auto added = std::make_shared<Route>(std::move(route));
	for (const auto& other : _routes)
	{
		if (sameShape(*added, *other))
			throw Poco::ExistsException("the route \"" + pattern + "\" is taken");
	}
	_routes.push_back(added);
	return added;
}

void Router::remove(const std::shared_ptr<Route>& route)
{
	std::erase(_routes, route);
}

Router::Match Router::find(const http1::Target& target) const
{
	Match match;
	for (const auto& route : _routes)
	{
		if (matches(*route, target) && (!match.route || precedes(*route, *match.route)))
			match.route = route;
	}
	if (!match.route)
		return match;
	for (std::size_t i = 0; i < match.route->pattern.size(); ++i)
	{
		const auto& part = match.route->pattern[i];
		if (isParameter(part))
			match.parameters.emplace(part.substr(1, part.size() - 2), target.segments[i]);
	}
	return match;
}

}
