// A rendezvous with a STUN server and two nodes, all in this process: nothing is global, and nothing stays.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "node/core/Runtime.h"
#include "node/core/Setup.h"

using namespace std::chrono_literals;

namespace gimlet
{

namespace
{

constexpr auto DEADLINE = 30s; // a bound of failure; linking takes well under a second

std::size_t entries(const char* folder)
{
	const std::filesystem::directory_iterator all(folder);
	return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::uint16_t freeUdpPort()
{
	const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
	sockaddr_storage address{};
	auto length = Endpoint::loopback(AF_INET, 0).toSockaddr(address);
	bind(descriptor, reinterpret_cast<sockaddr*>(&address), length);
	getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
	close(descriptor);
	return Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&address)).port();
}

/// A node on a thread of its own. Calls to it are posted to its loop and waited for.
class RunningNode
{
public:
	explicit RunningNode(const std::string& ini) :
		_setup({.file = "test.ini", .text = ini, .overrides = {}, .environment = {}},
			{GIMLET_BUILD_DIR "/plugins"}),
		_runtime(_setup, {.version = "test", .dataDirectory = GIMLET_SOURCE_DIR})
	{
		_runtime.configure();
		EXPECT_TRUE(_setup.problems().empty());
		std::promise<void> started;
		_thread = std::thread(
			[this, &started]
			{
				_runtime.start([&started] { started.set_value(); });
				_exitCode = _runtime.run();
			});
		if (started.get_future().wait_for(DEADLINE) != std::future_status::ready)
			ADD_FAILURE() << "did not start";
	}

	~RunningNode()
	{
		_runtime.loop().post([this] { _runtime.requestStop(0, "the test is over"); });
		_thread.join();
		EXPECT_EQ(_exitCode, 0);
	}

	template <typename Call>
	auto ask(Call call)
	{
		std::promise<decltype(call(_runtime))> answer;
		auto result = answer.get_future();
		_runtime.loop().post([&] { answer.set_value(call(_runtime)); });
		return result.get();
	}

	bool waitForLink()
	{
		return waitFor(
			[](core::Runtime& runtime)
			{
				const auto peers = runtime.node().peers();
				return !peers.empty() && peers[0].link.state == LinkState::Up;
			});
	}

	template <typename Condition>
	bool waitFor(Condition condition)
	{
		const auto end = Clock::now() + DEADLINE;
		while (Clock::now() < end)
			if (ask(condition))
				return true;
		return false;
	}

private:
	core::Setup _setup;
	core::Runtime _runtime;
	std::thread _thread;
	int _exitCode = -1;
};

class Listener final : public NodeObserver
{
public:
	void peerChanged(const PeerInfo&) override {}
	void messageReceived(const PeerId&, const ChatMessage& message, WallTime) override
	{
		received.push_back(message.content);
	}
	void deliveryChanged(const PeerId&, const std::string&, Delivery delivery, const std::string&) override
	{
		delivered += delivery == Delivery::Delivered ? 1 : 0;
	}

	std::vector<std::string> received;
	int delivered = 0;
};

void chat(RunningNode& from, RunningNode& to, const std::string& words)
{
	Listener speaker;
	Listener hearer;
	to.ask(
		[&](core::Runtime& runtime)
		{
			runtime.node().addObserver(hearer);
			return true;
		});
	from.ask(
		[&](core::Runtime& runtime)
		{
			runtime.node().addObserver(speaker);
			return runtime.node().send({}, words, "", nullptr).error.empty();
		});
	EXPECT_TRUE(to.waitFor([&](core::Runtime&) { return hearer.received == std::vector{words}; }));
	EXPECT_TRUE(from.waitFor([&](core::Runtime&) { return speaker.delivered == 1; }));
	to.ask(
		[&](core::Runtime& runtime)
		{
			runtime.node().removeObserver(hearer);
			return true;
		});
	from.ask(
		[&](core::Runtime& runtime)
		{
			runtime.node().removeObserver(speaker);
			return true;
		});
}

void meetAndTalk()
{
	const auto stunPort = std::to_string(freeUdpPort());
	RunningNode server("[node]\nplugins = rendezvous-server, stun-server\n[http]\nlisten = 127.0.0.1:0\n"
					   "[stun-server]\nlisten = 127.0.0.1:" +
					   stunPort + "\n");
	const auto port =
		std::to_string(server.ask([](core::Runtime& runtime) { return runtime.http().listening().port(); }));
	const auto ini = "[node]\nplugins = udp-plain, stun, rendezvous, web\n[http]\nlisten = 127.0.0.1:0\n"
					 "[udp-plain]\nlisten = 127.0.0.1:0\n[stun]\nservers = 127.0.0.1:" +
					 stunPort + "\n[rendezvous]\nurl = http://127.0.0.1:" + port + "\n";
	RunningNode alice(ini);
	RunningNode bob(ini);
	ASSERT_TRUE(alice.waitForLink());
	ASSERT_TRUE(bob.waitForLink());
	EXPECT_TRUE(alice.ask([](core::Runtime& runtime) { return runtime.node().ready(); }));
	chat(alice, bob, "hello");
	chat(bob, alice, "hello yourself");
}

TEST(TwoNodesTest, MeetTalkAndLeaveNothingBehind)
{
	meetAndTalk(); // the first time opens what libraries keep for the life of the process
	const auto descriptors = entries("/proc/self/fd");
	const auto threads = entries("/proc/self/task");
	meetAndTalk();
	EXPECT_EQ(entries("/proc/self/fd"), descriptors);
	EXPECT_EQ(entries("/proc/self/task"), threads);
}

}

}
