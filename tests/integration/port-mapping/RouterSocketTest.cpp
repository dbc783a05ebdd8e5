// The sockets for a router, in a network of their own, and what is left where one cannot be had.
#include "plugins/discovery/port-mapping/RouterSocket.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Exception.h>
#include <Poco/Message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/OwnNetwork.h"

namespace gimlet::port_mapping
{

namespace
{

using testing::ElementsAre;
using testing::StartsWith;

/// What a logger was given.
class Lines final : public Poco::Channel
{
public:
	void log(const Poco::Message& message) override
	{
		lines.push_back(message.getText());
	}

	std::vector<std::string> lines;
};

/// A loop that only counts what it is to watch, and may have no room for more.
class NarrowLoop final : public EventLoop
{
public:
	TimePoint now() const override
	{
		return {};
	}

	void post(Task) override {}

	bool inLoop() const override
	{
		return true;
	}

	std::size_t watches() const
	{
		return _watches;
	}

	bool full = false;

protected:
	std::uint64_t addTimer(TimePoint, Task) override
	{
		return 1;
	}

	void removeTimer(std::uint64_t) override {}

	std::uint64_t addWatch(int, unsigned, WatchCallback) override
	{
		if (full)
			throw Poco::SystemException("epoll_ctl: No space left on device");
		return ++_watches;
	}

	void updateWatch(std::uint64_t, unsigned) override {}

	void removeWatch(std::uint64_t) override
	{
		--_watches;
	}

private:
	std::size_t _watches = 0;
};

class RouterSocketTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (!test::OwnNetwork::permitted())
			GTEST_SKIP() << "needs a network of its own: run as root";
		_network.emplace();
		ASSERT_EQ(std::system("ip address add 10.9.0.1/32 dev lo"), 0);
	}

	void open(const std::string& client)
	{
		_logger.setChannel(_lines);
		_socket.open(
			{.router = *Endpoint::parse("10.9.0.1:0"), .client = *Endpoint::parseAddress(client, 0)});
	}

	std::optional<test::OwnNetwork> _network;
	NarrowLoop _loop;
	Poco::AutoPtr<Lines> _lines{new Lines};
	Poco::Logger& _logger = Poco::Logger::get("router-socket-test");
	RouterSocket _socket{_loop, _logger, [](ByteView, bool) {}};
};

TEST_F(RouterSocketTest, WithoutASocketForRequestsAnnouncementsAreHeard)
{
	open("10.9.0.77");
	EXPECT_FALSE(_socket.canAsk());
	EXPECT_TRUE(_socket.hearsAnnouncements());
	EXPECT_THAT(_lines->lines, ElementsAre(StartsWith("no socket to ask the router by PCP")));
	_socket.send(Buffer{1, 2, 3});
	open("10.9.0.1");
	EXPECT_TRUE(_socket.canAsk());
	EXPECT_THAT(_lines->lines, testing::SizeIs(1));
	_socket.close();
	EXPECT_EQ(_loop.watches(), 0U);
}

TEST_F(RouterSocketTest, WithoutASocketForAnnouncementsTheRouterIsAsked)
{
	const UdpSocket other{ListenAddress{.endpoint = Endpoint::parse("224.0.0.1:5350"), .port = 5350}};
	open("10.9.0.1");
	EXPECT_TRUE(_socket.canAsk());
	EXPECT_FALSE(_socket.hearsAnnouncements());
	EXPECT_THAT(_lines->lines, ElementsAre(StartsWith("the router's announcements cannot be heard")));
}

TEST_F(RouterSocketTest, WhatCannotBeWatchedIsNotOpen)
{
	_loop.full = true;
	open("10.9.0.1");
	EXPECT_FALSE(_socket.canAsk());
	EXPECT_FALSE(_socket.hearsAnnouncements());
	EXPECT_THAT(_lines->lines, ElementsAre(testing::HasSubstr("No space left on device"),
								   StartsWith("the router's announcements cannot be heard")));
	_loop.full = false;
	open("10.9.0.1");
	EXPECT_TRUE(_socket.canAsk());
	EXPECT_TRUE(_socket.hearsAnnouncements());
}

}

}
