#pragma once

#include <memory>

#include "node/api/Http.h"
#include "plugins/service/rendezvous-server/Door.h"
#include "plugins/service/rendezvous-server/Member.h"

namespace gimlet::rendezvous_server
{

class RendezvousServer;

/// One worker's WebSocket. The HTTP host owns it and may keep it for a while after the server has ended.
class Connection final : public WebSocketHandler
{
public:
	/// @param server Becomes null when the server ends; what comes is ignored from then on.
	Connection(std::shared_ptr<RendezvousServer*> server, Visitor visitor, const Endpoint& remote) :
		_server(std::move(server)), _visitor(std::move(visitor)), _remote(remote)
	{
	}

	~Connection() override;

	void onOpen(WebSocketConnection& connection) override;
	void onText(std::string_view text) override;
	void onPong() override;
	void onClose(std::uint16_t code, std::string_view reason) override;

	/// Null before onOpen and after onClose.
	WebSocketConnection* socket() const
	{
		return _connection;
	}

	const Visitor& visitor() const
	{
		return _visitor;
	}

	/// Where the worker is, as the HTTP host has found out behind proxies.
	const Endpoint& remote() const
	{
		return _remote;
	}

	Key key = NOBODY;

private:
	std::shared_ptr<RendezvousServer*> _server;
	Visitor _visitor;
	Endpoint _remote;
};

}
