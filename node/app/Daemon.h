#pragma once

namespace gimlet::app
{

/// A process that leaves its terminal.
///
/// POCO's own --daemon forks before anything has been read and throws stderr away, so that a wrong
/// configuration goes unseen and the caller is told 0. Here the caller waits: it returns 0 once the daemon
/// has started, and otherwise the daemon's exit code, after its messages.
class Daemon
{
public:
	/// Forks. Returns in the daemon alone; the caller's process waits and exits. Call before any thread is
	/// started. @throws Poco::SystemException
	Daemon();
	Daemon(const Daemon&) = delete;
	Daemon& operator=(const Daemon&) = delete;
	~Daemon();

	/// The daemon has started: lets the caller go, and stdout and stderr with it.
	void started();

private:
	int _pipe = -1;
};

}
