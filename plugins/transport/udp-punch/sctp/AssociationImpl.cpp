#include "plugins/transport/udp-punch/sctp/AssociationImpl.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "plugins/transport/udp-punch/sctp/Checksum.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

/// The peer's INIT, a few times.
constexpr std::size_t MOST_EARLY = 16;
/// Timers send at most a window's worth between two rounds of a loop.
constexpr std::size_t MOST_TIMED = 8192;

Socket::Options socketOptions(const Association::Configuration& configuration)
{
	return {.localPort = configuration.localPort,
		.remotePort = configuration.remotePort,
		.packetSize = configuration.packetSize,
		.smallestPacketSize = configuration.smallestPacketSize,
		.streams = configuration.streams,
		.sendBuffer = configuration.sendBuffer,
		.receiveBuffer = configuration.receiveBuffer,
		.roundTrip = configuration.roundTrip};
}

ChannelTable::Limits limits(const Association::Configuration& configuration)
{
	constexpr auto ANY = std::numeric_limits<std::uint64_t>::max();
	const auto peers = configuration.peerMaxMessage == 0 ? ANY : configuration.peerMaxMessage;
	const auto most = std::min<std::uint64_t>(peers, configuration.maxMessage);
	return {most, std::min<std::uint64_t>(most, configuration.sendBuffer), configuration.maxMessage};
}

}

Association::Impl::Impl(std::shared_ptr<Engine> theEngine, EventLoop& theLoop,
	const Configuration& theConfiguration, Sink& theSink) :
	engine(std::move(theEngine)),
	loop(theLoop),
	configuration(theConfiguration),
	sink(&theSink),
	channels(*this, limits(configuration), configuration.dtlsClient,
		[this](Channel& channel) { return sink->channelOffered(channel); })
{
	// Here and not above: from now on the engine's thread may ask for what is declared behind it.
	socket = std::make_unique<Socket>(engine->impl(), *this, socketOptions(configuration));
}

void Association::Impl::output(std::span<std::uint8_t> packet, bool direct)
{
	if (direct)
	{
		_watch.onOutput(packet);
		if (sink != nullptr)
			sink->sctpSend(packet);
		return;
	}
	if (_timedCount == MOST_TIMED)
	{
		++_timedLost;
		return;
	}
	// Buffers are kept for the next time.
	if (_timedCount == _timed.size())
		_timed.emplace_back();
	_timed[_timedCount++].assign(packet.begin(), packet.end());
}

void Association::Impl::wake()
{
	_woken = true;
}

void Association::Impl::timersRan()
{
	if (_connected && (_timedCount > 0 || _woken))
		post();
}

void Association::Impl::post()
{
	if (!std::exchange(_posted, true))
		loop.post(
			[weak = weak_from_this()]
			{
				if (const auto self = weak.lock())
					self->onPosted();
			});
}

bool Association::Impl::requesting()
{
	return _requesting;
}

void Association::Impl::onPosted()
{
	std::vector<Buffer> packets;
	std::size_t count = 0;
	{
		const std::lock_guard lock{engine->impl().mutex};
		_posted = false;
		packets.swap(_timed);
		count = std::exchange(_timedCount, 0);
		statistics.refusals.lostOutput += std::exchange(_timedLost, 0);
	}
	for (std::size_t i = 0; i < count && !gone(); ++i)
	{
		_watch.onOutput(packets[i]);
		sink->sctpSend(packets[i]);
	}
	settle();
}

TimePoint Association::Impl::now() const
{
	return loop.now();
}

void Association::Impl::queued(DataChannel& channel)
{
	if (channels.writable(channel))
		writer.add(channel);
	write();
	if (_woken || writer.anyToNotify() || channels.changed())
		settleLater();
}

void Association::Impl::addToWriter()
{
	channels.each(
		[this](DataChannel& channel)
		{
			if (!channel.queueEmpty() && channels.writable(channel))
				writer.add(channel);
		});
}

void Association::Impl::closing(DataChannel& /*channel*/)
{
	_closing = true;
	settleLater();
}

void Association::Impl::connect()
{
	_connected = true;
	socket->connect();
	for (const auto& packet : std::exchange(_early, {}))
		socket->input(packet);
	settle();
}

void Association::Impl::onPacket(ByteView packet)
{
	if (!checksum::check(packet))
	{
		++statistics.refusals.checksums;
		return;
	}
	if (_connected)
	{
		if (_watch.onInput(packet))
			socket->input(packet);
	}
	else if (_early.size() < MOST_EARLY)
		_early.emplace_back(packet.begin(), packet.end());
	else
		++statistics.refusals.earlyPackets;
	if (_woken)
		settle();
}

void Association::Impl::shutdown()
{
	_shuttingDown = true;
	_closing = true;
	settleLater();
}

Association::Statistics Association::Impl::currentStatistics() const
{
	auto result = statistics;
	const auto& own = statistics.refusals;
	result.refusals = channels.refusals();
	result.refusals.checksums = own.checksums;
	result.refusals.earlyPackets = own.earlyPackets;
	result.refusals.lostOutput = own.lostOutput;
	result.bytesSent = writer.bytesWritten();
	result.retransmissions = _watch.retransmissions();
	result.roundTrip = socket->roundTrip();
	return result;
}

void Association::Impl::end()
{
	sink = nullptr;
	channels.silence();
	socket.reset();
}

void Association::Impl::settleLater()
{
	if (_settling || gone())
		return;
	const std::lock_guard lock{engine->impl().mutex};
	post();
}

}
