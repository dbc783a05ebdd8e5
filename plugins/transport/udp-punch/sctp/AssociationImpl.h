#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/ChannelTable.h"
#include "plugins/transport/udp-punch/sctp/EngineImpl.h"
#include "plugins/transport/udp-punch/sctp/PacketWatch.h"
#include "plugins/transport/udp-punch/sctp/Socket.h"
#include "plugins/transport/udp-punch/sctp/Writer.h"

namespace gimlet::udp_punch::sctp
{

/// Joins socket, channels and writer. What timers produce on another thread is kept until the loop takes it:
/// one post for all of it.
struct Association::Impl final : public EngineClient,
								 public ChannelHost,
								 public std::enable_shared_from_this<Association::Impl>
{
	Impl(std::shared_ptr<Engine> engine, EventLoop& loop, const Configuration& configuration, Sink& sink);

	// EngineClient: with the engine's mutex held.
	void output(std::span<std::uint8_t> packet, bool direct) override;
	void wake() override;
	void timersRan() override;
	bool requesting() override;

	// ChannelHost
	TimePoint now() const override;
	void queued(DataChannel& channel) override;
	void closing(DataChannel& channel) override;

	void onPacket(ByteView packet);
	void connect();
	void shutdown();
	/// The association object is gone, though a call of it may be running.
	void end();

	/// Reads all events and acts on them, writes what can be written, makes the requests that are due.
	void settle();
	/// Has settle() run soon, if something calls for it and it is not running.
	void settleLater();

	const std::shared_ptr<Engine> engine;
	EventLoop& loop;
	const Configuration configuration;
	Sink* sink; ///< null when nobody is called any more
	bool up = false;
	/// What is counted here; the rest is asked for.
	Statistics statistics;
	Statistics currentStatistics() const;
	ChannelTable channels;
	Writer writer;
	/// Null before connect() has been called and after end().
	std::unique_ptr<Socket> socket;

private:
	/// With the engine's mutex held.
	void post();
	void addToWriter();
	void onPosted();
	void settleAll();
	void readAll();
	void dispatch(const SocketEvent& event);
	void onUp(const socket_event::Up& event);
	void onLost(const std::string& reason);
	void write();
	void notifyWritten();
	void finishClosing();
	bool gone() const
	{
		return sink == nullptr;
	}

	PacketWatch _watch;
	std::atomic<bool> _connected{false};
	bool _closing = false; ///< a channel is, or the association
	bool _lost = false;
	bool _shuttingDown = false;
	bool _shutDown = false;
	bool _settling = false;
	/// Of the peer, which was ready before us.
	std::vector<Buffer> _early;

	std::atomic<bool> _woken{false};
	std::atomic<bool> _requesting{false};
	// Guarded by the engine's mutex.
	std::vector<Buffer> _timed; ///< packets that a timer sent
	std::size_t _timedCount = 0;
	std::uint64_t _timedLost = 0;
	bool _posted = false;
};

}
