#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet
{

/// Turns names into addresses without ever blocking the loop (c-ares underneath).
class GIMLET_API Resolver
{
public:
	struct Result
	{
		/// Empty when there was an error.
		std::vector<Endpoint> endpoints;
		/// A sentence for the log ("no such name: stun.example.org"); empty on success.
		std::string error;
	};

	using Callback = std::function<void(const Result&)>;

	/// A lookup in progress. Destroying it means the callback is never called.
	class GIMLET_API Query
	{
	public:
		virtual ~Query();
	};

	virtual ~Resolver();

	/// Looks a name or an address literal up. The callback comes on the loop thread, never inside this
	/// call, and at the latest after 10 s.
	/// @param family AF_INET, AF_INET6 or AF_UNSPEC for both.
	[[nodiscard]] virtual std::unique_ptr<Query> resolve(
		const std::string& host, std::uint16_t port, int family, Callback callback) = 0;
};

}
