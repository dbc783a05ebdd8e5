#include "plugins/frontend/console/Output.h"

#include <Poco/Error.h>
#include <Poco/Exception.h>
#include <fmt/format.h>

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gimlet::console
{

namespace
{

/// A pipe that poll() calls writable takes this much at once (POSIX: PIPE_BUF, at least 512).
constexpr std::size_t SAFE_CHUNK = 512;

}

Output::Output(EventLoop& loop, int descriptor, std::function<void(const std::string&)> onBroken) :
	_loop(loop), _descriptor(descriptor), _onBroken(std::move(onBroken))
{
	struct stat status
	{
	};
	if (fstat(descriptor, &status) != 0)
		return;
	_socket = S_ISSOCK(status.st_mode);
	if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode))
		return;
	const int anew = open(
		fmt::format("/proc/self/fd/{}", descriptor).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (anew < 0)
		return; // a terminal of somebody else's: written to in pieces that do not block
	_descriptor = anew;
	_owned = true;
}

Output::~Output()
{
	_watch.cancel();
	if (_owned)
		close(_descriptor);
}

void Output::write(std::string text)
{
	if (_broken || text.empty())
		return;
	if (_queued + text.size() > MAX_QUEUED)
	{
		++_dropped;
		return;
	}
	_queued += text.size();
	_queue.push_back(std::move(text));
	if (!_waiting)
		flush();
}

void Output::flush()
{
	while (!_queue.empty())
	{
		const auto& text = _queue.front();
		const auto count = writeSome(text, _gone);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			return waitUntilWritable();
		if (count < 0)
			return breakOff(Poco::Error::getMessage(errno));
		_gone += static_cast<std::size_t>(count);
		if (_gone < text.size())
			continue;
		_queued -= text.size();
		_queue.pop_front();
		_gone = 0;
	}
	if (!_waiting)
		return;
	_waiting = false;
	_watch.cancel();
	const auto dropped = std::exchange(_dropped, 0);
	if (onDrained)
		onDrained(dropped);
}

/// As write(), but with EAGAIN where that would block.
long Output::writeSome(const std::string& text, std::size_t from)
{
	const char* data = text.data() + from;
	const auto size = text.size() - from;
	if (_socket)
		return send(_descriptor, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (_owned)
		return ::write(_descriptor, data, size);
	pollfd ready{_descriptor, POLLOUT, 0};
	if (poll(&ready, 1, 0) == 0)
	{
		errno = EAGAIN;
		return -1;
	}
	return ::write(_descriptor, data, std::min(size, SAFE_CHUNK));
}

void Output::waitUntilWritable()
{
	if (std::exchange(_waiting, true))
		return;
	try
	{
		_watch = _loop.watch(_descriptor, EventLoop::WRITABLE, [this](unsigned) { flush(); });
	}
	catch (const Poco::Exception& error)
	{
		breakOff(error.displayText());
	}
}

void Output::breakOff(const std::string& error)
{
	_broken = true;
	_queue.clear();
	_queued = 0;
	_watch.cancel();
	_onBroken(error);
}

}
