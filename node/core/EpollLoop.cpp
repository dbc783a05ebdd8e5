#include "node/core/EpollLoop.h"

#include <Poco/Exception.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"

namespace gimlet::core
{

namespace
{

constexpr std::uint64_t WAKE_ID = 0;
constexpr int EVENTS_A_ROUND = 256;

int checked(int result, const char* what)
{
	if (result < 0)
		throw Poco::SystemException(std::string{what} + ": " + std::strerror(errno));
	return result;
}

std::uint32_t toEpoll(unsigned events)
{
	std::uint32_t result = 0;
	if (events & EventLoop::READABLE)
		result |= EPOLLIN | EPOLLRDHUP;
	if (events & EventLoop::WRITABLE)
		result |= EPOLLOUT;
	return result;
}

unsigned fromEpoll(std::uint32_t events)
{
	unsigned result = 0;
	if (events & (EPOLLIN | EPOLLRDHUP))
		result |= EventLoop::READABLE;
	if (events & EPOLLOUT)
		result |= EventLoop::WRITABLE;
	if (events & (EPOLLHUP | EPOLLERR))
		result |= EventLoop::HANGUP;
	return result;
}

}

EpollLoop::EpollLoop(Poco::Logger& logger) :
	_logger(logger),
	_epoll(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
	_wake(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
	_thread(std::this_thread::get_id()),
	_now(Clock::now())
{
	epoll_event event{};
	event.events = EPOLLIN;
	event.data.u64 = WAKE_ID;
	checked(epoll_ctl(_epoll.value(), EPOLL_CTL_ADD, _wake.value(), &event), "epoll_ctl");
}

EpollLoop::~EpollLoop()
{
	// What callbacks own may touch the loop as it dies (end a timer, post), so they die while it is in order.
	while (!_posted.empty() || !_timers.empty() || !_watches.empty() || !_removed.empty())
	{
		takePosted().clear();
		if (!_timers.empty())
			removeTimer(_timers.begin()->first.second);
		if (!_watches.empty())
			removeWatch(_watches.begin()->first);
		clearRemoved();
	}
}

void EpollLoop::run()
{
	_thread = std::this_thread::get_id();
	while (!_stopping)
		runOnce(std::chrono::hours{1});
}

void EpollLoop::stop()
{
	_stopping = true;
	eventfd_write(_wake.value(), 1);
}

void EpollLoop::runOnce(Duration longest)
{
	std::array<epoll_event, EVENTS_A_ROUND> events;
	const int ready = epoll_wait(_epoll.value(), events.data(), EVENTS_A_ROUND, waitMilliseconds(longest));
	_now = Clock::now();
	runTimers();
	for (int index = 0; index < ready; ++index)
	{
		const auto& event = events.at(static_cast<std::size_t>(index));
		if (event.data.u64 == WAKE_ID)
		{
			eventfd_t count = 0;
			eventfd_read(_wake.value(), &count);
		}
		else
			runWatch(event.data.u64, event.events);
	}
	runTasks();
	clearRemoved();
}

int EpollLoop::waitMilliseconds(Duration longest)
{
	using std::chrono::milliseconds;
	{
		const std::lock_guard lock(_mutex);
		if (!_posted.empty() || _stopping)
			return 0;
	}
	Duration wait = longest;
	if (!_timers.empty())
		wait = std::min(wait, _timers.begin()->first.first - Clock::now());
	if (wait <= Duration::zero())
		return 0;
	return static_cast<int>(std::chrono::ceil<milliseconds>(wait).count());
}

void EpollLoop::runTimers()
{
	// A timer set at "now" by a timer runs in the next round, or descriptors might starve.
	const auto lastOfRound = _lastId;
	auto next = _timers.begin();
	while (next != _timers.end() && next->first.first <= _now)
	{
		if (next->first.second > lastOfRound)
		{
			++next;
			continue;
		}
		const Task task = std::move(next->second);
		_timerTimes.erase(next->first.second);
		_timers.erase(next);
		guarded(task);
		next = _timers.begin();
	}
}

void EpollLoop::runWatch(std::uint64_t id, std::uint32_t events)
{
	const auto found = _watches.find(id);
	if (found == _watches.end())
		return; // removed by an earlier callback of this round
	auto& callback = found->second->callback;
	guarded([&callback, events] { callback(fromEpoll(events)); });
}

void EpollLoop::runTasks()
{
	const auto tasks = takePosted();
	for (const auto& task : tasks)
		guarded(task);
}

std::vector<EventLoop::Task> EpollLoop::takePosted()
{
	const std::lock_guard lock(_mutex);
	return std::exchange(_posted, {});
}

void EpollLoop::clearRemoved()
{
	// What a callback owns may end further watches, which must not be added to a list that is being cleared.
	while (!_removed.empty())
		std::exchange(_removed, {}).clear();
}

void EpollLoop::guarded(const Task& task)
{
	try
	{
		task();
	}
	catch (...)
	{
		++_failures;
		logError(_logger, "a callback failed: " + currentExceptionText());
	}
}

TimePoint EpollLoop::now() const
{
	return _now;
}

void EpollLoop::post(Task task)
{
	bool wake = false;
	{
		const std::lock_guard lock(_mutex);
		wake = _posted.empty();
		_posted.push_back(std::move(task));
	}
	if (wake)
		eventfd_write(_wake.value(), 1);
}

bool EpollLoop::inLoop() const
{
	return std::this_thread::get_id() == _thread;
}

std::uint64_t EpollLoop::addTimer(TimePoint time, Task task)
{
	const auto id = ++_lastId;
	_timers.emplace(std::pair{time, id}, std::move(task));
	_timerTimes.emplace(id, time);
	return id;
}

void EpollLoop::removeTimer(std::uint64_t id)
{
	const auto found = _timerTimes.find(id);
	if (found == _timerTimes.end())
		return;
	const auto timer = _timers.find({found->second, id});
	_timerTimes.erase(found);
	// The task's destructor may touch the loop, so it dies after the maps are in order.
	const Task dying = std::move(timer->second);
	_timers.erase(timer);
}

std::uint64_t EpollLoop::addWatch(int descriptor, unsigned events, WatchCallback callback)
{
	const auto id = ++_lastId;
	epoll_event event{};
	event.events = toEpoll(events);
	event.data.u64 = id;
	checked(epoll_ctl(_epoll.value(), EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
	_watches.emplace(id, std::make_unique<WatchEntry>(WatchEntry{descriptor, std::move(callback)}));
	return id;
}

void EpollLoop::updateWatch(std::uint64_t id, unsigned events)
{
	const auto found = _watches.find(id);
	if (found == _watches.end())
		return;
	epoll_event event{};
	event.events = toEpoll(events);
	event.data.u64 = id;
	checked(epoll_ctl(_epoll.value(), EPOLL_CTL_MOD, found->second->descriptor, &event), "epoll_ctl");
}

void EpollLoop::removeWatch(std::uint64_t id)
{
	auto entry = _watches.extract(id);
	if (entry.empty())
		return;
	epoll_ctl(_epoll.value(), EPOLL_CTL_DEL, entry.mapped()->descriptor, nullptr);
	_removed.push_back(std::move(entry.mapped()));
}

}
