#include "plugins/frontend/console/Input.h"

#include <Poco/Error.h>
#include <Poco/Exception.h>

#include <array>
#include <cerrno>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace gimlet::console
{

namespace
{

constexpr std::size_t CHUNK = 16 * 1024;

/// epoll refuses files, folders and devices like /dev/null with EPERM; reading those does not block.
bool neverBlocks(int descriptor)
{
	struct stat status
	{
	};
	return fstat(descriptor, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

}

Input::Input(EventLoop& loop, int descriptor, OnBytes onBytes, OnEnd onEnd) :
	_loop(loop), _descriptor(descriptor), _onBytes(std::move(onBytes)), _onEnd(std::move(onEnd))
{
	try
	{
		if (!neverBlocks(_descriptor))
		{
			_watch = _loop.watch(_descriptor, EventLoop::READABLE, [this](unsigned) { onReady(); });
			return;
		}
	}
	catch (const Poco::Exception&)
	{
		// /dev/null and its like: read as a file.
	}
	readFileLater();
}

void Input::stop()
{
	_stopped = true;
	_watch.cancel();
	_next.cancel();
}

void Input::onReady()
{
	readOnce();
}

/// One piece a round, so that a large file does not keep the loop from everything else.
void Input::readFileLater()
{
	_next = _loop.after(Duration::zero(),
		[this]
		{
			if (readOnce())
				readFileLater();
		});
}

bool Input::readOnce()
{
	std::array<char, CHUNK> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init)
	const auto count = read(_descriptor, chunk.data(), chunk.size());
	if (count > 0)
	{
		_onBytes({chunk.data(), static_cast<std::size_t>(count)});
		return !_stopped;
	}
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	// A terminal that was closed gives EIO.
	const auto error = count == 0 ? std::string{} : Poco::Error::getMessage(errno);
	stop();
	_onEnd(error);
	return false;
}

}
