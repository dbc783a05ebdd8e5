// The thread that does jobs: whatever is made by then, and by whomever it is not wanted any more.
#include "plugins/discovery/port-mapping/Worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "tests/integration/net/LoopTest.h"

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto PATIENCE = 20s; // a bound of failure

/// A router whose jobs take as long as the test wants.
class WorkerTest : public test::LoopTest
{
protected:
	void SetUp() override
	{
		_worker = std::make_unique<Worker>(
			_loop, [this](const Job& job, const std::atomic<bool>& ended) { return perform(job, ended); },
			[this](const JobResult& result) { _told.push_back(result.number); }, PATIENCE);
	}

	/// On the worker's thread.
	JobResult perform(const Job& job, const std::atomic<bool>& ended)
	{
		std::unique_lock lock{_mutex};
		if (job.kind == Job::Kind::Unmap)
		{
			_log.push_back("unmap " + std::to_string(job.externalPort) + " " + job.router);
			_changed.notify_all();
			return {};
		}
		_log.push_back("map " + std::to_string(job.internalPort));
		_changed.notify_all();
		while (!_released && !ended) // looked at now and then, as the libraries' jobs do
			_changed.wait_for(lock, 1ms);
		return {.error = _error,
			.external =
				*Endpoint::parseAddress("203.0.113.7", static_cast<std::uint16_t>(job.internalPort + 1)),
			.lifetime = 7200s,
			.router = "http://router/"};
	}

	std::shared_ptr<std::atomic<bool>> map(std::uint16_t port)
	{
		auto unwanted = std::make_shared<std::atomic<bool>>(false);
		_worker->add({.internalPort = port, .number = ++_number, .unwanted = unwanted});
		return unwanted;
	}

	void release()
	{
		const std::lock_guard lock{_mutex};
		_released = true;
		_changed.notify_all();
	}

	/// Waits until so many jobs were begun. @return All of them.
	std::vector<std::string> begun(std::size_t count)
	{
		std::unique_lock lock{_mutex};
		EXPECT_TRUE(_changed.wait_for(lock, PATIENCE, [this, count] { return _log.size() >= count; }));
		return _log;
	}

	std::mutex _mutex;
	std::condition_variable _changed;
	bool _released = false;
	std::string _error;
	std::vector<std::string> _log;
	std::uint64_t _number = 0;
	std::vector<std::uint64_t> _told;
	std::unique_ptr<Worker> _worker;
};

TEST_F(WorkerTest, WhatIsWantedIsToldAndKept)
{
	map(40001);
	release();
	runUntil([this] { return !_told.empty(); });
	EXPECT_THAT(_told, ElementsAre(1));
	_worker.reset();
	EXPECT_THAT(_log, ElementsAre("map 40001")) << "it is for its owner to delete";
}

TEST_F(WorkerTest, AMappingThatBecameUnwantedOnItsWayIsDeletedAtOnce)
{
	const auto unwanted = map(40001);
	begun(1);
	*unwanted = true;
	map(40001); // anew, for somebody else: it must not be the one that is deleted
	release();
	EXPECT_THAT(begun(3), ElementsAre("map 40001", "unmap 40002 http://router/", "map 40001"));
	runUntil([this] { return !_told.empty(); });
	EXPECT_THAT(_told, ElementsAre(2));
}

TEST_F(WorkerTest, AMappingThatBecameUnwantedBeforeItWasToldIsDeleted)
{
	release();
	const auto unwanted = map(40001);
	map(40003);
	begun(2); // so the first is done, and told to nobody: the loop does not run
	*unwanted = true;
	runUntil([this] { return !_told.empty(); });
	EXPECT_THAT(_told, ElementsAre(2));
	EXPECT_THAT(begun(3), ElementsAre("map 40001", "map 40003", "unmap 40002 http://router/"));
}

TEST_F(WorkerTest, WhatIsUnwantedBeforehandIsNotBegun)
{
	map(40001);
	begun(1);
	*map(40003) = true;
	map(40005);
	release();
	EXPECT_THAT(begun(2), ElementsAre("map 40001", "map 40005"));
}

TEST_F(WorkerTest, AtTheEndAMappingOnItsWayIsDeleted)
{
	map(40001);
	map(40003);
	begun(1);
	_worker.reset();
	EXPECT_THAT(_log, ElementsAre("map 40001", "unmap 40002 http://router/"));
	EXPECT_THAT(_told, IsEmpty());
}

TEST_F(WorkerTest, AtTheEndAMappingThatNobodyWasToldOfIsDeleted)
{
	release();
	map(40001);
	map(40003);
	begun(2);
	_worker.reset();
	EXPECT_THAT(_log, testing::Contains("unmap 40002 http://router/"));
	EXPECT_THAT(_log, testing::Contains("unmap 40004 http://router/"));
	EXPECT_THAT(_log, testing::SizeIs(4));
}

TEST_F(WorkerTest, AFailureIsToldAndLeavesNothingToDelete)
{
	_error = "no answer";
	release();
	map(40001);
	runUntil([this] { return !_told.empty(); });
	_worker.reset();
	EXPECT_THAT(_log, ElementsAre("map 40001"));
}

}

}
