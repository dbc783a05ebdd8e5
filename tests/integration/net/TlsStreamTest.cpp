#include <gmock/gmock.h>

#include "tests/integration/net/StreamTest.h"
#include "tests/integration/net/TcpServer.h"
#include "tests/support/Certificates.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

/// Streams to OpenSSL's own server, which sends back each line reversed.
class TlsStreamTest : public test::StreamTest
{
protected:
	test::Process serverWith(
		const test::CertificateAuthority::Subject& subject, const std::vector<std::string>& options = {})
	{
		const auto certificate = _authority.issue(subject);
		std::vector<std::string> arguments{"openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
			_folder.write("certificate.pem", certificate.certificate), "-key",
			_folder.write("key.pem", certificate.key)};
		arguments.insert(arguments.end(), options.begin(), options.end());
		return test::Process({.arguments = arguments, .environment = {}, .folder = {}});
	}

	StreamTarget targetOf(test::Process& server, const std::string& host = "localhost")
	{
		const auto port = server.waitForOutput("ACCEPT .*:([0-9]+)");
		return {.host = host,
			.port = static_cast<std::uint16_t>(std::stoi(port)),
			.tls = true,
			.caFile = _folder.write("ca.pem", _authority.certificate()),
			.proxy = {}};
	}

	void expectEcho(const StreamTarget& target, test::StreamRecorder& record)
	{
		std::unique_ptr<Stream> stream = _connector.connect(target, record);
		record.onOpen = [&stream] { stream->send(asBytes("lemig\n")); };
		runUntil([&record] { return (record.data.ends_with('\n') && record.drained > 0) || record.closed; });
		EXPECT_EQ(record.data, "gimel\n") << record.closed.value_or("");
		EXPECT_EQ(record.drained, 1);
	}

	std::string errorOf(const StreamTarget& target)
	{
		test::StreamRecorder record;
		const auto stream = _connector.connect(target, record);
		runUntil([&record] { return record.closed.has_value(); });
		EXPECT_FALSE(record.opened);
		return record.closed.value_or("");
	}

	test::TempFolder _folder;
	test::CertificateAuthority _authority;
};

TEST_F(TlsStreamTest, CarriesBytesOverBothVersions)
{
	for (const auto* version : {"-tls1_2", "-tls1_3"})
	{
		auto server = serverWith({.names = {"localhost"}, .addresses = {}}, {version});
		test::StreamRecorder record;
		expectEcho(targetOf(server), record);
	}
}

TEST_F(TlsStreamTest, AnAddressLiteralIsVerifiedToo)
{
	auto server = serverWith({.names = {}, .addresses = {"127.0.0.1"}});
	test::StreamRecorder record;
	expectEcho(targetOf(server, "127.0.0.1"), record);
}

TEST_F(TlsStreamTest, SaysWhyACertificateIsRefused)
{
	{
		auto server = serverWith({.names = {"other.test"}, .addresses = {}});
		EXPECT_EQ(errorOf(targetOf(server)), "the certificate is not for localhost but for: other.test");
	}
	{
		auto server =
			serverWith({.names = {"localhost"}, .addresses = {}, .validFrom = -48h, .validUntil = -24h});
		EXPECT_THAT(errorOf(targetOf(server)), testing::HasSubstr("has expired"));
	}
	auto server = serverWith({.names = {"localhost"}, .addresses = {}});
	auto target = targetOf(server);
	target.caFile.clear();
	EXPECT_THAT(errorOf(target), testing::HasSubstr("comes from no trusted authority"));
	target.caFile = "/nonexistent.pem";
	EXPECT_THAT(errorOf(target), testing::HasSubstr("/nonexistent.pem cannot be used"));
}

TEST_F(TlsStreamTest, GoesThroughAProxy)
{
	auto server = serverWith({.names = {"rendezvous.test"}, .addresses = {}});
	auto target = targetOf(server, "rendezvous.test");

	// The proxy joins what comes to it with a connection of its own to the server.
	struct Joined
	{
		std::unique_ptr<Stream> stream;
		test::StreamRecorder record;
		std::size_t passedOn = 0;
		std::size_t passedBack = 0;
	} joined;
	test::TcpServer proxy(_loop);
	const auto passOn = [&joined](test::TcpServer::Connection& connection)
	{
		if (!joined.record.opened)
			return;
		joined.stream->send(asBytes(connection.received().substr(joined.passedOn)));
		joined.passedOn = connection.received().size();
	};
	proxy.onData = [&](test::TcpServer::Connection& connection)
	{
		if (joined.stream)
		{
			passOn(connection);
			return;
		}
		joined.passedOn = connection.received().size();
		joined.stream = _connector.connect(
			{.host = "127.0.0.1", .port = target.port, .caFile = {}, .proxy = {}}, joined.record);
		joined.record.onOpen = [&connection] { connection.send("HTTP/1.1 200 OK\r\n\r\n"); };
		joined.record.onData = [&]
		{
			connection.send(joined.record.data.substr(joined.passedBack));
			joined.passedBack = joined.record.data.size();
		};
	};
	target.proxy = "http://" + proxy.endpoint().toString();
	test::StreamRecorder record;
	expectEcho(target, record);
}

TEST_F(TlsStreamTest, ALargeTransferArrivesWhole)
{
	auto server = serverWith({.names = {"localhost"}, .addresses = {}});
	const auto target = targetOf(server);
	test::StreamRecorder record;
	const auto stream = _connector.connect(target, record);
	std::string expected;
	std::string sent;
	for (int line = 0; line < 2'000; ++line)
	{
		const std::string body(static_cast<std::size_t>(line % 300) + 1, static_cast<char>('a' + line % 26));
		sent += body + "!\n";
		expected += "!" + body + "\n";
	}
	record.onOpen = [&] { stream->send(asBytes(sent)); };
	runUntil([&] { return record.data.size() >= expected.size() || record.closed; });
	EXPECT_EQ(record.data, expected);
}

TEST_F(TlsStreamTest, AServerThatDiesBreaksTheStream)
{
	auto server = serverWith({.names = {"localhost"}, .addresses = {}});
	test::StreamRecorder record;
	const auto stream = _connector.connect(targetOf(server), record);
	runUntil([&record] { return record.opened; });
	server.signal(SIGKILL);
	runUntil([&record] { return record.closed.has_value(); });
	EXPECT_THAT(*record.closed, testing::AnyOf(testing::HasSubstr("broke off"), testing::HasSubstr("reset")));
}

TEST_F(TlsStreamTest, APlainServerIsRecognised)
{
	test::TcpServer plain(_loop);
	plain.onData = [](auto& connection) { connection.send("HTTP/1.1 400 Bad Request\r\n\r\n"); };
	const auto error = errorOf(
		{.host = "localhost", .port = plain.endpoint().port(), .tls = true, .caFile = {}, .proxy = {}});
	EXPECT_EQ(error, "localhost does not speak TLS there; is it plain http:// or ws://?");
}

}

}
