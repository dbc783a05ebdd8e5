#include "node/app/Signals.h"

#include <Poco/Exception.h>

#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <unistd.h>

namespace gimlet::app
{

namespace
{

sigset_t setOf(std::initializer_list<int> signals)
{
	sigset_t set;
	sigemptyset(&set);
	for (const int signal : signals)
		sigaddset(&set, signal);
	return set;
}

sigset_t allSignals()
{
	return setOf({SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCONT});
}

int openSignals(const sigset_t& set)
{
	const int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (descriptor < 0)
		throw Poco::SystemException("signalfd", std::strerror(errno), errno);
	return descriptor;
}

}

void prepareSignals()
{
	const auto set = allSignals();
	pthread_sigmask(SIG_BLOCK, &set, nullptr);
	std::signal(SIGPIPE, SIG_IGN);
	std::signal(SIGTSTP, SIG_IGN);
}

void restoreSignals()
{
	std::signal(SIGPIPE, SIG_DFL);
	std::signal(SIGTSTP, SIG_DFL);
	const auto set = allSignals();
	pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

SignalWatch::SignalWatch(EventLoop& loop, std::function<void(int)> handler) :
	_handler(std::move(handler)),
	_descriptor(openSignals(allSignals())),
	_watch(loop.watch(_descriptor, EventLoop::READABLE, [this](unsigned) { read(); }))
{
}

SignalWatch::~SignalWatch()
{
	_watch.cancel();
	close(_descriptor);
}

void SignalWatch::read()
{
	signalfd_siginfo info{};
	while (::read(_descriptor, &info, sizeof info) == sizeof info)
		_handler(static_cast<int>(info.ssi_signo));
}

EndGuard::EndGuard() :
	_signals(openSignals(setOf({SIGTERM, SIGINT, SIGQUIT}))),
	_wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
	_thread([this] { watch(); })
{
}

EndGuard::~EndGuard()
{
	_ended = true;
	eventfd_write(_wake, 1);
	_thread.join();
	close(_wake);
	close(_signals);
}

void EndGuard::endSoon(int exitCode)
{
	_exitCode = exitCode;
	eventfd_write(_wake, 1);
}

void EndGuard::watch()
{
	std::array<pollfd, 2> descriptors{{{_wake, POLLIN, 0}, {_signals, POLLIN, 0}}};
	// The signal is only looked at, never taken: that is the loop's to do, if it can.
	while (poll(descriptors.data(), descriptors.size(), -1) <= 0)
	{
	}
	const auto deadline = Clock::now() + GRACE;
	for (;;)
	{
		const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
		if (_ended)
			return;
		if (left.count() <= 0)
			break;
		eventfd_t count = 0;
		eventfd_read(_wake, &count);
		if (!_ended)
			poll(descriptors.data(), 1, static_cast<int>(left.count()));
	}
	constexpr char TEXT[] = "gimlet: something did not end in time; ending without it\n";
	[[maybe_unused]] const auto written = write(STDERR_FILENO, TEXT, sizeof TEXT - 1);
	_exit(_exitCode);
}

}
