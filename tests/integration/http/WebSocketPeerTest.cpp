// What befalls a WebSocket that no client can bring about.
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "node/http/HostOptions.h"
#include "node/http/Hub.h"
#include "tests/integration/net/LoopTest.h"

namespace gimlet::http
{

namespace
{

class Recorder final : public WebSocketHandler
{
public:
	explicit Recorder(std::vector<std::string>& told) : _told(told) {}

	void onOpen(WebSocketConnection&) override
	{
		_told.emplace_back("open");
	}

	void onText(std::string_view) override {}

	void onClose(std::uint16_t code, std::string_view) override
	{
		_told.push_back("close " + std::to_string(code));
	}

private:
	std::vector<std::string>& _told;
};

class WebSocketPeerTest : public test::LoopTest
{
protected:
	WebSocketPeerTest()
	{
		int ends[2];
		if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
			throw std::runtime_error("no sockets");
		_client = Descriptor{ends[0]};
		_server = ends[1];
		_channel = std::make_shared<Channel>(Descriptor{ends[1]}, Endpoint::loopback(AF_INET, 50000));
	}

	Accepted accepted()
	{
		return {_route, std::make_unique<Recorder>(_told), "", Endpoint::loopback(AF_INET, 50000)};
	}

	prometheus::Registry _registry;
	Metrics _metrics{_registry};
	Deadlines _deadlines{_loop};
	HostOptions _options;
	std::array<std::uint8_t, 4096> _scratch{};
	std::vector<std::string> _told;
	std::shared_ptr<Route> _route = std::make_shared<Route>();
	Descriptor _client;
	int _server = -1;
	std::shared_ptr<Channel> _channel;
	Hub _hub{_loop, _deadlines, _options, _metrics, Poco::Logger::get("test"), _scratch};
};

TEST_F(WebSocketPeerTest, OneThatTheKernelDoesNotWatchIsGivenUp)
{
	// A descriptor is watched once at most, which is as good as any other reason to refuse it.
	auto taken = _loop.watch(_server, 0, [](unsigned) {});
	EXPECT_NO_THROW(_hub.adopt(std::move(_channel), accepted(), {}));
	taken.cancel();
	runUntil([this] { return _hub.size() == 0; });
	EXPECT_EQ(_told, std::vector<std::string>{"close 1006"});
	EXPECT_EQ(_route->connections, 0U);
	EXPECT_EQ(_metrics.webSockets.Value(), 0);
}

TEST_F(WebSocketPeerTest, OneThatIsWatchedIsOpened)
{
	_hub.adopt(std::move(_channel), accepted(), {});
	EXPECT_EQ(_told, std::vector<std::string>{"open"});
	EXPECT_EQ(_route->connections, 1U);
	_client = {};
	runUntil([this] { return _hub.size() == 0; });
	EXPECT_EQ(_told.back(), "close 1006");
}

}

}
