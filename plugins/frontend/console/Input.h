#pragma once

#include <functional>
#include <string_view>

#include "node/api/EventLoop.h"

namespace gimlet::console
{

/// Reads a descriptor on the loop without ever blocking it: a terminal, a pipe, a socket, or a file (which
/// epoll does not take, but which never blocks either). The descriptor stays the caller's, and so do its
/// flags, which other processes may share.
class Input
{
public:
	using OnBytes = std::function<void(std::string_view bytes)>;
	/// @param error A sentence, or empty for the plain end.
	using OnEnd = std::function<void(const std::string& error)>;

	/// Begins to read in the loop's next round.
	Input(EventLoop& loop, int descriptor, OnBytes onBytes, OnEnd onEnd);

	/// Reads no more. Legal in a callback.
	void stop();

private:
	void onReady();
	void readFileLater();
	/// @return Whether there may be more.
	bool readOnce();

	EventLoop& _loop;
	int _descriptor;
	OnBytes _onBytes;
	OnEnd _onEnd;
	Watch _watch;
	Timer _next;
	bool _stopped = false;
};

}
