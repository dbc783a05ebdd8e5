#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "node/api/Descriptor.h"
#include "node/api/EventLoop.h"
#include "node/api/Resolver.h"
#include "node/core/net/HappyEyeballs.h"

namespace gimlet::core
{

/// Connects to the first of a host's addresses that accepts TCP; the sockets of HappyEyeballs.
/// Destroying it ends all attempts, without a callback. Loop thread only.
class Dialer
{
public:
	/// Either an open, non-blocking socket and its address, or an error. Comes once, never inside the
	/// constructor; it may destroy the dialer.
	using Done = std::function<void(Descriptor socket, const Endpoint& remote, const std::string& error)>;

	Dialer(EventLoop& loop, Resolver& resolver, const std::string& host, std::uint16_t port, Done done);
	Dialer(const Dialer&) = delete;
	Dialer& operator=(const Dialer&) = delete;
	~Dialer();

	/// Whether an address has been found, for messages about a time-out.
	bool resolved() const
	{
		return !_tried.empty();
	}

	/// The addresses tried so far, "192.0.2.1:80, [2001:db8::1]:80".
	std::string tried() const;

private:
	struct Attempt
	{
		Endpoint endpoint;
		Descriptor socket;
		Watch watch;
	};

	void resolve(Resolver& resolver, const std::string& host, std::uint16_t port, int family);
	void step();
	void begin(const Endpoint& endpoint);
	void connect(Attempt& attempt);
	void onWritable(std::list<Attempt>::iterator attempt);

	EventLoop& _loop;
	Done _done;
	HappyEyeballs _order;
	std::vector<std::unique_ptr<Resolver::Query>> _queries;
	std::list<Attempt> _attempts;
	std::vector<Endpoint> _tried;
	Timer _timer;
};

}
