#include "plugins/transport/udp-punch/sctp/Engine.h"

#include <usrsctp.h>

#include <algorithm>
#include <chrono>

#include "plugins/transport/udp-punch/sctp/Checksum.h"
#include "plugins/transport/udp-punch/sctp/EngineImpl.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

using std::chrono::milliseconds;

/// The granularity of usrsctp's timers (10 ms is what its own thread has).
constexpr milliseconds TICK{10};
/// A machine that stood still does not let a minute of time-outs happen at once.
constexpr milliseconds LONGEST_TICK{200};
/// Longer than a delayed acknowledgement may wait; after this only what is outstanding keeps the thread
/// awake.
constexpr unsigned QUIET = 250;
/// Closed sockets are freed by timers within some ten milliseconds; the rest is a bound.
constexpr int MOST_LAST_TICKS = 6000;

/// usrsctp is process-wide and its callbacks carry no user data: the declared exception to "nothing global".
struct Process
{
	std::mutex mutex;
	std::condition_variable ended;
	bool running = false;
	std::weak_ptr<Engine> engine;
	Engine::Impl* impl = nullptr; ///< written while usrsctp is not running
};

Process& process()
{
	static Process instance;
	return instance;
}

int onOutput(void* address, void* buffer, std::size_t length, std::uint8_t /*tos*/, std::uint8_t /*df*/)
{
	const std::span packet{static_cast<std::uint8_t*>(buffer), length};
	if (length < checksum::HEADER)
		return 0;
	checksum::write(packet);
	if (auto* impl = process().impl)
		impl->onOutput(std::bit_cast<std::uintptr_t>(address), packet);
	return 0;
}

void beginUsrsctp()
{
	usrsctp_init_nothreads(0, onOutput, nullptr);
	usrsctp_enable_crc32c_offload();
	// Nobody but DTLS is below: no addresses are added, nothing is authenticated again, no router marks
	// packets.
	usrsctp_sysctl_set_sctp_ecn_enable(0);
	usrsctp_sysctl_set_sctp_asconf_enable(0);
	usrsctp_sysctl_set_sctp_auto_asconf(0);
	usrsctp_sysctl_set_sctp_auth_enable(0);
	usrsctp_sysctl_set_sctp_nrsack_enable(0);
	usrsctp_sysctl_set_sctp_pktdrop_enable(0);
	usrsctp_sysctl_set_sctp_blackhole(2);
	// 8 MiB of 1,100-byte chunks are 7,600 (FIELD.md's recipe for 4 MiB buffers has the same number).
	usrsctp_sysctl_set_sctp_max_chunks_on_queue(10240);
	// ICE decides when a path is dead: a chunk may be repeated without end (0 is no limit).
	usrsctp_sysctl_set_sctp_max_retran_chunk(0);
	// RFC 6928's ten, where RFC 9260 has about three.
	usrsctp_sysctl_set_sctp_initial_cwnd(10);
	usrsctp_sysctl_set_sctp_max_burst_default(10);
}

/// Whether something is unacknowledged, or a handshake is under way.
bool timersMayRun(struct socket* socket)
{
	sctp_status status{};
	socklen_t size = sizeof status;
	return usrsctp_getsockopt(socket, IPPROTO_SCTP, SCTP_STATUS, &status, &size) == 0 &&
		   (status.sstat_state != SCTP_ESTABLISHED || status.sstat_unackdata > 0 ||
			   status.sstat_penddata > 0);
}

}

Engine::Impl::Impl(Clock clock) : _clock(clock)
{
	process().impl = this;
	beginUsrsctp();
	if (_clock == Clock::Thread)
		_thread = std::thread{[this] { run(); }};
}

Engine::Impl::~Impl()
{
	if (_thread.joinable())
	{
		{
			const std::lock_guard lock{mutex};
			_stopping = true;
		}
		_wake.notify_one();
		_thread.join();
	}
	for (int i = 0; i < MOST_LAST_TICKS && usrsctp_finish() != 0; ++i)
		usrsctp_handle_timers(TICK.count());
	process().impl = nullptr;
}

std::uintptr_t Engine::Impl::add(EngineClient& client, struct socket* socket)
{
	const auto id = ++_lastId;
	_members.emplace(id, Member{&client, socket});
	usrsctp_register_address(opaque(id));
	return id;
}

void Engine::Impl::remove(std::uintptr_t id)
{
	usrsctp_deregister_address(opaque(id));
	_members.erase(id);
}

void Engine::Impl::onOutput(std::uintptr_t id, std::span<std::uint8_t> packet)
{
	const auto found = _members.find(id);
	if (found != _members.end())
		found->second.client->output(packet, found->second.client == current);
}

void Engine::Impl::onWake(std::uintptr_t id)
{
	const auto found = _members.find(id);
	if (found != _members.end())
		found->second.client->wake();
}

void Engine::Impl::upcall(struct socket* /*socket*/, void* id, int /*flags*/)
{
	if (auto* impl = process().impl)
		impl->onWake(std::bit_cast<std::uintptr_t>(id));
}

void Engine::Impl::used()
{
	_quiet = 0;
	if (_sleeping)
	{
		_sleeping = false;
		_wake.notify_one();
	}
}

void Engine::Impl::tick(unsigned duration)
{
	const std::lock_guard lock{mutex};
	handleTimers(duration);
}

void Engine::Impl::handleTimers(unsigned duration)
{
	constexpr auto STEP = static_cast<unsigned>(TICK.count());
	while (duration > 0)
	{
		const auto step = std::min(duration, STEP);
		usrsctp_handle_timers(step);
		duration -= step;
	}
	for (const auto& [id, member] : _members)
		member.client->timersRan();
}

bool Engine::Impl::anyOutstanding()
{
	return std::any_of(_members.begin(), _members.end(),
		[](const auto& entry)
		{ return entry.second.client->requesting() || timersMayRun(entry.second.socket); });
}

void Engine::Impl::run()
{
	using std::chrono::steady_clock;
	std::unique_lock lock{mutex};
	auto last = steady_clock::now();
	while (!_stopping)
	{
		if (_quiet >= QUIET)
		{
			_quiet = 0;
			if (!anyOutstanding())
			{
				_sleeping = true;
				_wake.wait(lock, [this] { return _stopping || !_sleeping; });
				last = steady_clock::now();
				continue;
			}
		}
		_wake.wait_until(lock, last + TICK, [this] { return _stopping; });
		const auto now = steady_clock::now();
		const auto passed = std::min(std::chrono::duration_cast<milliseconds>(now - last), LONGEST_TICK);
		last = now;
		_quiet += static_cast<unsigned>(passed.count());
		handleTimers(static_cast<unsigned>(passed.count()));
	}
}

Engine::Engine(Clock clock) : _impl(std::make_unique<Impl>(clock)) {}

Engine::~Engine()
{
	_impl.reset();
	auto& only = process();
	{
		const std::lock_guard lock{only.mutex};
		only.running = false;
	}
	only.ended.notify_all();
}

std::shared_ptr<Engine> Engine::shared(Clock clock)
{
	auto& only = process();
	std::unique_lock lock{only.mutex};
	for (;;)
	{
		if (auto engine = only.engine.lock())
			return engine;
		if (!only.running)
			break;
		// The last holder is about to end it.
		only.ended.wait(lock);
	}
	only.running = true;
	std::shared_ptr<Engine> engine{new Engine(clock)};
	only.engine = engine;
	return engine;
}

void Engine::tick(unsigned milliseconds)
{
	_impl->tick(milliseconds);
}

}
