// Two nodes' ports exchange datagrams through coturn, over each carriage, as an operator would set it up.
#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "node/api/UdpSocket.h"
#include "node/core/net/CaresResolver.h"
#include "node/core/net/LoopStreamConnector.h"
#include "node/protocol/base64/Base64.h"
#include "node/protocol/stun/Digest.h"
#include "plugins/discovery/turn/Turn.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/support/Certificates.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace std::chrono_literals;
using turn::Turn;

namespace
{

/// A port that is free on all addresses now, of UDP and of TCP; coturn cannot choose one by itself.
std::uint16_t freePort()
{
	while (true)
	{
		const UdpSocket socket{ListenAddress{}};
		try
		{
			const Poco::Net::ServerSocket listener{socket.local().port()};
			return socket.local().port();
		}
		catch (const Poco::Exception&)
		{
			continue; // somebody has it of TCP
		}
	}
}

/// A plugin with what surrounds it in a node.
struct Node
{
	Node(EventLoop& loop, Resolver& resolver, StreamConnector& streams, const turn::Timing& timing) :
		context(loop, "turn"), plugin(context, timing)
	{
		context.discoveries = &host;
		context.ownResolver = &resolver;
		context.connector = &streams;
	}

	void start(const std::string& servers, const std::string& user, const std::string& password,
		const std::string& caFile)
	{
		test::FakeProblems problems;
		plugin.configure(test::settings("turn", {{"servers", servers}, {"user", user}, {"password", password},
													{"ca_file", caFile}}),
			problems);
		ASSERT_EQ(problems.all, std::vector<std::string>{});
		plugin.start();
	}

	bool heard(std::string_view text) const
	{
		return std::any_of(host.received.begin(), host.received.end(),
			[&](const auto& datagram) { return asText(datagram.second) == text; });
	}

	test::FakeContext context;
	test::RecordingDiscoveryHost host;
	Turn plugin;
};

class CoturnRelayTest : public test::LoopTest
{
protected:
	void startCoturn(std::vector<std::string> further, bool ipv6 = false)
	{
		const auto certificate = _authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
		_port = freePort();
		_tlsPort = freePort();
		test::Process::Options options;
		options.arguments = {"turnserver", "-v", "-n", "--no-cli", "--no-dtls", "--no-rfc5780",
			"--log-file=stdout", "--pidfile=/dev/null", "--userdb=" + _folder.path() + "/db",
			"--relay-threads=1", "--listening-port=" + std::to_string(_port),
			"--tls-listening-port=" + std::to_string(_tlsPort), "-L", "127.0.0.1", "--realm=example.org",
			"--allow-loopback-peers", "--cert=" + _folder.write("cert.pem", certificate.certificate),
			"--pkey=" + _folder.write("key.pem", certificate.key)};
		if (ipv6)
			options.arguments.insert(options.arguments.end(), {"-L", "::1"});
		options.arguments.insert(options.arguments.end(), further.begin(), further.end());
		_coturn = std::make_unique<test::Process>(options);
		_coturn->waitForOutput("UDP listener opened on: 127.0.0.1:");
		_coturn->waitForOutput("Total General servers");
	}

	void startCoturnWithUser(std::vector<std::string> further = {}, bool ipv6 = false)
	{
		further.insert(further.end(), {"--lt-cred-mech", "--user=anna:secret"});
		startCoturn(std::move(further), ipv6);
	}

	Node& node()
	{
		return *_nodes.emplace_back(std::make_unique<Node>(_loop, _resolver, _streams, timing));
	}

	std::string udp() const
	{
		return "turn:127.0.0.1:" + std::to_string(_port);
	}
	std::string tcp() const
	{
		return udp() + "?transport=tcp";
	}
	std::string tls() const
	{
		return "turns:localhost:" + std::to_string(_tlsPort);
	}

	std::string caFile() const
	{
		return _folder.write("ca.pem", _authority.certificate());
	}

