#pragma once

#include <functional>
#include <list>
#include <string>

#include "node/api/Descriptor.h"
#include "node/api/Endpoint.h"
#include "node/api/EventLoop.h"

namespace gimlet::test
{

/// A TCP server on loopback, on the test's own loop: the test says what a connection is answered.
class TcpServer
{
public:
	class Connection
	{
	public:
		/// Blocks until the kernel has taken it, so for what surely fits only.
		void send(std::string_view text) const;
		/// The end of what it sends. What it receives is still read.
		void shutdown() const;
		/// Ends it with a reset.
		void reset();
		/// Whether the other side has ended it.
		bool ended() const
		{
			return _ended;
		}
		const std::string& received() const
		{
			return _received;
		}

	private:
		friend class TcpServer;
		Descriptor _socket;
		Watch _watch;
		std::string _received;
		bool _ended = false;
	};

	/// Called for each new connection, and whenever one has received more.
	using Handler = std::function<void(Connection&)>;

	explicit TcpServer(EventLoop& loop, int family = AF_INET, std::uint16_t port = 0);

	Endpoint endpoint() const;

	Handler onConnect;
	Handler onData;

	std::list<Connection>& connections()
	{
		return _connections;
	}

private:
	void onReadable();
	void read(Connection& connection);

	EventLoop& _loop;
	Descriptor _socket;
	std::list<Connection> _connections;
	Watch _watch;
};

/// An endpoint of loopback where nobody listens.
Endpoint closedPort(EventLoop& loop, int family = AF_INET);

}
