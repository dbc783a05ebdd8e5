#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "node/api/EventLoop.h"

namespace gimlet::app
{

/// Blocks the signals that a node takes by signalfd (SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCONT), and ignores
/// SIGPIPE and SIGTSTP (Cloud Run sends that one around maintenance; the node must go on). Call before any
/// thread is started: threads inherit the mask.
void prepareSignals();

/// Undoes prepareSignals() in a child process that is about to become another program.
void restoreSignals();

/// Hears the blocked signals on a loop.
class SignalWatch
{
public:
	/// @param handler Called with the signal's number. @throws Poco::SystemException
	SignalWatch(EventLoop& loop, std::function<void(int)> handler);
	SignalWatch(const SignalWatch&) = delete;
	SignalWatch& operator=(const SignalWatch&) = delete;
	~SignalWatch();

private:
	void read();

	std::function<void(int)> _handler;
	int _descriptor;
	Watch _watch;
};

/// Sees to it that the process ends within a second of the first request, even if the loop hangs in the
/// middle of something: a thread of its own that sleeps until a signal to end is pending or endSoon() is
/// called, grants most of a second, and then ends the process.
class EndGuard
{
public:
	static constexpr std::chrono::milliseconds GRACE{850};

	/// @throws Poco::SystemException
	EndGuard();
	EndGuard(const EndGuard&) = delete;
	EndGuard& operator=(const EndGuard&) = delete;

	/// The end was reached in time.
	~EndGuard();

	/// The end has begun, with this exit code. Without this call it is 0, a signal's. Any thread.
	void endSoon(int exitCode);

private:
	void watch();

	int _signals;
	int _wake;
	std::atomic<bool> _ended{false};
	std::atomic<int> _exitCode{0};
	std::thread _thread;
};

}
