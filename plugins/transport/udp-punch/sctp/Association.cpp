#include "plugins/transport/udp-punch/sctp/Association.h"

#include "plugins/transport/udp-punch/sctp/AssociationImpl.h"

namespace gimlet::udp_punch::sctp
{

Association::Association(
	std::shared_ptr<Engine> engine, EventLoop& loop, Configuration configuration, Sink& sink) :
	_impl(std::make_shared<Impl>(std::move(engine), loop, configuration, sink))
{
}

Association::~Association()
{
	_impl->end();
}

void Association::connect()
{
	_impl->connect();
}

void Association::onPacket(ByteView packet)
{
	_impl->onPacket(packet);
}

Channel& Association::open(const ChannelOptions& options, ChannelObserver& observer)
{
	return _impl->channels.open(options, observer);
}

void Association::setPacketSize(std::size_t bytes)
{
	_impl->socket->setPacketSize(bytes);
}

void Association::pathChanged()
{
	_impl->socket->demandHeartbeat();
}

void Association::setRoundTrip(Duration roundTrip)
{
	_impl->socket->setRoundTrip(roundTrip);
}

void Association::shutdown()
{
	_impl->shutdown();
}

bool Association::up() const
{
	return _impl->up;
}

std::size_t Association::bufferedAmount() const
{
	return _impl->channels.bufferedAmount();
}

Association::Statistics Association::statistics() const
{
	return _impl->currentStatistics();
}

}
