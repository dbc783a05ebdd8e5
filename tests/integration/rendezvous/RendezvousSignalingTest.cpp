#include <gmock/gmock.h>

#include "tests/integration/net/StreamTest.h"
#include "tests/integration/net/TcpServer.h"
#include "tests/integration/rendezvous/ClientFixture.h"
#include "tests/support/Certificates.h"
#include "tests/support/FakeRendezvous.h"
#include "tests/support/TempFolder.h"
#include "tests/support/TlsServer.h"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace gimlet::rendezvous_client
{

namespace
{

const PeerId PEER = "7a1f6f0e-52c1-4b7e-9f43-2f9a63f6c0aa";
const std::string SESSION = "0123456789abcdef";
const std::string OFFER =
	R"({"type":"p2p_connection_offer","peer_worker_id":")" + PEER +
	R"(","peer_udp_ip":"127.0.0.1","peer_udp_port":40001,"transport":"udp-plain/1","session":")" + SESSION +
	R"(","name":"bob","hello":true})";

/// A rendezvous for one client at a time, on loopback, with or without TLS.
class LoopbackRendezvous
{
public:
	explicit LoopbackRendezvous(EventLoop& loop, std::uint16_t port = 0,
		std::optional<test::Certificate> certificate = std::nullopt) :
		_certificate(std::move(certificate)), _server(loop, AF_INET, port)
	{
		_server.onConnect = [this](auto& connection)
		{
			_connection = &connection;
			_seen = 0;
			rendezvous.accept();
			if (_certificate)
				_tls = std::make_unique<test::TlsServer>(*_certificate);
		};
		_server.onData = [this](auto& connection)
		{
			const auto bytes = connection.received().substr(_seen);
			_seen = connection.received().size();
			send(rendezvous.receive(asBytes(_tls ? _tls->receive(asBytes(bytes)) : bytes)));
		};
	}

	std::uint16_t port() const
	{
		return _server.endpoint().port();
	}

	std::string url(const std::string& scheme = "http") const
	{
		return scheme + "://127.0.0.1:" + std::to_string(port());
	}

	void say(std::string_view text)
	{
		send(rendezvous.say(text));
	}

	void close(std::uint16_t code)
	{
		send(rendezvous.close(code));
	}

	test::FakeRendezvous rendezvous;

private:
	void send(const Buffer& plain)
	{
		if (!_tls)
			_connection->send(asText(plain));
		else
		{
			if (!plain.empty())
				_tls->send(asText(plain));
			_connection->send(asText(_tls->takeOutput()));
		}
	}

	std::optional<test::Certificate> _certificate;
	std::unique_ptr<test::TlsServer> _tls;
	test::TcpServer::Connection* _connection = nullptr;
	std::size_t _seen = 0;
	test::TcpServer _server;
};

class RendezvousSignalingTest : public test::StreamTest
{
protected:
	void waitForState(SignalingState state)
	{
		runUntil([&] { return _host.state == state; });
	}

	void waitForMessages(const LoopbackRendezvous& server, std::size_t count)
	{
		runUntil([&] { return server.rendezvous.messages.size() >= count; });
	}

	test::TempFolder _folder;
	test::RendezvousNode _alice{_loop, _connector};
	test::FakeContext& _context = _alice.context;
	test::SignalingRecorder& _host = _alice.host;
	RendezvousSignaling& _plugin = _alice.plugin;
};

TEST_F(RendezvousSignalingTest, AnnouncesTheNodeAndPassesOffersOn)
{
	LoopbackRendezvous server(_loop);
	_alice.start({{"url", server.url() + "/"}});
	EXPECT_EQ(_context.states.back(), "starting: connecting to " + server.url());
	waitForState(SignalingState::Online);
	EXPECT_EQ(_context.state, PluginState::Ready);
	waitForMessages(server, 2);
	EXPECT_THAT(
		server.rendezvous.request, HasSubstr("GET /ws/register/" + _alice.node.ownId + "?room=lobby "));
	EXPECT_THAT(server.rendezvous.request, HasSubstr("User-Agent: gimlet/0.1.0\r\n"));

	server.say(OFFER);
	runUntil([this] { return !_host.offers.empty(); });
	EXPECT_TRUE(_host.offers.front().overLoopback);
	EXPECT_TRUE(_host.offers.front().ours);
	server.say(R"({"type":"peer_left","peer_worker_id":")" + PEER + R"("})");
	runUntil([this] { return !_host.left.empty(); });
	server.say(
		R"({"type":"peer_incompatible","peer_worker_id":")" + PEER + R"(","name":"","transports":["x/1"]})");
	runUntil([this] { return !_host.incompatible.empty(); });
	EXPECT_EQ(_context.metric("gimlet_rendezvous_online"), 1);
	EXPECT_EQ(_context.metric("gimlet_rendezvous_messages_total", {{"direction", "received"}}), 3);
	EXPECT_EQ(_context.metric("gimlet_rendezvous_messages_total", {{"direction", "sent"}}), 2);
}

