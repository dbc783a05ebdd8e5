#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/api/Http.h"
#include "node/http/StaticFiles.h"
#include "node/protocol/http1/Target.h"

namespace gimlet::http
{

/// What is mounted on a path.
struct Route
{
	enum class Kind
	{
		Get,
		Files,
		WebSocket,
		Metrics, ///< the built-in page of counters
	};

	Kind kind = Kind::Get;
	std::vector<std::string> pattern; ///< parts; "{name}" matches any one
	Access access = Access::Guarded;
	HttpHost::Handler handler;          ///< Get
	std::shared_ptr<StaticFiles> files; ///< Files
	HttpHost::Acceptor acceptor;        ///< WebSocket
	WebSocketOptions options;           ///< WebSocket
	std::size_t connections = 0;        ///< WebSocket: those open now
};

/// Finds what is mounted on a path: an exact part before a "{name}", either before files, the longest folder
/// of files first. Pure.
class Router
{
public:
	/// @throws Poco::ExistsException if a route of the same shape is there (two names of one "{name}" are the
	/// same shape), Poco::InvalidArgumentException for a pattern that no request can match.
	std::shared_ptr<Route> add(const std::string& pattern, Route route);
	void remove(const std::shared_ptr<Route>& route);

	struct Match
	{
		std::shared_ptr<Route> route; ///< null if nothing is there
		std::map<std::string, std::string> parameters;
	};

	Match find(const http1::Target& target) const;

private:
	std::vector<std::shared_ptr<Route>> _routes;
};

}