	/// Both send until both have heard, and then until they talk on channels.
	void exchange(Node& one, Node& other, std::size_t which = 0)
	{
		runUntil([&] { return one.host.offered.size() > which && other.host.offered.size() > which; });
		ASSERT_FALSE(HasFatalFailure());
		auto& here = *one.host.offered[which];
		auto& there = *other.host.offered[which];
		auto sending = _loop.after(0s, [] {});
		std::function<void()> again = [&]
		{
			here.send(asBytes("from one"), there.localEndpoint());
			there.send(asBytes("from the other"), here.localEndpoint());
			sending = _loop.after(50ms, again);
		};
		again();
		runUntil([&] { return one.heard("from the other") && other.heard("from one"); });
		runUntil([&] { return onChannels(one) && onChannels(other); });
		const auto& [path, datagram] = other.host.received.back();
		EXPECT_EQ(path.port, &there);
		EXPECT_EQ(path.remote, here.localEndpoint());
		EXPECT_EQ(path.local, there.localEndpoint());
	}

	static bool onChannels(const Node& node)
	{
		const auto count = [&](const char* direction) {
			return node.context.metric(
				"gimlet_turn_datagrams_total", {{"direction", direction}, {"by", "channel"}});
		};
		return count("sent") > 0 && count("received") > 0;
	}

	/// Runs the loop until coturn says something.
	bool logged(const std::string& pattern)
	{
		const auto end = Clock::now() + 20s;
		while (Clock::now() < end)
		{
			_loop.runOnce(20ms);
			try
			{
				_coturn->waitForOutput(pattern, 20ms);
				return true;
			}
			catch (const std::exception&) // not yet
			{
			}
		}
		return false;
	}

	turn::Timing timing;
	std::unique_ptr<test::Process> _coturn;
	std::uint16_t _port = 0;
	std::uint16_t _tlsPort = 0;

private:
	test::CertificateAuthority _authority;
	test::TempFolder _folder;
	core::CaresResolver _resolver{_loop};
	core::LoopStreamConnector _streams{_loop, _resolver};
	std::vector<std::unique_ptr<Node>> _nodes;
};

}

TEST_F(CoturnRelayTest, overUdp)
{
	startCoturnWithUser();
	auto& one = node();
	auto& other = node();
	one.start(udp(), "anna", "secret", "");
	other.start(udp(), "anna", "secret", "");
	exchange(one, other);
	EXPECT_EQ(one.context.state, PluginState::Ready);
	EXPECT_EQ(one.host.reports,
		std::vector<std::string>{"found relayed " + one.host.offered[0]->localEndpoint().toString()});
	one.plugin.stop();
	EXPECT_TRUE(logged("delete: realm=<example.org>, username=<anna>")) << "the allocation is given back";
}

TEST_F(CoturnRelayTest, overTcp)
{
	startCoturnWithUser();
	auto& one = node();
	auto& other = node();
	one.start(tcp(), "anna", "secret", "");
	other.start(udp(), "anna", "secret", "");
	exchange(one, other);
}

TEST_F(CoturnRelayTest, overTls)
{
	startCoturnWithUser();
	auto& one = node();
	auto& other = node();
	one.start(tls(), "anna", "secret", caFile());
	other.start(tls(), "anna", "secret", caFile());
	exchange(one, other);
}

TEST_F(CoturnRelayTest, aCertificateThatNobodyTrustsIsTold)
{
	startCoturnWithUser();
	auto& one = node();
	one.start(tls(), "anna", "secret", "");
	// Its port for TLS may open after the others; the node tries again.
	runUntil(
		[&]
		{
			return one.context.state == PluginState::Degraded &&
				   one.context.states.back().find("trusted") != std::string::npos;
		});
}

TEST_F(CoturnRelayTest, withPasswordsThatExpire)
{
	startCoturn({"--use-auth-secret", "--static-auth-secret=north"});
	const auto user = std::to_string(std::time(nullptr) + 3600) + ":node";
	const auto password = base64::encode(stun::hmacSha1(asBytes("north"), asBytes(user)));
	auto& one = node();
	auto& other = node();
	for (auto* const each : {&one, &other})
	{
		each->start("", "", "", "");
		each->plugin.relayServers({{udp(), user, password}});
	}
	exchange(one, other);
	one.plugin.relayServers({{udp(), std::to_string(std::time(nullptr) + 7200) + ":node", "renewed"}});
	one.plugin.refresh();
	EXPECT_TRUE(logged("refreshed, realm=<example.org>, username=<" + user + ">"));
}

