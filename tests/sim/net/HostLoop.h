#pragma once

#include <map>

#include "node/api/EventLoop.h"
#include "tests/sim/net/Agenda.h"

namespace gimlet::sim
{

/// The loop of one host, in virtual time. Everything happens on the thread of the test. Descriptors are not
/// watched: watch() throws.
class HostLoop final : public EventLoop
{
public:
	explicit HostLoop(Agenda& agenda) : _agenda(agenda) {}
	~HostLoop() override;

	TimePoint now() const override
	{
		return _agenda.now();
	}
	void post(Task task) override;
	bool inLoop() const override
	{
		return true;
	}

protected:
	std::uint64_t addTimer(TimePoint time, Task task) override;
	void removeTimer(std::uint64_t id) override;
	std::uint64_t addWatch(int descriptor, unsigned events, WatchCallback callback) override;
	void updateWatch(std::uint64_t id, unsigned events) override;
	void removeWatch(std::uint64_t id) override;

private:
	Agenda& _agenda;
	std::uint64_t _lastId = 0;
	std::map<std::uint64_t, Agenda::Entry> _entries;
};

}
