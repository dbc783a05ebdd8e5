#pragma once

#include <memory>

namespace gimlet::udp_punch::sctp
{

/// usrsctp, which exists once in a process: the one declared exception to "nothing global"
/// (docs/ARCHITECTURE.md). Associations share it; it is begun with the first and ended with the last holder.
/// It alone runs timers, on a thread of its own that sleeps while no association has anything outstanding,
/// finds associations by opaque ids (never by pointers that may be gone) and posts what a timer sends to the
/// loop of the association's owner. Any thread.
class Engine
{
public:
	enum class Clock
	{
		Thread, ///< a thread of the engine's ticks
		Manual, ///< tick() does: the simulator
	};

	/// The process' engine, begun if there is none. @param clock Counts when it is begun.
	static std::shared_ptr<Engine> shared(Clock clock = Clock::Thread);

	/// Manual only: lets so many milliseconds pass for every association of the process.
	void tick(unsigned milliseconds);

	Engine(const Engine&) = delete;
	Engine& operator=(const Engine&) = delete;
	~Engine();

	/// The rest is for Association.
	struct Impl;
	Impl& impl()
	{
		return *_impl;
	}

private:
	explicit Engine(Clock clock);

	std::unique_ptr<Impl> _impl;
};

}
