#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "node/api/EventLoop.h"

namespace gimlet::console
{

/// Keeps the log from garbling the line that is being typed, where both are in one terminal: takes that line
/// away before each log line, and has it shown again below. The log goes where it went, so that nothing of it
/// is lost. Loop thread only, except log().
class LogAbove final : public Poco::Channel
{
public:
	using Ptr = Poco::AutoPtr<LogAbove>;

	/// Whether two descriptors are one terminal.
	static bool sameTerminal(int output, int log);

	/// Stands between the loggers and their channel from now on.
	/// @param descriptor Where the log goes, and the line is. @param redraw Shows the line; called on the
	/// loop.
	static Ptr install(EventLoop& loop, int descriptor, std::function<void()> redraw);

	/// Steps aside again; redraw is not called any more. To be kept for as long as a logger may be at work.
	void uninstall();

	/// Any thread.
	void log(const Poco::Message& message) override;

private:
	LogAbove(EventLoop& loop, int descriptor, std::function<void()> redraw, Poco::Channel* below);
	~LogAbove() override = default;

	EventLoop& _loop;
	int _descriptor;
	std::function<void()> _redraw;
	Poco::AutoPtr<Poco::Channel> _below;
	std::mutex _mutex;
	std::atomic<bool> _posted = false;
	std::atomic<bool> _over = false;
};

}
