#include <gmock/gmock.h>

#include "tests/integration/net/NameServer.h"
#include "tests/integration/net/StreamTest.h"
#include "tests/integration/net/TcpServer.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

class LoopStreamTest : public test::StreamTest
{
protected:
	std::string errorOf(const StreamTarget& target)
	{
		test::StreamRecorder record;
		const auto stream = _connector.connect(target, record);
		EXPECT_FALSE(record.closed) << "called back inside the call";
		runUntil([&record] { return record.closed.has_value(); });
		EXPECT_FALSE(record.opened);
		return record.closed.value_or("");
	}

	StreamTarget target() const
	{
		return {.host = "127.0.0.1", .port = _server.endpoint().port(), .caFile = {}, .proxy = {}};
	}

	test::TcpServer _server{_loop};
	test::StreamRecorder _record;
};

TEST_F(LoopStreamTest, CarriesBytesBothWays)
{
	_server.onData = [](auto& connection) { connection.send("echo: " + connection.received()); };
	const auto stream = _connector.connect(target(), _record);
	EXPECT_FALSE(stream->remote().valid());
	_record.onOpen = [&stream] { stream->send(asBytes("hello")); };
	runUntil([this] { return _record.data == "echo: hello"; });
	EXPECT_EQ(stream->remote(), _server.endpoint());
	EXPECT_EQ(stream->bufferedAmount(), 0U);
	EXPECT_EQ(_record.drained, 1);

	_server.connections().front().shutdown();
	runUntil([this] { return _record.closed.has_value(); });
	EXPECT_EQ(*_record.closed, "");
	stream->send(asBytes("into the void"));
	EXPECT_EQ(stream->bufferedAmount(), 0U);
}