TEST_F(CoturnRelayTest, staysAliveWhileNoncesGoStale)
{
	timing.quiet = 300ms;
	startCoturnWithUser({"--stale-nonce=1"});
	auto& one = node();
	one.start(udp(), "anna", "secret", "");
	for (int i = 0; i < 2; ++i)
	{
		EXPECT_TRUE(logged("error 438"));
		EXPECT_TRUE(logged("REFRESH processed, success"));
	}
	EXPECT_EQ(one.context.state, PluginState::Ready);
	EXPECT_EQ(one.host.reports.size(), 1U);
}

TEST_F(CoturnRelayTest, addressesOfBothFamilies)
{
	startCoturnWithUser({}, true);
	auto& one = node();
	auto& other = node();
	one.start(udp(), "anna", "secret", "");
	other.start(tcp(), "anna", "secret", "");
	exchange(one, other, 1);
	EXPECT_TRUE(one.host.offered.at(0)->localEndpoint().isV4());
	EXPECT_TRUE(one.host.offered.at(1)->localEndpoint().isV6());
}

TEST_F(CoturnRelayTest, aWrongPasswordIsTold)
{
	startCoturnWithUser();
	auto& one = node();
	one.start(udp(), "anna", "wrong", "");
	runUntil([&] { return one.context.state == PluginState::Degraded; });
	EXPECT_NE(one.context.states.back().find("refuses the user name or the password"), std::string::npos)
		<< one.context.states.back();
}

TEST_F(CoturnRelayTest, aQuotaThatIsUsedUpIsTold)
{
	startCoturnWithUser({"--user-quota=1"});
	auto& one = node();
	auto& other = node();
	one.start(udp(), "anna", "secret", "");
	runUntil([&] { return one.context.state == PluginState::Ready; });
	other.start(udp(), "anna", "secret", "");
	runUntil([&] { return other.context.state == PluginState::Degraded; });
	EXPECT_NE(other.context.states.back().find("486"), std::string::npos) << other.context.states.back();
}

TEST_F(CoturnRelayTest, aPeerThatTheServerForbidsIsDropped)
{
	startCoturnWithUser({"--denied-peer-ip=203.0.113.0-203.0.113.255"});
	auto& one = node();
	one.start(udp(), "anna", "secret", "");
	runUntil([&] { return !one.host.offered.empty(); });
	auto& port = *one.host.offered[0];
	const auto denied = Endpoint::parse("203.0.113.5:7000").value();
	EXPECT_TRUE(port.send(asBytes("x"), denied)) << "it waits";
	runUntil(
		[&]
		{
			port.send(asBytes("x"), denied);
			return one.context.metric("gimlet_turn_dropped_total", {{"reason", "denied"}}) > 0;
		});
}

TEST_F(CoturnRelayTest, aServerThatIsGoneIsReplacedByAnother)
{
	timing.quiet = 200ms;
	timing.request = {.rto = 100ms, .rc = 2, .rm = 2};
	startCoturnWithUser();
	const auto first = std::move(_coturn);
	const auto firstUrl = udp();
	auto& one = node();
	one.start(firstUrl, "anna", "secret", "");
	runUntil([&] { return one.host.offered.size() == 1; });
	startCoturnWithUser();
	one.plugin.reconfigure(test::settings("turn",
		{{"servers", firstUrl + ", " + udp()}, {"user", "anna"}, {"password", "secret"}, {"ca_file", ""}}));
	ASSERT_EQ(one.host.reports.size(), 1U);
	first->signal(9);
	runUntil([&] { return one.host.reports.size() == 3; });
	EXPECT_EQ(one.host.reports[1].substr(0, 12), "lost relayed");
	EXPECT_EQ(one.host.reports[2].substr(0, 13), "found relayed");
	EXPECT_EQ(one.context.state, PluginState::Ready);
}
