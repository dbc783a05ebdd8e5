#include <gtest/gtest.h>

#include "plugins/discovery/http-echo/HttpEchoDiscovery.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"

using namespace std::chrono_literals;

namespace gimlet::http_echo
{

namespace
{

/// Connections that the test answers by hand.
class ScriptedConnector final : public StreamConnector
{
public:
	std::unique_ptr<Stream> connect(const StreamTarget& to, StreamHandler& streamHandler) override
	{
		class Scripted final : public Stream
		{
		public:
			explicit Scripted(std::string& sent) : _sent(sent) {}
			void send(ByteView bytes) override
			{
				_sent += asText(bytes);
			}
			std::size_t bufferedAmount() const override
			{
				return 0;
			}
			Endpoint remote() const override
			{
				return {};
			}

		private:
			std::string& _sent;
		};
		target = to;
		handler = &streamHandler;
		++connections;
		sent.clear();
		return std::make_unique<Scripted>(sent);
	}

	StreamTarget target;
	StreamHandler* handler = nullptr;
	std::string sent;
	int connections = 0;
};

class HttpEchoTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	test::RecordingDiscoveryHost _host;
	test::FakeContext _context{_loop, "http-echo"};
	ScriptedConnector _connector;
	HttpEchoDiscovery _discovery{_context};

	void start(const std::string& url = "https://echo.example/ip?x=1")
	{
		_context.connector = &_connector;
		_context.discoveries = &_host;
		test::FakeProblems problems;
		_discovery.configure(
			test::settings("http-echo", {{"url", url}, {"interval", "3600"}, {"ca_file", ""}}), problems);
		ASSERT_TRUE(problems.all.empty());
		_discovery.start();
	}

	void answer(const std::string& text)
	{
		_connector.handler->onStreamOpen();
		_connector.handler->onStreamData(asBytes(text));
	}

	const std::vector<std::string>& reports() const
	{
		return _host.reports;
	}
};

TEST_F(HttpEchoTest, AsksOverTlsAndReportsTheAddress)
{
	start();
	EXPECT_EQ(_connector.target.host, "echo.example");
	EXPECT_EQ(_connector.target.port, 443);
	EXPECT_TRUE(_connector.target.tls);
	answer("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n203.0.113.7\n");
	EXPECT_TRUE(_connector.sent.starts_with("GET /ip?x=1 HTTP/1.1\r\nHost: echo.example\r\n"));
	EXPECT_EQ(reports(), std::vector<std::string>{"public 203.0.113.7"});
	EXPECT_EQ(_context.state, PluginState::Ready);
	_loop.advance(3600s);
	EXPECT_EQ(_connector.connections, 2);
}

TEST_F(HttpEchoTest, AnAnswerThatIsNoPublicAddressIsNotReported)
{
	for (const auto* body : {"hello", "", "127.0.0.1", "10.0.0.1", "203.0.113.7 x", "169.254.169.254"})
	{
		EXPECT_FALSE(parseEchoBody(body)) << body;
	}
	EXPECT_EQ(parseEchoBody("  2001:db8::1\r\n"), "2001:db8::1");
	start();
	answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	EXPECT_TRUE(reports().empty());
	EXPECT_EQ(_context.state, PluginState::Degraded);
	EXPECT_NE(_context.states.back().find("hello"), std::string::npos);
}

TEST_F(HttpEchoTest, TriesAgainMoreAndMoreRarely)
{
	start();
	_connector.handler->onStreamClosed("echo.example refuses connections");
	EXPECT_EQ(_context.state, PluginState::Degraded);
	EXPECT_NE(_context.states.back().find("refuses connections"), std::string::npos);
	_loop.advance(10s);
	EXPECT_EQ(_connector.connections, 2);
	_connector.handler->onStreamClosed("echo.example refuses connections");
	_loop.advance(19s);
	EXPECT_EQ(_connector.connections, 2);
	_loop.advance(1s);
	EXPECT_EQ(_connector.connections, 3);
}

TEST_F(HttpEchoTest, AServiceThatNeverAnswersIsGivenUpAndAskedAgain)
{
	start();
	answer("HTTP/1.1 200 OK\r\n");
	_loop.advance(10s);
	EXPECT_EQ(_context.state, PluginState::Degraded);
	EXPECT_NE(_context.states.back().find("did not answer within 10 s"), std::string::npos);
	_loop.advance(10s);
	EXPECT_EQ(_connector.connections, 2);
	answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n203.0.113.7");
	_loop.advance(60s);
	EXPECT_EQ(_context.state, PluginState::Ready);
	EXPECT_EQ(_connector.connections, 2);
}

TEST_F(HttpEchoTest, AnErrorStatusSaysSo)
{
	start("http://echo.example:81");
	EXPECT_EQ(_connector.target.port, 81);
	answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	EXPECT_TRUE(_connector.sent.find("Host: echo.example:81\r\n") != std::string::npos);
	EXPECT_NE(_context.states.back().find("503"), std::string::npos);
}

TEST_F(HttpEchoTest, AChangedNetworkAsksAgainButNotTooOften)
{
	start();
	_discovery.refresh();
	answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n203.0.113.7");
	_discovery.refresh();
	EXPECT_EQ(_connector.connections, 1);
	_loop.advance(30s);
	_discovery.refresh();
	EXPECT_EQ(_connector.connections, 2);
	_discovery.stop();
	_loop.advance(2h);
	EXPECT_EQ(_connector.connections, 2);
}

TEST_F(HttpEchoTest, AUrlThatCannotBeAskedIsAProblem)
{
	test::FakeProblems problems;
	for (const auto* url : {"nonsense", "ftp://host/", "http://", "https:///path"})
	{
		_discovery.configure(
			test::settings("http-echo", {{"url", url}, {"interval", "3600"}, {"ca_file", ""}}), problems);
		EXPECT_FALSE(parseEchoUrl(url)) << url;
	}
	EXPECT_EQ(problems.all.size(), 4U);
	EXPECT_EQ(parseEchoUrl("http://[::1]:8/")->request().find("GET / HTTP/1.1\r\nHost: [::1]:8\r\n"), 0U);
}

}

}