TEST_F(RendezvousSignalingTest, AHostMayAnswerAnOfferAtOnce)
{
	LoopbackRendezvous server(_loop);
	_host.answer = [](Signaling& from)
	{ EXPECT_TRUE(from.sendSignal(PEER, SESSION, R"({"candidates":[]})")); };
	_alice.start({{"url", server.url()}});
	waitForMessages(server, 2);
	server.say(OFFER);
	waitForMessages(server, 3);
	EXPECT_THAT(server.rendezvous.messages.back(), HasSubstr(R"("data":{"candidates":[]})"));
	server.say(R"({"type":"signal","from":")" + PEER + R"(","session":")" + SESSION + R"(","data":7})");
	runUntil([this] { return !_host.signals.empty(); });
	EXPECT_EQ(_host.signals.front(), PEER + " " + SESSION + " 7");
}

TEST_F(RendezvousSignalingTest, ComesBackWhenTheRendezvousDoes)
{
	auto server = std::make_unique<LoopbackRendezvous>(_loop);
	const auto port = server->port();
	const auto url = server->url();
	_alice.start({{"url", url}});
	waitForMessages(*server, 2);
	server->say(OFFER);
	runUntil([this] { return !_host.offers.empty(); });
	server.reset();
	waitForState(SignalingState::Offline);
	EXPECT_EQ(_context.state, PluginState::Degraded);
	EXPECT_FALSE(_plugin.sendSignal(PEER, SESSION, "{}"));
	EXPECT_EQ(_context.metric("gimlet_rendezvous_online"), 0);
	runUntil([this] { return _host.detail.find("refused the connection") != std::string::npos; });
	EXPECT_TRUE(_host.left.empty());

	server = std::make_unique<LoopbackRendezvous>(_loop, port);
	waitForState(SignalingState::Online);
	waitForMessages(*server, 2);
	EXPECT_EQ(_context.state, PluginState::Ready);
	EXPECT_EQ(_context.metric("gimlet_rendezvous_connections_total"), 2);
}

TEST_F(RendezvousSignalingTest, UsesTlsAndTheGivenAuthority)
{
	const test::CertificateAuthority authority;
	LoopbackRendezvous server(_loop, 0, authority.issue({.names = {}, .addresses = {"127.0.0.1"}}));
	_alice.start({{"url", server.url("wss")}, {"ca_file", _folder.write("ca.pem", authority.certificate())},
		{"token", "secret"}});
	waitForState(SignalingState::Online);
	waitForMessages(server, 2);
	EXPECT_THAT(server.rendezvous.request, HasSubstr("Authorization: Bearer secret\r\n"));
	server.say(OFFER);
	runUntil([this] { return !_host.offers.empty(); });
}

TEST_F(RendezvousSignalingTest, SaysThatItDoesNotTrustTheCertificate)
{
	const test::CertificateAuthority authority;
	LoopbackRendezvous server(_loop, 0, authority.issue({.names = {}, .addresses = {"127.0.0.1"}}));
	_alice.start({{"url", server.url("https")}});
	runUntil([this] { return _context.state == PluginState::Degraded; });
	EXPECT_THAT(_host.detail, HasSubstr("comes from no trusted authority"));
}

TEST_F(RendezvousSignalingTest, AChangedTokenIsTakenAtTheNextConnection)
{
	LoopbackRendezvous server(_loop);
	const auto file = _folder.write("token", "first\n");
	_alice.start({{"url", server.url()}, {"token_file", file}});
	waitForMessages(server, 2);
	EXPECT_THAT(server.rendezvous.request, HasSubstr("Bearer first\r\n"));
	_folder.write("token", "second\n");
	server.close(1001);
	waitForState(SignalingState::Offline);
	waitForState(SignalingState::Online);
	EXPECT_THAT(server.rendezvous.request, HasSubstr("Bearer second\r\n"));
}

