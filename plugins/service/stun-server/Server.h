#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Service.h"
#include "plugins/service/stun-server/Worker.h"

namespace gimlet::stun_server
{

/// Opens the sockets and hands them to worker threads, so that a flood of questions never delays the node.
class Server final : public Service
{
public:
	explicit Server(Context& context) : _context(context) {}
	~Server() override;

	void configure(const Settings& settings, Problems& problems) override;
	void start() override;
	void stop() override;

	/// The addresses bound to, with their real ports; empty when stopped.
	const std::vector<Endpoint>& addresses() const
	{
		return _addresses;
	}

private:
	using Sockets = std::vector<UdpSocket>;

	/// One socket for each thread.
	Sockets open(const ListenAddress& address) const;
	Counters registerCounters();

	Context& _context;
	std::vector<ListenAddress> _listen;
	unsigned _rateLimit = 0;
	std::size_t _threads = 1;
	std::string _software;

	std::unique_ptr<RateLimiter> _limiter;
	std::vector<std::unique_ptr<Worker>> _workers;
	std::vector<Endpoint> _addresses;
};

}
