#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "node/api/EventLoop.h"
#include "node/api/Resolver.h"
#include "node/core/net/HostsFile.h"

namespace gimlet::core
{

/// The node's resolver: c-ares on the loop, so that a hanging name server delays nothing.
///
/// In this order: address literals; "localhost" and names under it, which are loopback without asking
/// anybody (RFC 6761, section 6.3); the hosts file; the name servers, IPv6 and IPv4 at once. When one family
/// has answered and the other has not, the result waits a little for the second (Options::patience) and then
/// does without it.
///
/// Destroying a query, or the process, costs nothing, however many servers hang. Queries may outlive their
/// resolver, not the loop. Loop thread only.
class CaresResolver final : public Resolver
{
public:
	struct Options
	{
		/// Name servers to ask; empty means those of the system, read anew for each query.
		std::vector<Endpoint> servers;
		/// The bound that Resolver promises.
		std::chrono::milliseconds timeout{10'000};
		/// RFC 8305, section 3, waits 50 ms before it begins to connect; who asks here for both families
		/// often wants both, so it is longer.
		std::chrono::milliseconds patience{300};
		std::string hostsFile = "/etc/hosts";
	};

	explicit CaresResolver(EventLoop& loop);
	CaresResolver(EventLoop& loop, Options options);
	~CaresResolver() override;

	/// Results have IPv6 addresses first (RFC 6724), each once.
	[[nodiscard]] std::unique_ptr<Query> resolve(
		const std::string& host, std::uint16_t port, int family, Callback callback) override;

private:
	EventLoop& _loop;
	Options _options;
	HostsFile _hosts;
};

}
