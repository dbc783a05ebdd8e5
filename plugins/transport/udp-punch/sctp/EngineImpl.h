#pragma once

#include <bit>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>

#include "plugins/transport/udp-punch/sctp/Engine.h"

struct socket;

namespace gimlet::udp_punch::sctp
{

/// An id where usrsctp wants an address: it never looks at what it points to.
inline void* opaque(std::uintptr_t id)
{
	return std::bit_cast<void*>(id);
}

/// One association as the engine sees it. Every call comes with the engine's mutex held and from inside
/// usrsctp: a client may not call the engine back.
class EngineClient
{
public:
	virtual ~EngineClient() = default;

	/// A packet goes out; its checksum is in it. The bytes are usrsctp's.
	/// @param direct Whether the client itself has entered usrsctp; otherwise a timer sends, on any thread.
	virtual void output(std::span<std::uint8_t> packet, bool direct) = 0;
	/// There is something to be read, or room to write.
	virtual void wake() = 0;
	/// Timers have run; output() or wake() may have come from them.
	virtual void timersRan() = 0;
	/// Whether it waits for the answer to a request, which the state of its socket does not show.
	virtual bool requesting() = 0;
};

/// usrsctp is entered by one thread at a time, under one mutex: its own locks are many and not all are taken.
/// An uncontended mutex costs 20 ns, and a process seldom has two loops that both have associations.
struct Engine::Impl
{
	explicit Impl(Clock clock);
	Impl(const Impl&) = delete;
	Impl& operator=(const Impl&) = delete;
	~Impl();

	/// Holds the mutex. A client's packets go out directly while it has entered.
	class Entry
	{
	public:
		Entry(Impl& impl, EngineClient* client) : _lock(impl.mutex), _impl(impl)
		{
			impl.current = client;
			impl.used();
		}
		Entry(const Entry&) = delete;
		Entry& operator=(const Entry&) = delete;
		~Entry()
		{
			_impl.current = nullptr;
		}

	private:
		std::lock_guard<std::mutex> _lock;
		Impl& _impl;
	};

	/// Both with the mutex held. Ids are never used twice.
	std::uintptr_t add(EngineClient& client, struct socket* socket);
	void remove(std::uintptr_t id);

	/// Lets time pass; takes the mutex.
	void tick(unsigned milliseconds);

	std::mutex mutex;
	EngineClient* current = nullptr;

	/// What usrsctp calls.
	void onOutput(std::uintptr_t id, std::span<std::uint8_t> packet);
	static void upcall(struct socket* socket, void* id, int flags);

private:
	struct Member
	{
		EngineClient* client;
		struct socket* socket;
	};

	void onWake(std::uintptr_t id);
	void used();
	void handleTimers(unsigned milliseconds);
	bool anyOutstanding();
	void run();

	const Clock _clock;
	std::uintptr_t _lastId = 0;
	std::unordered_map<std::uintptr_t, Member> _members;
	bool _stopping = false;
	bool _sleeping = false;
	/// Milliseconds of ticks since somebody entered.
	unsigned _quiet = 0;
	std::condition_variable _wake;
	std::thread _thread;
};

}
