#pragma once

#include <memory>
#include <string>

#include "node/api/Http.h"
#include "plugins/service/rendezvous-server/relay/Relay.h"

namespace gimlet::rendezvous_server
{

class RelayService;

/// One member's WebSocket to the relay. The HTTP host owns it and may keep it for a while after the service
/// has ended.
class RelayConnection final : public WebSocketHandler, public RelayEnd
{
public:
	/// @param service Becomes null when the service ends; what comes is ignored from then on.
	RelayConnection(std::shared_ptr<RelayService*> service, std::string ticket);
	~RelayConnection() override;

	void onOpen(WebSocketConnection& connection) override;
	void onText(std::string_view text) override;
	void onBinary(ByteView bytes) override;
	void onClose(std::uint16_t code, std::string_view reason) override;

	std::size_t waiting() const override
	{
		return _connection ? _connection->bufferedAmount() : 0;
	}

	/// Null before onOpen and after onClose.
	WebSocketConnection* socket() const
	{
		return _connection;
	}

	const std::string& ticket() const
	{
		return _ticket;
	}

private:
	std::shared_ptr<RelayService*> _service;
	std::string _ticket;
};

}
