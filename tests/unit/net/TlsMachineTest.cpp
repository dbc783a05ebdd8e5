#include "node/core/net/TlsMachine.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/support/Certificates.h"
#include "tests/support/TempFolder.h"
#include "tests/support/TlsServer.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

using State = TlsMachine::State;

class TlsMachineTest : public testing::Test
{
protected:
	/// Carries bytes between the two until neither has any more.
	State exchange(TlsMachine& client, test::TlsServer& server)
	{
		for (;;)
		{
			Buffer wire;
			client.takeOutput(wire);
			if (!wire.empty())
				_atServer += server.receive(wire);
			const auto back = server.takeOutput();
			if (wire.empty() && back.empty())
				return client.state();
			if (!back.empty())
				client.receive(back, _atClient);
		}
	}

	std::string errorWith(const test::CertificateAuthority::Subject& subject, const std::string& host)
	{
		test::TlsServer server(_authority.issue(subject));
		TlsMachine client(host, _caFile);
		EXPECT_EQ(exchange(client, server), State::Failed);
		return client.error();
	}

	test::TempFolder _folder;
	test::CertificateAuthority _authority;
	const std::string _caFile = _folder.write("ca.pem", _authority.certificate());
	std::string _atServer;
	Buffer _atClient;
};

TEST_F(TlsMachineTest, CarriesBytesBothWays)
{
	for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
	{
		_atServer.clear();
		_atClient.clear();
		test::TlsServer server(_authority.issue({.names = {"rendezvous.test"}, .addresses = {}}), version);
		TlsMachine client("rendezvous.test", _caFile);
		ASSERT_EQ(exchange(client, server), State::Open) << client.error();
		EXPECT_EQ(server.serverName(), "rendezvous.test");
		const std::string large(100'000, 'x');
		client.send(asBytes("hello "));
		client.send(asBytes(large));
		server.send("welcome");
		EXPECT_EQ(exchange(client, server), State::Open);
		EXPECT_EQ(_atServer, "hello " + large);
		EXPECT_EQ(asText(_atClient), "welcome");
	}
}

TEST_F(TlsMachineTest, BytesMayComeOneByOne)
{
	test::TlsServer server(_authority.issue({.names = {"rendezvous.test"}, .addresses = {}}));
	TlsMachine client("rendezvous.test", _caFile);
	Buffer wire;
	client.takeOutput(wire);
	server.receive(wire);
	const auto feed = [&client](const Buffer& bytes)
	{
		Buffer plain;
		for (const auto byte : bytes)
			client.receive({&byte, 1}, plain);
		return plain;
	};
	feed(server.takeOutput());
	ASSERT_EQ(exchange(client, server), State::Open) << client.error();
	server.send("in pieces");
	EXPECT_EQ(asText(feed(server.takeOutput())), "in pieces");
}

TEST_F(TlsMachineTest, AnAddressIsVerifiedAndNotSentAsAName)
{
	test::TlsServer server(_authority.issue({.names = {}, .addresses = {"127.0.0.1"}}));
	TlsMachine client("127.0.0.1", _caFile);
	EXPECT_EQ(exchange(client, server), State::Open) << client.error();
	EXPECT_EQ(server.serverName(), "");
}

TEST_F(TlsMachineTest, TheOtherSideSaysGoodbye)
{
	test::TlsServer server(_authority.issue({.names = {"rendezvous.test"}, .addresses = {}}));
	TlsMachine client("rendezvous.test", _caFile);
	exchange(client, server);
	server.send("last words");
	server.close();
	EXPECT_EQ(exchange(client, server), State::Closed);
	EXPECT_EQ(asText(_atClient), "last words");
	EXPECT_EQ(client.end(), State::Closed);
}

TEST_F(TlsMachineTest, AnEndWithoutGoodbyeIsAFailure)
{
	test::TlsServer server(_authority.issue({.names = {"rendezvous.test"}, .addresses = {}}));
	TlsMachine unfinished("rendezvous.test", _caFile);
	EXPECT_EQ(unfinished.end(), State::Failed);
	EXPECT_EQ(unfinished.error(), "rendezvous.test closed the connection during the TLS handshake");
	TlsMachine client("rendezvous.test", _caFile);
	exchange(client, server);
	EXPECT_EQ(client.end(), State::Failed);
	EXPECT_THAT(client.error(), testing::HasSubstr("broke off"));
}

TEST_F(TlsMachineTest, SaysWhatIsWrongWithACertificate)
{
	EXPECT_EQ(
		errorWith({.names = {"other.test", "*.other.test"}, .addresses = {"192.0.2.1"}}, "rendezvous.test"),
		"the certificate is not for rendezvous.test but for: other.test, *.other.test, 192.0.2.1");
	EXPECT_EQ(errorWith({.names = {"localhost"}, .addresses = {}}, "127.0.0.1"),
		"the certificate is not for 127.0.0.1 but for: localhost");
	EXPECT_EQ(
		errorWith({.names = {"a.test"}, .addresses = {}, .validFrom = -48h, .validUntil = -24h}, "a.test"),
		"the certificate of a.test has expired (or this machine's clock is wrong)");
	EXPECT_EQ(
		errorWith({.names = {"a.test"}, .addresses = {}, .validFrom = 24h, .validUntil = 48h}, "a.test"),
		"the certificate of a.test is not valid yet (or this machine's clock is wrong)");
}

TEST_F(TlsMachineTest, TrustsOnlyTheGivenAuthority)
{
	const test::CertificateAuthority other;
	test::TlsServer server(other.issue({.names = {"rendezvous.test"}, .addresses = {}}));
	TlsMachine client("rendezvous.test", _caFile);
	EXPECT_EQ(exchange(client, server), State::Failed);
	EXPECT_THAT(client.error(), testing::HasSubstr("comes from no trusted authority"));
	EXPECT_THAT(client.error(), testing::HasSubstr("ca_file"));

	test::TlsServer again(_authority.issue({.names = {"rendezvous.test"}, .addresses = {}}));
	TlsMachine system("rendezvous.test", "");
	EXPECT_EQ(exchange(system, again), State::Failed);
}

TEST_F(TlsMachineTest, OldVersionsAreRefused)
{
	test::TlsServer server(_authority.issue({.names = {"a.test"}, .addresses = {}}), TLS1_1_VERSION);
	TlsMachine client("a.test", _caFile);
	EXPECT_EQ(exchange(client, server), State::Failed);
	EXPECT_EQ(client.error(), "a.test does not speak TLS 1.2 or later");
}

TEST_F(TlsMachineTest, AnAnswerThatIsNotTls)
{
	Buffer plain;
	TlsMachine client("a.test", _caFile);
	client.receive(asBytes("HTTP/1.1 400 Bad Request\r\n\r\n"), plain);
	EXPECT_EQ(client.state(), State::Failed);
	EXPECT_EQ(client.error(), "a.test does not speak TLS there; is it plain http:// or ws://?");
	EXPECT_EQ(client.receive(asBytes("more"), plain), State::Failed);
	EXPECT_TRUE(plain.empty());
}

TEST_F(TlsMachineTest, AFileOfAuthoritiesThatCannotBeUsed)
{
	EXPECT_THROW(TlsMachine("a.test", "/nonexistent/ca.pem"), std::runtime_error);
	const auto empty = _folder.write("empty.pem", "no certificate\n");
	try
	{
		const TlsMachine client("a.test", empty);
		FAIL() << "accepted";
	}
	catch (const std::runtime_error& error)
	{
		EXPECT_THAT(error.what(), testing::HasSubstr(empty));
	}
}

}

}
