#pragma once

#include <Poco/Logger.h>

#include <functional>

#include "node/api/Descriptor.h"
#include "node/api/EventLoop.h"
#include "node/api/Settings.h"
#include "node/http/DescriptorLimit.h"
#include "node/http/Metrics.h"

namespace gimlet::http
{

/// A listening socket on the loop. It never stops accepting silently: when the process has no descriptors
/// left, it gives up a spare one to take each connection and tell it 503.
class Listener
{
public:
	/// @param scarce Whether the descriptor is one of the last.
	using Accepted = std::function<void(Descriptor descriptor, const Endpoint& remote, bool scarce)>;

	/// What a client is told for which there is no room.
	static const char* const FULL;

	/// Binds and listens. "*" means IPv6 and IPv4 on one socket; IPv4 alone where IPv6 is off.
	/// @throws PluginError that names the address and the reason.
	Listener(EventLoop& loop, const ListenAddress& address, DescriptorLimit& limit, Metrics& metrics,
		Poco::Logger& logger, Accepted accepted);

	/// With the real port.
	const Endpoint& address() const
	{
		return _address;
	}

	/// Tells a client 503 and hangs up, as far as that goes without waiting.
	static void turnAway(Descriptor descriptor);

private:
	void accept();
	bool acceptOne();
	bool acceptFailed(int error);

	EventLoop& _loop;
	DescriptorLimit& _limit;
	Metrics& _metrics;
	Poco::Logger& _logger;
	Accepted _accepted;
	Descriptor _socket;
	Descriptor _reserve; ///< given up when there is no other left
	Endpoint _address;
	Watch _watch;
	Timer _pause;
};

}
