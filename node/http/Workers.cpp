#include "node/http/Workers.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace gimlet::http
{

Workers::Workers(std::size_t threads, std::size_t maxQueue) : _maxQueue(maxQueue)
{
	for (std::size_t i = 0; i < threads; ++i)
		_threads.emplace_back([this] { loop(); });
}

Workers::~Workers()
{
	{
		const std::lock_guard lock(_mutex);
		_stopping = true;
		_queue.clear();
	}
	_wake.notify_all();
	for (auto& thread : _threads)
		thread.join();
}

bool Workers::run(Work work)
{
	{
		const std::lock_guard lock(_mutex);
		if (_stopping || _queue.size() >= _maxQueue)
			return false;
		_queue.push_back(std::move(work));
	}
	_wake.notify_one();
	return true;
}

void Workers::loop()
{
	// Signals are the main thread's.
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, nullptr);
	pthread_setname_np(pthread_self(), "http");
	std::unique_lock lock(_mutex);
	while (true)
	{
		_wake.wait(lock, [this] { return _stopping || !_queue.empty(); });
		if (_stopping)
			return;
		auto work = std::move(_queue.front());
		_queue.pop_front();
		lock.unlock();
		work();
		work = nullptr;
		lock.lock();
	}
}

}
