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

	/// The addresses bound to, with their real ports, those of `listen` first; empty when stopped.
	const std::vector<Endpoint>& addresses() const
	{
		return _addresses;
	}

private:
	using Sockets = std::vector<UdpSocket>;

	/// A second address for one that is listened on (RFC 5780).
	struct Alternate
	{
		std::size_t first = 0; ///< which of those listened on
		Endpoint second;       ///< port 0: any
	};

	void configureAlternate(const std::string& text, Problems& problems, const std::string& section);
	/// One socket for each thread.
	Sockets open(const ListenAddress& address) const;
	/// Opens an address for all workers.
	/// @return It, with its real port.
	Endpoint add(const ListenAddress& address);
	/// Opens the other three of the four addresses, and tells all four where they stand.
	void addAlternate(const Alternate& alternate);
	Counters registerCounters();

	Context& _context;
	std::vector<ListenAddress> _listen;
	std::vector<Alternate> _alternates;
	unsigned _rateLimit = 0;
	std::size_t _threads = 1;
	std::string _software;

	std::unique_ptr<RateLimiter> _limiter;
	std::vector<std::unique_ptr<Worker>> _workers;
	std::vector<Endpoint> _addresses;
	/// While it starts: each worker's, in the order of the addresses.
	std::vector<std::vector<Entrance>> _entrances;
};

}
