// Whole nodes inside the test's own process.
#include "node/core/Runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace gimlet::core
{

namespace
{

/// A node on a thread of its own, from start to end.
class NodeThread
{
public:
	explicit NodeThread(const std::string& name) :
		_setup({.file = name + ".ini",
				   .text = "[node]\nname = " + name +
						   "\nplugins = probe, resolving\noptional = probe\n[http]\nlisten = 127.0.0.1:0\n",
				   .overrides = {},
				   .environment = {}},
			{std::string{GIMLET_FIXTURES} + "/good"}),
		_thread([this] { run(); })
	{
		_started.get_future().wait();
	}

	NodeThread(const NodeThread&) = delete;
	NodeThread& operator=(const NodeThread&) = delete;

	~NodeThread()
	{
		if (_thread.joinable())
			end();
	}

	/// What a question of the loop's answers.
	template <typename Question>
	auto ask(Question question)
	{
		std::promise<decltype(question(*_runtime))> answer;
		_runtime->loop().post([&] { answer.set_value(question(*_runtime)); });
		return answer.get_future().get();
	}

	int end()
	{
		_runtime->loop().post([this] { _runtime->requestStop(0, "the test is over"); });
		_thread.join();
		return _exitCode;
	}

private:
	void run()
	{
		Runtime runtime{_setup, {.version = "test", .dataDirectory = GIMLET_SOURCE_DIR}};
		_runtime = &runtime;
		runtime.configure();
		EXPECT_THAT(_setup.problems().lines(), testing::IsEmpty());
		runtime.start([this] { _started.set_value(); });
		_exitCode = runtime.run();
	}

	Setup _setup;
	Runtime* _runtime = nullptr;
	std::promise<void> _started;
	int _exitCode = -1;
	std::thread _thread;
};

}

TEST(Runtime, TwoLiveInOneProcess)
{
	NodeThread one{"one"};
	NodeThread two{"two"};
	const auto id = [](Runtime& runtime) { return runtime.node().id(); };
	const auto name = [](Runtime& runtime) { return runtime.node().name(); };
	const auto listening = [](Runtime& runtime) { return runtime.http().listening(); };
	EXPECT_EQ(one.ask(name), "one");
	EXPECT_EQ(two.ask(name), "two");
	EXPECT_NE(one.ask(id), two.ask(id));
	EXPECT_NE(one.ask(listening), two.ask(listening));
	EXPECT_NE(one.ask(listening).port(), 0);
	EXPECT_EQ(one.end(), 0);
	EXPECT_EQ(two.ask(name), "two");
	EXPECT_EQ(two.end(), 0);
}

TEST(Runtime, IsReadyWhenEveryRequiredPluginIs)
{
	NodeThread node{"one"};
	const auto plugins = node.ask([](Runtime& runtime) { return runtime.node().plugins(); });
	ASSERT_EQ(plugins.size(), 2U);
	EXPECT_EQ(plugins[0].name, "probe");
	EXPECT_EQ(plugins[0].state, PluginState::Ready);
	EXPECT_FALSE(plugins[0].required);
	EXPECT_EQ(plugins[1].name, "resolving");
	EXPECT_EQ(plugins[1].role, "service");
	EXPECT_EQ(plugins[1].state, PluginState::Starting);
	EXPECT_FALSE(node.ask([](Runtime& runtime) { return runtime.node().ready(); }));
}

}
