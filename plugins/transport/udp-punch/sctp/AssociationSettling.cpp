// What an association does when usrsctp has something to say, or room: it reads, acts, writes, and asks.
#include <array>
#include <utility>

#include "plugins/transport/udp-punch/sctp/AssociationImpl.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

/// One delivery of usrsctp at most; on the stack, as an idle association shall own none.
constexpr std::size_t READ_SIZE = 65536;

}

void Association::Impl::settle()
{
	if (_settling || gone())
		return;
	const auto self = shared_from_this();
	_settling = true;
	try
	{
		settleAll();
	}
	catch (...)
	{
		// An observer that throws ends its own call, and nothing for the others: what is left follows.
		_settling = false;
		_woken = true;
		settleLater();
		throw;
	}
	_settling = false;
}

void Association::Impl::settleAll()
{
	do
	{
		readAll();
		if (gone())
			return;
		write();
		notifyWritten();
		if (gone())
			return;
		finishClosing();
		if (gone())
			return;
	} while (_woken);
}

void Association::Impl::readAll()
{
	while (_woken.exchange(false))
	{
		writer.roomAgain();
		std::array<std::uint8_t, READ_SIZE> buffer; // NOLINT: not initialised, as it is read into
		while (const auto event = socket->receive(buffer))
		{
			dispatch(*event);
			if (gone())
				return;
		}
	}
}

void Association::Impl::dispatch(const SocketEvent& event)
{
	using namespace socket_event;
	if (const auto* data = std::get_if<Data>(&event))
	{
		statistics.bytesReceived += carriesBytes(data->ppid) ? data->bytes.size() : 0;
		channels.onData(*data);
	}
	else if (const auto* aborted = std::get_if<DataAborted>(&event))
		channels.onDataAborted(*aborted);
	else if (const auto* isUp = std::get_if<Up>(&event))
		onUp(*isUp);
	else if (const auto* lost = std::get_if<Lost>(&event))
		onLost(lost->reason);
	else if (const auto* reset = std::get_if<Reset>(&event))
		channels.onReset(*reset);
	else if (const auto* streams = std::get_if<Streams>(&event))
	{
		channels.onStreams(*streams);
		addToWriter();
	}
}

void Association::Impl::onUp(const socket_event::Up& event)
{
	if (up || _lost)
		return;
	up = true;
	writer.setInterleaving(event.interleaving);
	channels.onUp(event);
	addToWriter();
	sink->associationUp();
}

void Association::Impl::onLost(const std::string& reason)
{
	if (std::exchange(_lost, true))
		return;
	up = false;
	channels.onLost(reason);
	if (!gone())
		sink->associationLost(reason);
}

void Association::Impl::write()
{
	if (up && !gone())
		writer.run(*socket, loop.now());
}

void Association::Impl::notifyWritten()
{
	for (auto* channel : writer.takeRefused())
	{
		channels.fail(*channel, "SCTP takes no more on its stream");
		if (gone())
			return;
	}
	for (auto* channel : writer.takeWritten())
	{
		channel->notifyDrained();
		if (gone())
			return;
	}
}

void Association::Impl::finishClosing()
{
	if (!channels.takeChanged() && !_closing && !_requesting)
		return;
	using State = DataChannel::State;
	bool waiting = false;
	_closing = _shuttingDown;
	channels.each(
		[&](DataChannel& channel)
		{
			waiting |= !channel.queueEmpty();
			if (channel.state() != State::Closing && channel.state() != State::Orphaned)
				return;
			if (channel.queueEmpty())
				channels.finish(channel);
			else
				_closing = true;
		});
	channels.request(*socket);
	channels.sweep([this](DataChannel& channel) { writer.remove(channel); });
	if (gone())
		return;
	_requesting = channels.requesting();
	if (!_shuttingDown || _shutDown || _lost)
		return;
	if (!up)
		onLost("shut down before it was there");
	else if (!waiting && !_requesting)
	{
		_shutDown = true;
		socket->shutdown();
	}
}

}
