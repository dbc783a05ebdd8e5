#include "plugins/frontend/console/LogAbove.h"

#include <Poco/Logger.h>
#include <Poco/Message.h>

#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "plugins/frontend/console/Terminal.h"

namespace gimlet::console
{

bool LogAbove::sameTerminal(int output, int log)
{
	struct stat left
	{
	};
	struct stat right
	{
	};
	return isatty(output) == 1 && isatty(log) == 1 && fstat(output, &left) == 0 && fstat(log, &right) == 0 &&
		   left.st_rdev == right.st_rdev;
}

LogAbove::LogAbove(EventLoop& loop, int descriptor, std::function<void()> redraw, Poco::Channel* below) :
	_loop(loop), _descriptor(descriptor), _redraw(std::move(redraw)), _below(below, true)
{
}

LogAbove::Ptr LogAbove::install(EventLoop& loop, int descriptor, std::function<void()> redraw)
{
	auto below = Poco::Logger::root().getChannel();
	if (!below)
		return {};
	Ptr above{new LogAbove{loop, descriptor, std::move(redraw), below.get()}};
	Poco::Logger::setChannel("", Poco::AutoPtr<Poco::Channel>{above});
	return above;
}

void LogAbove::uninstall()
{
	_over = true;
	_redraw = nullptr;
	if (Poco::Logger::root().getChannel().get() == this)
		Poco::Logger::setChannel("", _below);
}

void LogAbove::log(const Poco::Message& message)
{
	const std::scoped_lock lock{_mutex};
	if (_over)
		return _below->log(message);
	const auto clear = Terminal::cleared();
	// A terminal that takes nothing more loses the log line as well; there is nobody to tell.
	[[maybe_unused]] const auto written = ::write(_descriptor, clear.data(), clear.size());
	_below->log(message);
	if (_posted.exchange(true))
		return;
	_loop.post(
		[self = Ptr{this, true}]() mutable
		{
			self->_posted.store(false);
			if (self->_redraw)
				self->_redraw();
		});
}

}
