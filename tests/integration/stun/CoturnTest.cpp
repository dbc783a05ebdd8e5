// Discovery through a real port, with real names, against coturn's STUN server.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "node/api/UdpSocket.h"
#include "node/core/EpollLoop.h"
#include "node/core/net/CaresResolver.h"
#include "plugins/discovery/stun/Finder.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/Process.h"
#include "tests/support/SocketPort.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace std::chrono_literals;
using stun_discovery::Finder;

namespace
{

/// A UDP port that is free on all addresses now; coturn cannot choose one by itself.
std::uint16_t freePort()
{
	return UdpSocket{ListenAddress{}}.local().port();
}

class CoturnTest : public testing::Test
{
protected:
	/// @param behaviour Whether it serves RFC 5780 by its first two addresses.
	void startCoturn(std::initializer_list<const char*> addresses, bool behaviour = false)
	{
		_serverPort = freePort();
		test::Process::Options options;
		options.arguments = {"turnserver", "-v", "-S", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp",
			"--log-file=stdout", "--pidfile=/dev/null", "--userdb=" + _folder.path() + "/db",
			"--relay-threads=1", "--listening-port=" + std::to_string(_serverPort)};
		if (behaviour)
			options.arguments.push_back("--alt-listening-port=" + std::to_string(freePort()));
		else
			options.arguments.push_back("--no-rfc5780");
		for (const auto* address : addresses)
			options.arguments.insert(options.arguments.end(), {"-L", address});
		_coturn = std::make_unique<test::Process>(options);
		for (const auto* address : addresses)
			_coturn->waitForOutput("UDP listener opened on: " + std::string{address} + ":");
	}

	void begin(const std::string& servers)
	{
		test::FakeProblems problems;
		context.discoveries = &host;
		context.ownResolver = &_resolver;
		finder.configure(test::settings("stun", {{"servers", servers}, {"refresh", "5"}}), problems);
		ASSERT_EQ(problems.all, std::vector<std::string>{});
		finder.start();
		_watch = loop.watch(port.socket.descriptor(), EventLoop::READABLE,
			[this](unsigned)
			{
				port.socket.receive(_batch);
				for (std::size_t i = 0; i < _batch.size(); ++i)
					finder.onDatagram(
						_batch[i].bytes, {&port, _batch[i].local, _batch[i].remote}, loop.now());
			});
		finder.portOpened(port);
	}

	/// Runs the loop until a report has come.
	bool reported(const std::string& report)
	{
		const auto end = Clock::now() + 20s;
		while (std::find(host.reports.begin(), host.reports.end(), report) == host.reports.end())
		{
			if (Clock::now() >= end)
				return false;
			loop.runOnce(100ms);
		}
		return true;
	}

	std::string server(const std::string& host_) const
	{
		return host_ + ":" + std::to_string(_serverPort);
	}

	std::string mapped(const std::string& address) const
	{
		return "found server-reflexive " + address + ":" + std::to_string(port.localEndpoint().port());
	}

	core::EpollLoop loop{Poco::Logger::get("test")};
	test::RecordingDiscoveryHost host;
	test::SocketPort port;

private:
	std::uint16_t _serverPort = 0;
	test::TempFolder _folder;
	std::unique_ptr<test::Process> _coturn;
	core::CaresResolver _resolver{loop};
	UdpReceiveBatch _batch{8, 1500};
	Watch _watch;

protected:
	test::FakeContext context{loop, "stun"};
	Finder finder{context};
};

}

TEST_F(CoturnTest, twoServersAgree)
{
	startCoturn({"127.0.0.1", "127.0.0.2"});
	begin(server("127.0.0.1") + "," + server("127.0.0.2"));
	EXPECT_TRUE(reported(mapped("127.0.0.1")));
	EXPECT_TRUE(reported("mapping endpoint-independent"));
	EXPECT_TRUE(reported("done"));
	EXPECT_EQ(context.state, PluginState::Ready);
}

TEST_F(CoturnTest, aNameIsAskedOverBothFamilies)
{
	startCoturn({"127.0.0.1", "::1"});
	begin(server("localhost"));
	EXPECT_TRUE(reported(mapped("127.0.0.1")));
	EXPECT_TRUE(reported(mapped("[::1]")));
}

TEST_F(CoturnTest, aDeadServerDelaysNothing)
{
	startCoturn({"127.0.0.1"});
	begin(server("127.0.0.3") + "," + server("127.0.0.1"));
	EXPECT_TRUE(reported(mapped("127.0.0.1")));
	EXPECT_TRUE(reported("done"));
	EXPECT_EQ(context.state, PluginState::Ready);
}

TEST_F(CoturnTest, oneServerWithTwoAddressesTellsWhatTheNatDoes)
{
	startCoturn({"127.0.0.1", "127.0.0.2"}, true);
	begin(server("127.0.0.1"));
	EXPECT_TRUE(reported(mapped("127.0.0.1")));
	const auto end = Clock::now() + 20s;
	while ((host.nats.empty() || !host.nats.back().hairpin) && Clock::now() < end)
		loop.runOnce(100ms);
	ASSERT_FALSE(host.nats.empty());
	EXPECT_EQ(host.nats.back().mapping, MappingBehaviour::EndpointIndependent);
	EXPECT_EQ(host.nats.back().filtering, FilteringBehaviour::EndpointIndependent);
	EXPECT_EQ(host.nats.back().assignment, PortAssignment::Preserving);
	EXPECT_EQ(host.nats.back().hairpin, true);
}
