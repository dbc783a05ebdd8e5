#include "plugins/discovery/turn/Client.h"

#include <utility>

#include "plugins/discovery/turn/StreamCarrier.h"
#include "plugins/discovery/turn/UdpCarrier.h"

namespace gimlet::turn
{

Client::Client(
	const Surroundings& around, const Endpoint& server, const Credentials& credentials, Owner& owner) :
	_around(around),
	_owner(owner),
	_credentials(credentials),
	_kind(AllocationMachine::Carrier::Datagrams),
	_carrier(std::make_unique<UdpCarrier>(
		around.context.loop(), server, around.metrics, static_cast<Carrier::User&>(*this)))
{
}

Client::Client(
	const Surroundings& around, const StreamTarget& server, const Credentials& credentials, Owner& owner) :
	_around(around),
	_owner(owner),
	_credentials(credentials),
	_kind(AllocationMachine::Carrier::Stream),
	_carrier(
		std::make_unique<StreamCarrier>(around.context.streams(), server, static_cast<Carrier::User&>(*this)))
{
}

Client::~Client()
{
	if (!_machine)
		return;
	_machine->release();
	transmit();
	_carrier->flush();
	count();
}

bool Client::reaches(const Endpoint& peer) const
{
	return _machine && _machine->reaches(peer);
}

bool Client::send(ByteView datagram, const Endpoint& peer)
{
	if (!_machine)
		return false;
	const auto out = _carrier->space();
	if (out.empty())
	{
		_around.metrics.unsent();
		return false;
	}
	const auto size = _machine->wrap(datagram, peer, out, _around.context.loop().now());
	if (size && *size > 0)
		_carrier->commit(*size);
	if (_machine->hasWork())
		serve();
	if (!size)
		count();
	return size.has_value();
}

void Client::renew(const Credentials& credentials)
{
	_credentials = credentials;
	if (_machine)
		_machine->renew(credentials);
}

void Client::check()
{
	if (!_machine)
		return;
	_machine->check(_around.context.loop().now());
	serve();
}

void Client::carrierOpen(const Endpoint& server)
{
	_machine.emplace(
		server, _kind, _credentials, _around.timing, _around.random, _around.context.loop().now());
	serve();
}

void Client::carrierReceived(ByteView message, const Endpoint& source)
{
	if (!_machine)
		return;
	if (const auto received = _machine->onDatagram(message, source, _around.context.loop().now()))
		_owner.clientReceived(*this, *received);
}

void Client::carrierIdle()
{
	if (!_machine)
		return;
	if (_machine->hasWork())
		serve();
	count();
}

void Client::carrierClosed(const std::string& error)
{
	_closed = Ended{EndReason::Silent, error};
	_timer.cancel();
	deliverLater();
}

void Client::serve()
{
	transmit();
	if (_machine->hasWork())
		deliverLater();
	setTimer();
}

void Client::transmit()
{
	while (const auto message = _machine->pollTransmit())
		if (!_carrier->send(*message))
			_around.metrics.unsent(); // it is sent again like what was lost
}

void Client::setTimer()
{
	const auto deadline = _machine->nextDeadline();
	if (deadline == _timerAt)
		return;
	_timerAt = deadline;
	_timer = deadline == NEVER ? Timer{}
							   : _around.context.loop().at(deadline,
									 [this]
									 {
										 _timerAt = NEVER;
										 _machine->onTimer(_around.context.loop().now());
										 serve();
										 count();
									 });
}

void Client::count()
{
	_around.metrics.add(_machine->counters(), _counted);
	_counted = _machine->counters();
}

void Client::deliverLater()
{
	if (std::exchange(_posted, true))
		return;
	_around.context.loop().post(
		[this, alive = std::weak_ptr{_alive}]
		{
			if (alive.expired())
				return;
			_posted = false;
			deliver();
		});
}

/// The owner may destroy the client whenever it is told something.
void Client::deliver()
{
	const std::weak_ptr alive{_alive};
	while (_machine && !alive.expired())
	{
		const auto event = _machine->pollEvent();
		if (!event)
			break;
		tell(*event);
		if (alive.expired())
			return;
	}
	if (_closed && !(_machine && _machine->isOver()))
		_owner.clientEnded(*this, *std::exchange(_closed, std::nullopt));
}

void Client::tell(const Event& event)
{
	if (std::holds_alternative<Answered>(event))
		_owner.clientAnswered(*this);
	else if (const auto* const allocated = std::get_if<Allocated>(&event))
		_owner.clientAllocated(*this, *allocated);
	else
		_owner.clientEnded(*this, std::get<Ended>(event));
}

}