TEST_F(LoopStreamTest, ManySmallSendsGoOutInOrderAsWhatTheKernelTakes)
{
	const auto stream = _connector.connect(target(), _record);
	runUntil([this] { return _record.opened; });
	std::string expected;
	for (int index = 0; index < 20'000; ++index)
	{
		const auto text = std::to_string(index) + (index % 1000 == 0 ? std::string(5000, '.') : ",");
		expected += text;
		stream->send(asBytes(text));
	}
	EXPECT_EQ(stream->bufferedAmount(), expected.size());
	runUntil(
		[&]
		{
			return !_server.connections().empty() &&
				   _server.connections().front().received().size() == expected.size();
		});
	EXPECT_EQ(_server.connections().front().received(), expected);
	EXPECT_EQ(_record.drained, 1);
}

TEST_F(LoopStreamTest, DestroyingItClosesItAfterWhatWasSent)
{
	auto stream = _connector.connect(target(), _record);
	runUntil([this] { return _record.opened; });
	stream->send(asBytes("goodbye"));
	stream.reset();
	runUntil([this] { return !_server.connections().empty() && _server.connections().front().ended(); });
	EXPECT_EQ(_server.connections().front().received(), "goodbye");
	EXPECT_FALSE(_record.closed);
}

TEST_F(LoopStreamTest, MayBeDestroyedInEachOfItsCallbacks)
{
	_server.onConnect = [](auto& connection) { connection.send("hello"); };
	{
		std::unique_ptr<Stream> stream = _connector.connect(target(), _record);
		_record.onOpen = [&stream] { stream.reset(); };
		runUntil([this] { return _record.opened; });
	}
	{
		test::StreamRecorder record;
		std::unique_ptr<Stream> stream = _connector.connect(target(), record);
		record.onData = [&stream] { stream.reset(); };
		runUntil([&record] { return !record.data.empty(); });
		EXPECT_EQ(record.data, "hello");
	}
}

TEST_F(LoopStreamTest, DestroyedBeforeItIsOpenItNeverCallsBack)
{
	auto stream = _connector.connect(target(), _record);
	stream.reset();
	bool later = false;
	const auto timer = _loop.after(50ms, [&later] { later = true; });
	runUntil([&later] { return later; });
	EXPECT_FALSE(_record.opened);
	EXPECT_FALSE(_record.closed);
}

TEST_F(LoopStreamTest, SaysThatNobodyListens)
{
	const auto closed = test::closedPort(_loop);
	EXPECT_EQ(errorOf({.host = "127.0.0.1", .port = closed.port(), .caFile = {}, .proxy = {}}),
		closed.toString() + " refused the connection");
}

TEST_F(LoopStreamTest, SaysThatTheNameDoesNotExist)
{
	test::NameServer names(_loop);
	CaresResolver resolver(_loop, {.servers = {names.endpoint()}});
	LoopStreamConnector connector(_loop, resolver);
	const auto stream =
		connector.connect({.host = "missing.test", .port = 80, .caFile = {}, .proxy = {}}, _record);
	runUntil([this] { return _record.closed.has_value(); });
	EXPECT_EQ(*_record.closed, "no such name: missing.test");
}

TEST_F(LoopStreamTest, SaysThatTheNameServerHangs)
{
	test::NameServer names(_loop);
	names.ignore(AF_UNSPEC);
	CaresResolver resolver(_loop, {.servers = {names.endpoint()}});
	LoopStreamConnector connector(_loop, resolver);
	const auto stream = connector.connect(
		{.host = "example.test", .port = 80, .caFile = {}, .proxy = {}, .timeout = 100ms}, _record);
	runUntil([this] { return _record.closed.has_value(); });
	EXPECT_EQ(*_record.closed, "no name server has answered the question for example.test:80 within 0.1 s");
}

TEST_F(LoopStreamTest, ANameOfTwoFamiliesIsReachedByTheOneThatAnswers)
{
	// "localhost" is ::1 and 127.0.0.1; the server is only on the latter.
	auto there = target();
	there.host = "localhost";
	const auto stream = _connector.connect(there, _record);
	runUntil([this] { return _record.opened; });
	EXPECT_EQ(stream->remote(), _server.endpoint());
}

TEST_F(LoopStreamTest, AResetIsNotAnOrderlyEnd)
{
	const auto stream = _connector.connect(target(), _record);
	runUntil([this] { return _record.opened && !_server.connections().empty(); });
	_server.connections().front().reset();
	runUntil([this] { return _record.closed.has_value(); });
	EXPECT_EQ(*_record.closed, _server.endpoint().toString() + " reset the connection");
}

TEST_F(LoopStreamTest, AsksAProxyForTheWay)
{
	_server.onData = [](auto& connection)
	{
		if (connection.received().ends_with("\r\n\r\n"))
			connection.send("HTTP/1.1 200 Connection established\r\n\r\nfrom the target");
	};
	StreamTarget behind{.host = "target.test",
		.port = 9000,
		.caFile = {},
		.proxy = "http://user:pass@" + _server.endpoint().toString()};
	const auto stream = _connector.connect(behind, _record);
	runUntil([this] { return !_record.data.empty(); });
	EXPECT_TRUE(_record.opened);
	EXPECT_EQ(_record.data, "from the target");
	EXPECT_EQ(stream->remote(), _server.endpoint());
	EXPECT_EQ(_server.connections().front().received(),
		"CONNECT target.test:9000 HTTP/1.1\r\nHost: target.test:9000\r\n"
		"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
}

TEST_F(LoopStreamTest, SaysWhatAProxyRefuses)
{
	std::string answer;
	_server.onData = [&answer](auto& connection) { connection.send(answer); };
	const auto proxy = _server.endpoint().toString();
	StreamTarget behind{.host = "target.test", .port = 9000, .caFile = {}, .proxy = "http://" + proxy};
	answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
	EXPECT_EQ(errorOf(behind), "the proxy " + proxy + " wants a user and password that it accepts (407)");
	answer = "HTTP/1.1 403 Forbidden\r\n\r\n";
	EXPECT_EQ(
		errorOf(behind), "the proxy " + proxy + " refused to connect to target.test:9000: 403 Forbidden");
	answer = "SSH-2.0-OpenSSH\r\n";
	EXPECT_EQ(errorOf(behind), proxy + " is not an HTTP proxy: the server does not speak HTTP");
	_server.onData = [](auto& connection) { connection.shutdown(); };
	EXPECT_EQ(errorOf(behind), "the proxy " + proxy + " closed the connection without an answer");
	behind.proxy = "socks5://" + proxy;
	EXPECT_THAT(errorOf(behind), testing::StartsWith("the proxy's address must have the form http://"));
	const auto closed = test::closedPort(_loop).toString();
	behind.proxy = "http://" + closed;
	EXPECT_EQ(errorOf(behind), "the proxy cannot be reached: " + closed + " refused the connection");
}

TEST_F(LoopStreamTest, OneTimeoutBoundsTheWholeWay)
{
	auto silent = target();
	silent.timeout = 100ms;
	silent.tls = true;
	EXPECT_EQ(
		errorOf(silent), _server.endpoint().toString() + " did not finish the TLS handshake within 0.1 s");
	silent.proxy = "http://" + _server.endpoint().toString();
	EXPECT_EQ(errorOf(silent), "the proxy " + _server.endpoint().toString() + " did not connect to " +
								   _server.endpoint().toString() + " within 0.1 s");
}

}

}
