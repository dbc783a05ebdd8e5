#include "plugins/service/rendezvous-server/relay/RelayConnection.h"

#include "plugins/service/rendezvous-server/relay/RelayService.h"

namespace gimlet::rendezvous_server
{

RelayConnection::RelayConnection(std::shared_ptr<RelayService*> service, std::string ticket) :
	_service(std::move(service)), _ticket(std::move(ticket))
{
	++(*_service)->_connections;
}

RelayConnection::~RelayConnection()
{
	RelayService* const service = *_service;
	if (!service)
		return;
	// A host that is torn down may spare itself the last onClose.
	service->closed(*this);
	--service->_connections;
}

void RelayConnection::onOpen(WebSocketConnection& /*connection*/)
{
	if (RelayService* service = *_service)
		service->opened(*this);
}

void RelayConnection::onText(std::string_view /*text*/)
{
	if (RelayService* service = *_service)
		service->misunderstood(*this);
}

void RelayConnection::onBinary(ByteView bytes)
{
	if (RelayService* service = *_service)
		service->heard(*this, bytes);
}

void RelayConnection::onClose(std::uint16_t code, std::string_view /*reason*/)
{
	if (RelayService* service = *_service)
		service->closed(*this, code);
}

}
