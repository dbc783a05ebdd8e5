#include "plugins/discovery/port-mapping/Worker.h"

#include <utility>

#include "node/api/ExceptionText.h"

namespace gimlet::port_mapping
{

Worker::Worker(EventLoop& loop, Function function, Callback callback) : _shared(std::make_shared<Shared>())
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
	const bool done = _shared->changed.wait_for(lock, PATIENCE, [this] { return _shared->done; });
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
		shared->changed.wait(lock, [&shared] { return shared->ended || !shared->jobs.empty(); });
		if (shared->jobs.empty())
			break;
		const auto job = std::move(shared->jobs.front());
		shared->jobs.pop_front();
		lock.unlock();
		JobResult result;
		try
		{
			result = shared->function(job, shared->ended);
		}
		catch (...)
		{
			result.error = currentExceptionText();
		}
		result.number = job.number;
		lock.lock();
		if (shared->loop)
			shared->loop->post(
				[callback = std::weak_ptr{shared->callback}, result]
				{
					if (const auto alive = callback.lock())
						(*alive)(result);
				});
	}
	shared->done = true;
	shared->changed.notify_all();
}

}
