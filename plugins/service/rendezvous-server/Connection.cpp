#include "plugins/service/rendezvous-server/Connection.h"

#include "plugins/service/rendezvous-server/RendezvousServer.h"

namespace gimlet::rendezvous_server
{

Connection::~Connection()
{
	// A host that is torn down may spare itself the last onClose.
	if (RendezvousServer* server = *_server)
		server->closed(*this);
}

void Connection::onOpen(WebSocketConnection& /*connection*/)
{
	if (RendezvousServer* server = *_server)
		server->opened(*this);
}

void Connection::onText(std::string_view text)
{
	if (RendezvousServer* server = *_server)
		server->heard(*this, text);
}

void Connection::onPong()
{
	if (RendezvousServer* server = *_server)
		server->answered(*this);
}

void Connection::onClose(std::uint16_t code, std::string_view reason)
{
	if (RendezvousServer* server = *_server)
		server->closed(*this, code, reason);
}

}