TEST_F(RendezvousSignalingTest, ACommandGivesTheToken)
{
	LoopbackRendezvous server(_loop);
	_alice.start({{"url", server.url()}, {"token_command", "echo from-command"}});
	waitForState(SignalingState::Online);
	EXPECT_THAT(server.rendezvous.request, HasSubstr("Bearer from-command\r\n"));
}

TEST_F(RendezvousSignalingTest, ATokenForACloudsGateTravelsBesideTheOther)
{
	LoopbackRendezvous server(_loop);
	_alice.start({{"url", server.url()}, {"token", "ours"}, {"iam_token_command", "echo googles"}});
	waitForState(SignalingState::Online);
	EXPECT_THAT(server.rendezvous.request, HasSubstr("\r\nAuthorization: Bearer ours\r\n"));
	EXPECT_THAT(server.rendezvous.request, HasSubstr("\r\nX-Serverless-Authorization: Bearer googles\r\n"));
}

TEST_F(RendezvousSignalingTest, SaysWhichTokenCannotBeHad)
{
	_alice.start(
		{{"url", "http://127.0.0.1:9"}, {"token_command", "echo ours"}, {"iam_token_file", "/nonexistent"}});
	waitForState(SignalingState::Offline);
	EXPECT_THAT(_context.states.back(), HasSubstr("iam_token_file /nonexistent cannot be read"));
}

TEST_F(RendezvousSignalingTest, AFailingCommandIsRunAgain)
{
	LoopbackRendezvous server(_loop);
	const auto marker = _folder.path() + "/logged-in";
	_alice.start({{"url", server.url()},
		{"token_command", "test -e " + marker + " && echo token || { echo log in first >&2; exit 1; }"}});
	waitForState(SignalingState::Offline);
	EXPECT_THAT(_context.states.back(), HasSubstr("token_command ended with exit code 1: log in first"));
	_folder.write("logged-in", "");
	waitForState(SignalingState::Online);
}

TEST_F(RendezvousSignalingTest, StopsWhileACommandHangs)
{
	_alice.start({{"url", "http://127.0.0.1:9"}, {"token_command", "sleep 600"}});
	const auto begun = Clock::now();
	_plugin.stop();
	EXPECT_LT(Clock::now() - begun, 1s);
}

TEST_F(RendezvousSignalingTest, SaysGoodbyeAndThenCallsNobody)
{
	LoopbackRendezvous server(_loop);
	_alice.start({{"url", server.url()}});
	waitForMessages(server, 2);
	_plugin.stop();
	const auto state = _host.state;
	runUntil([&server] { return server.rendezvous.closeCode.has_value(); });
	EXPECT_EQ(server.rendezvous.closeCode, 1001);
	EXPECT_EQ(_host.state, state);
	EXPECT_FALSE(_plugin.sendSignal(PEER, SESSION, "{}"));
	_plugin.describe(_alice.description);
	_plugin.stop();
}

TEST_F(RendezvousSignalingTest, EntersAnotherRoomAtOnce)
{
	LoopbackRendezvous server(_loop);
	_alice.start({{"url", server.url()}});
	waitForMessages(server, 2);
	_plugin.reconfigure(_alice.settingsWith({{"room", "attic"}}));
	runUntil([&server] { return server.rendezvous.request.find("?room=attic ") != std::string::npos; });
	waitForMessages(server, 2);
	EXPECT_EQ(_host.detail, "connected to the rendezvous " + server.url() + ", room attic");
	EXPECT_THROW(_plugin.reconfigure(_alice.settingsWith({{"room", "no room"}})), PluginError);
	EXPECT_TRUE(_plugin.sendSignal(PEER, SESSION, "{}")) << "the old settings stay";
}

TEST_F(RendezvousSignalingTest, GoesThroughTheConfiguredProxy)
{
	test::TcpServer proxy(_loop);
	proxy.onData = [](auto& connection) { connection.send("HTTP/1.1 407 No\r\n\r\n"); };
	_alice.start(
		{{"url", "http://rendezvous.test"}, {"proxy", "http://user:pass@" + proxy.endpoint().toString()}});
	waitForState(SignalingState::Offline);
	EXPECT_THAT(_host.detail, HasSubstr("wants a user and password"));
	EXPECT_THAT(_host.detail, testing::Not(HasSubstr("pass@")));
	EXPECT_THAT(proxy.connections().front().received(), testing::StartsWith("CONNECT rendezvous.test:80 "));
}

}

}
