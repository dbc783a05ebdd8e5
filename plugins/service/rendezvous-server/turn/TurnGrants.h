#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/protocol/rendezvous/Messages.h"

namespace gimlet::rendezvous_server
{

/// What TURN servers are handed out; from the configuration.
struct TurnOptions
{
	std::vector<std::string> urls; ///< empty for none
	std::string secret;            ///< that the servers know too (coturn: static-auth-secret); never logged
	std::chrono::seconds lifetime{3600};
};

/// Makes credentials for TURN servers that share a secret with us, by which a server that never heard of a
/// member can tell that it may use it, and until when (draft-uberti-behave-turn-rest-00; coturn's
/// use-auth-secret).
class TurnGrants
{
public:
	/// The seconds since 1970 by the wall clock: what the servers compare.
	using WallClock = std::function<std::int64_t()>;

	TurnGrants(TurnOptions options, WallClock clock) : _options(std::move(options)), _clock(std::move(clock))
	{
	}

	/// Whether there are servers to hand out.
	bool any() const
	{
		return !_options.urls.empty();
	}

	/// What a member is told. @param id Its worker id.
	rendezvous::TurnServers grant(const std::string& id) const;

	/// After so long a grant is to be renewed: half its lifetime, so that a worker which is slow to ask, or
	/// whose clock differs, is in time all the same.
	std::chrono::seconds renewAfter() const
	{
		return _options.lifetime / 2;
	}

private:
	TurnOptions _options;
	WallClock _clock;
};

}
