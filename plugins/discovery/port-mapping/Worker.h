#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "node/api/EventLoop.h"
#include "plugins/discovery/port-mapping/Jobs.h"

namespace gimlet::port_mapping
{

/// A thread for jobs that block, one after another. Loop thread only.
///
/// A library may hang for longer than a node takes to end. The thread is then left to itself: it touches
/// nothing but what it shares with nobody else, and plugins are never unloaded.
class Worker
{
public:
	using Function = std::function<JobResult(const Job& job, const std::atomic<bool>& ended)>;
	using Callback = std::function<void(const JobResult& result)>;

	/// How long the jobs that are left may take at the end.
	static constexpr std::chrono::milliseconds PATIENCE{1'000};

	/// @param callback Called on the loop with what came of a job.
	Worker(EventLoop& loop, Function function, Callback callback);
	Worker(const Worker&) = delete;
	Worker& operator=(const Worker&) = delete;

	/// Does the deletions that are left, nothing else, and ends.
	~Worker();

	void add(Job job);

private:
	struct Shared
	{
		std::mutex mutex;
		std::condition_variable changed;
		std::deque<Job> jobs;
		std::atomic<bool> ended{false};
		bool done = false;
		EventLoop* loop = nullptr; ///< null once the worker is gone
		Function function;
		std::shared_ptr<Callback> callback;
	};

	static void run(const std::shared_ptr<Shared>& shared);

	std::shared_ptr<Shared> _shared;
	std::thread _thread;
};

}
