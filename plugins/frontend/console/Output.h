#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "node/api/EventLoop.h"

namespace gimlet::console
{

/// Writes to a descriptor on the loop without ever blocking it, in order. What a slow reader has not taken
/// waits in a bounded queue; beyond that texts are dropped whole and counted.
///
/// A pipe and a terminal are opened anew for non-blocking use, since the flags of the descriptor itself are
/// shared with other processes.
class Output
{
public:
	/// @param onBroken Called once when nobody reads any more.
	Output(EventLoop& loop, int descriptor, std::function<void(const std::string& error)> onBroken);
	Output(const Output&) = delete;
	Output& operator=(const Output&) = delete;
	~Output();

	/// Queues a text and writes what goes.
	void write(std::string text);

	/// Whether everything has gone to the kernel.
	bool drained() const
	{
		return _queue.empty();
	}

	/// Called whenever everything has gone after something had to wait.
	/// @param dropped How many texts were dropped meanwhile.
	std::function<void(std::size_t dropped)> onDrained;

	/// The most bytes that wait.
	static constexpr std::size_t MAX_QUEUED = 1024 * 1024;

private:
	void flush();
	long writeSome(const std::string& text, std::size_t from);
	void waitUntilWritable();
	void breakOff(const std::string& error);

	EventLoop& _loop;
	int _descriptor;
	bool _owned = false;
	bool _socket = false;
	std::function<void(const std::string&)> _onBroken;
	std::deque<std::string> _queue;
	std::size_t _queued = 0;
	/// Bytes of the first text that have gone.
	std::size_t _gone = 0;
	std::size_t _dropped = 0;
	bool _waiting = false;
	bool _broken = false;
	Watch _watch;
};

}
