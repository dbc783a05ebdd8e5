#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "node/http/Host.h"
#include "tests/support/LoopThread.h"
#include "tests/support/RawClient.h"

namespace gimlet::test
{

/// A host on loopback, any free port, on a loop with a thread of its own.
class HostTest : public testing::Test
{
protected:
	void TearDown() override
	{
		_loop.run(
			[this]
			{
				_mounts.clear();
				_host.reset();
			});
	}

	/// Starts the host with what the test has put into options.
	void start()
	{
		options.listen = parseListenAddress(listen).value();
		options.metrics = &registry;
		_loop.run(
			[this]
			{
				_host = std::make_unique<http::Host>(_loop.loop(), Poco::Logger::get("test"), options);
				_host->start();
				server = _host->listening();
			});
		if (server.isUnspecified())
			server = Endpoint::loopback(server.family(), server.port());
	}

	http::Host& host()
	{
		return *_host;
	}

	EventLoop& loop()
	{
		return _loop.loop();
	}

	/// Runs something on the loop's thread.
	template <typename Call>
	auto onLoop(Call call)
	{
		return _loop.run(std::move(call));
	}

	void mountText(const std::string& pattern, Access access, const std::string& text)
	{
		keep(
			[&] {
				return _host->get(
					pattern, access, [text](const HttpRequest&, HttpReply& reply) { reply.body = text; });
			});
	}

	/// Keeps what was mounted until the end of the test.
	void keep(const std::function<std::unique_ptr<HttpHost::Mount>()>& mount)
	{
		_loop.run([&] { _mounts.push_back(mount()); });
	}

	void dropMounts()
	{
		_loop.run([this] { _mounts.clear(); });
	}

	RawClient::Response get(
		const std::string& target, const std::string& headers = "", const std::string& method = "GET")
	{
		return RawClient{server}.get(target, headers, method);
	}

	/// Waits until something holds on the loop.
	void waitFor(const std::function<bool()>& condition)
	{
		const auto deadline = Clock::now() + std::chrono::seconds{20};
		while (!_loop.run(condition))
		{
			ASSERT_LT(Clock::now(), deadline);
			std::this_thread::yield();
		}
	}

	/// The sum of a metric over its labels that hold the given value.
	double metric(const std::string& name, const std::string& labelValue = "")
	{
		double sum = 0;
		for (const auto& family : registry.Collect())
		{
			if (family.name != name)
				continue;
			for (const auto& each : family.metric)
			{
				bool fits = labelValue.empty();
				for (const auto& label : each.label)
					fits = fits || label.value == labelValue;
				if (fits)
					sum += each.counter.value + each.gauge.value;
			}
		}
		return sum;
	}

	std::string listen = "127.0.0.1:0";
	http::HostOptions options;
	prometheus::Registry registry;
	Endpoint server;

private:
	LoopThread _loop;
	std::unique_ptr<http::Host> _host;
	std::vector<std::unique_ptr<HttpHost::Mount>> _mounts;
};

}
