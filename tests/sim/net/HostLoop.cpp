#include "tests/sim/net/HostLoop.h"

#include <stdexcept>

namespace gimlet::sim
{

HostLoop::~HostLoop()
{
	for (const auto& [id, entry] : _entries)
		_agenda.cancel(entry);
}

void HostLoop::post(Task task)
{
	addTimer(_agenda.now(), std::move(task));
}

std::uint64_t HostLoop::addTimer(TimePoint time, Task task)
{
	const auto id = ++_lastId;
	_entries.emplace(id, _agenda.at(time,
							 [this, id, task = std::move(task)]
							 {
								 _entries.erase(id);
								 task();
							 }));
	return id;
}

void HostLoop::removeTimer(std::uint64_t id)
{
	const auto found = _entries.find(id);
	if (found == _entries.end())
		return;
	_agenda.cancel(found->second);
	_entries.erase(found);
}

std::uint64_t HostLoop::addWatch(int /*descriptor*/, unsigned /*events*/, WatchCallback /*callback*/)
{
	throw std::logic_error("a simulated host has no descriptors");
}

void HostLoop::updateWatch(std::uint64_t /*id*/, unsigned /*events*/) {}

void HostLoop::removeWatch(std::uint64_t /*id*/) {}

}
