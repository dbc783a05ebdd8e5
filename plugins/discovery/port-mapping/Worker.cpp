#include "plugins/discovery/port-mapping/Worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/api/ExceptionText.h"

namespace gimlet::port_mapping
{

namespace
{

/// The job that takes back what a job has made.
Job deletion(const Job& job, const JobResult& result)
{
	auto undo = job;
	undo.kind = Job::Kind::Unmap;
	undo.externalPort = result.external.port();
	undo.lifetime = std::chrono::seconds{0};
	undo.router = result.router;
	return undo;
}

}

Worker::Worker(EventLoop& loop, Function function, Callback callback, std::chrono::milliseconds patience) :
	_patience(patience), _shared(std::make_shared<Shared>())
{
	_shared->loop = &loop;
	_shared->function = std::move(function);
	_shared->callback = std::make_shared<Callback>(std::move(callback));
	_thread = std::thread([shared = _shared] { run(shared); });
}

Worker::~Worker()
{
	std::unique_lock lock{_shared->mutex};
	_shared->ended = true;
	_shared->loop = nullptr;
	_shared->callback.reset();
	std::erase_if(_shared->jobs, [](const Job& job) { return job.kind == Job::Kind::Map; });
	_shared->changed.notify_all();
	const bool done = _shared->changed.wait_for(lock, _patience, [this] { return _shared->done; });
	if (!done)
		_shared->jobs.clear();
	lock.unlock();
	if (done)
		_thread.join();
	else
		_thread.detach();
}

void Worker::add(Job job)
{
	const std::lock_guard lock{_shared->mutex};
	_shared->jobs.push_back(std::move(job));
	_shared->changed.notify_all();
}

void Worker::run(const std::shared_ptr<Shared>& shared)
{
	std::unique_lock lock{shared->mutex};
	for (;;)
	{
		shared->changed.wait(lock,
			[&shared]
			{
				shared->deleteUnwanted();
				return shared->ended || !shared->jobs.empty();
			});
		if (shared->jobs.empty())
			break;
		const auto job = std::move(shared->jobs.front());
		shared->jobs.pop_front();
		if (job.kind == Job::Kind::Map && job.isUnwanted())
			continue;
		lock.unlock();
		const auto result = perform(*shared, job);
		lock.lock();
		if (job.kind == Job::Kind::Map)
			finish(shared, job, result);
	}
	shared->done = true;
	shared->changed.notify_all();
}

JobResult Worker::perform(const Shared& shared, const Job& job)
{
	JobResult result;
	try
	{
		result = shared.function(job, shared.ended);
	}
	catch (...)
	{
		result.error = currentExceptionText();
	}
	result.number = job.number;
	return result;
}

/// With the lock.
void Worker::finish(const std::shared_ptr<Shared>& shared, const Job& job, const JobResult& result)
{
	const bool made = result.error.empty();
	if (made)
		shared->untold.push_back(deletion(job, result));
	if (!shared->loop)
		return;
	shared->loop->post(
		[shared, callback = std::weak_ptr{shared->callback}, made, result]
		{
			const auto alive = callback.lock();
			if (alive && (!made || shared->tell(result.number)))
				(*alive)(result);
		});
}

/// Deletions go before what is to be mapped next, which may be the same port. With the lock.
void Worker::Shared::deleteUnwanted()
{
	const auto unwanted = std::stable_partition(
		untold.begin(), untold.end(), [this](const Job& made) { return !ended && !made.isUnwanted(); });
	std::move(unwanted, untold.end(), std::front_inserter(jobs));
	untold.erase(unwanted, untold.end());
}

/// @return Whether the mapping is wanted: from now on it is its owner who has it deleted.
bool Worker::Shared::tell(std::uint64_t number)
{
	const std::lock_guard lock{mutex};
	const auto made =
		std::find_if(untold.begin(), untold.end(), [number](const Job& job) { return job.number == number; });
	if (made == untold.end())
		return false;
	if (made->isUnwanted())
	{
		changed.notify_all();
		return false;
	}
	untold.erase(made);
	return true;
}
}
