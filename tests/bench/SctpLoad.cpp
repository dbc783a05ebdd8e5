// Two SCTP associations in one thread, joined by queues: what usrsctp and the channels above it cost without
// DTLS and sockets, and what an idle association weighs.
//     bench-sctp-load [SECONDS]
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/Engine.h"

namespace
{

using namespace gimlet;
namespace sctp = udp_punch::sctp;

constexpr std::size_t MESSAGE = 65536;

/// A loop that does nothing but posted tasks.
class TaskLoop final : public EventLoop
{
public:
	TimePoint now() const override
	{
		return Clock::now();
	}
	void post(Task task) override
	{
		_tasks.push_back(std::move(task));
	}
	bool inLoop() const override
	{
		return true;
	}
	void run()
	{
		while (!_tasks.empty())
		{
			const auto task = std::move(_tasks.front());
			_tasks.pop_front();
			task();
		}
	}

protected:
	std::uint64_t addTimer(TimePoint, Task) override
	{
		return 0;
	}
	void removeTimer(std::uint64_t) override {}
	std::uint64_t addWatch(int, unsigned, WatchCallback) override
	{
		return 0;
	}
	void updateWatch(std::uint64_t, unsigned) override {}
	void removeWatch(std::uint64_t) override {}

private:
	std::deque<Task> _tasks;
};

/// One end; it keeps its channel full.
class End final : public sctp::Sink, public ChannelObserver
{
public:
	End(const std::shared_ptr<sctp::Engine>& engine, TaskLoop& loop,
		sctp::Association::Configuration configuration) :
		association(engine, loop, configuration, *this)
	{
	}

	void sctpSend(ByteView packet) override
	{
		if (count == packets.size())
			packets.emplace_back();
		packets[count++].assign(packet.begin(), packet.end());
	}
	void associationUp() override {}
	ChannelObserver* channelOffered(Channel&) override
	{
		return this;
	}
	void associationLost(const std::string&) override {}

	void messageBegin(Channel&, MessageKind) override {}
	void messagePart(Channel&, ByteView bytes) override
	{
		received += bytes.size();
	}
	void messageEnd(Channel&) override {}
	void drained(Channel& channel) override
	{
		fill(channel);
	}
	void closed(Channel&, const std::string&) override {}

	void fill(Channel& channel)
	{
		static const Buffer message(MESSAGE, 7);
		while (channel.bufferedAmount() < 16 * MESSAGE)
			channel.send(MessageKind::Binary, message);
	}

	/// What was sent since the last call goes to the other end.
	bool deliver(End& other)
	{
		const auto sent = std::exchange(count, 0);
		delivering.swap(packets);
		for (std::size_t i = 0; i < sent; ++i)
			other.association.onPacket(delivering[i]);
		return sent > 0;
	}

	std::vector<Buffer> packets;
	std::vector<Buffer> delivering;
	std::size_t count = 0;
	std::uint64_t received = 0;
	sctp::Association association;
};

struct Pair
{
	explicit Pair(std::size_t packetSize)
	{
		sctp::Association::Configuration configuration;
		configuration.packetSize = packetSize;
		configuration.dtlsClient = true;
		one = std::make_unique<End>(engine, loop, configuration);
		configuration.dtlsClient = false;
		other = std::make_unique<End>(engine, loop, configuration);
		one->association.connect();
		other->association.connect();
	}

	bool exchange()
	{
		const bool there = one->deliver(*other);
		const bool back = other->deliver(*one);
		loop.run();
		return there || back;
	}

	TaskLoop loop;
	std::shared_ptr<sctp::Engine> engine = sctp::Engine::shared(sctp::Engine::Clock::Manual);
	std::unique_ptr<End> one;
	std::unique_ptr<End> other;
};

/// Of this process: what counts on a machine that has other work.
double cpuSeconds()
{
	return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void measureGoodput(std::size_t packetSize, std::chrono::duration<double> duration)
{
	Pair pair{packetSize};
	while (pair.exchange())
	{
	}
	ChannelOptions options;
	options.label = "bulk";
	auto& channel = pair.one->association.open(options, *pair.one);
	channel.setLowWater(8 * MESSAGE);
	pair.one->fill(channel);

	const auto cpuBefore = cpuSeconds();
	const auto start = Clock::now();
	auto ticked = start;
	auto now = start;
	for (; now - start < duration; now = Clock::now())
	{
		pair.exchange();
		if (now - ticked >= std::chrono::milliseconds{10})
		{
			ticked += std::chrono::milliseconds{10};
			pair.engine->tick(10);
		}
	}
	const std::chrono::duration<double> passed = now - start;
	const auto cpu = cpuSeconds() - cpuBefore;
	std::printf("{\"name\": \"sctp goodput\", \"packet\": %zu, \"value\": %.0f, \"unit\": \"Mbit/s\", "
				"\"cpu_value\": %.0f, \"retransmissions\": %llu}\n",
		packetSize, static_cast<double>(pair.other->received) * 8e-6 / passed.count(),
		static_cast<double>(pair.other->received) * 8e-6 / cpu,
		static_cast<unsigned long long>(pair.one->association.statistics().retransmissions));
}

double residentKib()
{
	std::ifstream file{"/proc/self/statm"};
	double size = 0;
	double resident = 0;
	file >> size >> resident;
	return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

void measureMemory()
{
	constexpr int PAIRS = 200;
	std::vector<std::unique_ptr<Pair>> pairs;
	const auto engine = sctp::Engine::shared(sctp::Engine::Clock::Manual);
	const auto before = residentKib();
	for (int i = 0; i < PAIRS; ++i)
	{
		pairs.push_back(std::make_unique<Pair>(1160));
		while (pairs.back()->exchange())
		{
		}
	}
	std::printf("{\"name\": \"sctp idle association\", \"value\": %.1f, \"unit\": \"KiB\"}\n",
		(residentKib() - before) / (2 * PAIRS));
}

}

int main(int count, char** arguments)
{
	const std::chrono::duration<double> duration{count > 1 ? std::atof(arguments[1]) : 3.0};
	measureMemory();
	for (const std::size_t packetSize : {1160, 8900})
		measureGoodput(packetSize, duration);
	return 0;
}
