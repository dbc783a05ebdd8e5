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
/// A mapping that was made is somebody's, or it is deleted again: there is no moment from which it could stay
/// behind, be it that its job becomes unwanted, or that the worker ends, while the job runs or before its
/// result is told.
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

	/// @param callback Called on the loop with what came of a job of Kind::Map that is wanted still.
	Worker(
		EventLoop& loop, Function function, Callback callback, std::chrono::milliseconds patience = PATIENCE);
	Worker(const Worker&) = delete;
	Worker& operator=(const Worker&) = delete;

	/// Does the deletions that are left, and those of what nobody has been told of, nothing else, and ends.
	~Worker();

	void add(Job job);

private:
	struct Shared
	{
		void deleteUnwanted();
		bool tell(std::uint64_t number);

		std::mutex mutex;
		std::condition_variable changed;
		std::deque<Job> jobs;
		/// Mappings that were made and not told yet: the jobs that delete them.
		std::deque<Job> untold;
		std::atomic<bool> ended{false};
		bool done = false;
		EventLoop* loop = nullptr; ///< null once the worker is gone
		Function function;
		std::shared_ptr<Callback> callback;
	};

	static void run(const std::shared_ptr<Shared>& shared);
	static JobResult perform(const Shared& shared, const Job& job);
	static void finish(const std::shared_ptr<Shared>& shared, const Job& job, const JobResult& result);

	std::chrono::milliseconds _patience;
	std::shared_ptr<Shared> _shared;
	std::thread _thread;
};

}
