#pragma once

#include <future>
#include <thread>

#include "node/core/EpollLoop.h"

namespace gimlet::test
{

/// A loop that runs on a thread of its own, for tests whose clients block.
class LoopThread
{
public:
	LoopThread() : _thread([this] { _loop.run(); }) {}
	LoopThread(const LoopThread&) = delete;
	LoopThread& operator=(const LoopThread&) = delete;

	~LoopThread()
	{
		_loop.stop();
		_thread.join();
	}

	core::EpollLoop& loop()
	{
		return _loop;
	}

	/// Runs something on the loop and waits for it; what it returns or throws comes back.
	template <typename Call>
	auto run(Call call)
	{
		std::packaged_task<decltype(call())()> task(std::move(call));
		auto result = task.get_future();
		_loop.post([&task] { task(); });
		return result.get();
	}

private:
	core::EpollLoop _loop{Poco::Logger::get("test")};
	std::thread _thread;
};

}
