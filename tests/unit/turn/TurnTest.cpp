// The plugin, over streams to scripted servers.
#include "plugins/discovery/turn/Turn.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plugins/discovery/turn/StreamSplitter.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/turn/ScriptedServer.h"

using namespace gimlet;
using namespace std::chrono_literals;
using test::ScriptedServer;
using turn::Turn;

namespace
{

/// Streams that the test opens, answers and closes.
class FakeStreams final : public StreamConnector
{
public:
	struct Connection final : Stream
	{
		Connection(FakeStreams& from, StreamTarget to, StreamHandler& by) :
			streams(from), target(std::move(to)), handler(by)
		{
			streams.open.push_back(this);
		}
		~Connection() override
		{
			std::erase(streams.open, this);
			streams.closed.emplace_back(target.host, sent);
		}
		void send(ByteView bytes) override
		{
			sent.insert(sent.end(), bytes.begin(), bytes.end());
		}
		std::size_t bufferedAmount() const override
		{
			return buffered;
		}
		Endpoint remote() const override
		{
			return Endpoint::parse("192.0.2.1:3478").value();
		}

		FakeStreams& streams;
		StreamTarget target;
		StreamHandler& handler;
		Buffer sent;
		std::size_t buffered = 0;
		bool opened = false;
	};

	std::unique_ptr<Stream> connect(const StreamTarget& target, StreamHandler& handler) override
	{
		return std::make_unique<Connection>(*this, target, handler);
	}

	std::vector<Connection*> open;
	std::vector<std::pair<std::string, Buffer>> closed; ///< and what was sent and not answered
};

class Lines final : public Poco::Channel
{
public:
	void log(const Poco::Message& message) override
	{
		all.push_back(message.getText());
	}

	std::vector<std::string> all;
};

class TurnTest : public testing::Test
{
protected:
	TurnTest()
	{
		context.discoveries = &host;
		context.connector = &streams;
	}

	void configure(
		const std::string& urls, const std::string& user = "anna", const std::string& password = "secret")
	{
		plugin.configure(settings(urls, user, password), problems);
	}

	static Settings settings(const std::string& urls, const std::string& user, const std::string& password)
	{
		return test::settings(
			"turn", {{"servers", urls}, {"user", user}, {"password", password}, {"ca_file", "/ca.pem"}});
	}

	/// Opens connections to servers that there are, and answers what they are asked, until all is quiet.
	void work()
	{
		for (bool busy = true; busy;)
		{
			loop.advance(0s);
			busy = false;
			const auto connections = streams.open;
			for (auto* const connection : connections)
				busy = serve(*connection) || busy;
		}
	}

	bool serve(FakeStreams::Connection& connection)
	{
		const auto server = servers.find(connection.target.host);
		if (server == servers.end())
			return false;
		if (!std::exchange(connection.opened, true))
		{
			connection.handler.onStreamOpen();
			return true;
		}
		if (connection.sent.empty())
			return false;
		Buffer answers;
		turn::StreamSplitter{}.receive(std::exchange(connection.sent, {}),
			[&](ByteView message)
			{
				const auto answer = server->second.answer(message);
				answers.insert(answers.end(), answer.begin(), answer.end());
				if (answer.empty())
					forPeers.emplace_back(message.begin(), message.end());
			});
		if (!answers.empty())
			connection.handler.onStreamData(answers);
		return true;
	}

	FakeStreams::Connection& connectionTo(const std::string& name)
	{
		const auto found = std::find_if(streams.open.begin(), streams.open.end(),
			[&](const auto* connection) { return connection->target.host == name; });
		if (found == streams.open.end())
			throw std::runtime_error("no connection to " + name);
		return **found;
	}

	void disconnect(const std::string& name)
	{
		servers.erase(name);
		connectionTo(name).handler.onStreamClosed("");
		work();
	}

	NetworkFact fact(const std::string& subject) const
	{
		NetworkFact last;
		for (const auto& reported : context.facts)
			if (reported.subject == subject)
				last = reported;
		return last;
	}

	using Reports = std::vector<std::string>;

	test::ManualLoop loop;
	test::FakeContext context{loop, "turn"};
	test::RecordingDiscoveryHost host;
	test::FakeProblems problems;
	FakeStreams streams;
	std::map<std::string, ScriptedServer> servers;
	std::vector<Buffer> forPeers;
	const Endpoint peer = Endpoint::parse("198.51.100.9:7000").value();
	Turn plugin{context};
};

}

TEST_F(TurnTest, doesNothingWithoutServers)
{
	configure("", "", "");
	EXPECT_EQ(problems.all, Reports{});
	plugin.start();
	work();
	EXPECT_EQ(context.state, PluginState::Ready);
	EXPECT_TRUE(streams.open.empty());
	EXPECT_EQ(loop.timers(), 0U);
	EXPECT_TRUE(context.facts.empty());
}

TEST_F(TurnTest, saysWhatIsWrongWithItsConfiguration)
{
	configure("turn:good, stun:bad", "anna", "");
	EXPECT_EQ(problems.all,
		(Reports{"servers: \"stun:bad\" is no address of a TURN server: it begins with neither turn: nor "
				 "turns:",
			"password: user and password belong together"}));
}

TEST_F(TurnTest, offersAPortWithItsCandidate)
{
	servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	EXPECT_EQ(context.state, PluginState::Starting);
	EXPECT_EQ(connectionTo("relay").target.port, 3478);
	EXPECT_FALSE(connectionTo("relay").target.tls);
	EXPECT_TRUE(fact("turn:relay:3478?transport=tcp").pending);
	work();
	EXPECT_FALSE(fact("turn:relay:3478?transport=tcp").pending);
	EXPECT_EQ(context.state, PluginState::Ready);
	ASSERT_EQ(host.offered.size(), 1U);
	EXPECT_EQ(host.reports, Reports{"found relayed 198.51.100.7:50000"});
	auto& port = *host.offered[0];
	EXPECT_EQ(port.kind(), PortKind::Turn);
	EXPECT_EQ(port.localEndpoint(), Endpoint::parse("198.51.100.7:50000"));
	EXPECT_TRUE(port.supports(AF_INET));
	EXPECT_FALSE(port.supports(AF_INET6));
	EXPECT_TRUE(port.reaches(peer));
	const auto told = fact("turn:relay:3478?transport=tcp");
	EXPECT_EQ(told.topic, "turn");
	EXPECT_EQ(told.verdict, NetworkFact::Verdict::Good);
	EXPECT_EQ(told.text, "relays for us as 198.51.100.7:50000");
	EXPECT_EQ(told.value, "198.51.100.7:50000");
	EXPECT_EQ(context.metric("gimlet_turn_relayed_addresses"), 1);
	EXPECT_EQ(context.metric("gimlet_turn_allocations_total"), 1);
}

TEST_F(TurnTest, carriesDatagramsBothWays)
{
	servers["relay"];
	configure("turns:relay");
	plugin.start();
	EXPECT_TRUE(connectionTo("relay").target.tls);
	EXPECT_EQ(connectionTo("relay").target.caFile, "/ca.pem");
	EXPECT_EQ(connectionTo("relay").target.port, 5349);
	work();
	auto& port = *host.offered.at(0);
	EXPECT_TRUE(port.send(asBytes("hello"), peer));
	work();
	ASSERT_EQ(forPeers.size(), 1U);
	const auto sent = stun::MessageView::parse(forPeers[0]).value();
	EXPECT_EQ(asText(*sent.find(stun::attribute::DATA)), "hello");
	connectionTo("relay").handler.onStreamData(ScriptedServer::indication(peer, "good day"));
	ASSERT_EQ(host.received.size(), 1U);
	EXPECT_EQ(asText(host.received[0].second), "good day");
	EXPECT_EQ(host.received[0].first.port, &port);
	EXPECT_EQ(host.received[0].first.local, port.localEndpoint());
	EXPECT_EQ(host.received[0].first.remote, peer);
	EXPECT_EQ(
		context.metric("gimlet_turn_datagrams_total", {{"direction", "received"}, {"by", "indication"}}), 1);

	connectionTo("relay").buffered = 1 << 20;
	EXPECT_FALSE(port.send(asBytes("too much"), peer)) << "a slow connection";
	EXPECT_EQ(context.metric("gimlet_turn_dropped_total", {{"reason", "unsent"}}), 1);
	EXPECT_FALSE(port.send(asBytes("x"), Endpoint::parse("[2001:db8::1]:1").value()));
}

TEST_F(TurnTest, offersAPortForEachFamily)
{
	servers["relay"].relayed.push_back(Endpoint::parse("[2001:db8::7]:50001").value());
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	EXPECT_EQ(host.offered.size(), 2U);
	EXPECT_EQ(
		host.reports, (Reports{"found relayed 198.51.100.7:50000", "found relayed [2001:db8::7]:50001"}));
	const auto other = Endpoint::parse("[2001:db8::9]:7000").value();
	host.offered[1]->send(asBytes("x"), other);
	work();
	connectionTo("relay").handler.onStreamData(ScriptedServer::indication(other, "six"));
	EXPECT_EQ(host.received.at(0).first.port, host.offered[1]);
	EXPECT_EQ(context.metric("gimlet_turn_relayed_addresses"), 2);
}

TEST_F(TurnTest, anAddressThatLeadsNobodyThereIsNotOfferedAndToldOnce)
{
	const Poco::AutoPtr<Lines> lines{new Lines};
	context.logger().setChannel(lines);
	context.logger().setLevel(Poco::Message::PRIO_INFORMATION);
	servers["relay"].relayed.push_back(Endpoint::parse("[::1]:50001").value());
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	EXPECT_EQ(host.reports, Reports{"found relayed 198.51.100.7:50000"});
	EXPECT_EQ(fact("turn:relay:3478?transport=tcp").text, "relays for us as 198.51.100.7:50000");
	const auto server = servers["relay"];
	disconnect("relay");
	servers["relay"] = server;
	loop.advance(10s);
	work();
	EXPECT_EQ(host.reports.back(), "found relayed 198.51.100.7:50000");
	context.logger().setChannel(nullptr);
	EXPECT_EQ(std::count_if(lines->all.begin(), lines->all.end(),
				  [](const auto& line) { return line.find("[::1]:50001 too") != std::string::npos; }),
		1);
}

TEST_F(TurnTest, keepsTheFirstAndTurnsToTheOthersWhenItIsLost)
{
	servers["first"];
	configure("turn:first?transport=tcp, turn:second?transport=tcp");
	plugin.start();
	EXPECT_EQ(streams.open.size(), 2U);
	work();
	EXPECT_EQ(streams.open.size(), 1U);
	EXPECT_EQ(fact("turn:second:3478?transport=tcp").text, "spare: another server was faster");
	servers["second"].relayed = {Endpoint::parse("203.0.113.2:2").value()};
	disconnect("first");
	EXPECT_EQ(host.reports, (Reports{"found relayed 198.51.100.7:50000", "lost relayed 198.51.100.7:50000",
								"found relayed 203.0.113.2:2"}));
	EXPECT_EQ(host.offered.size(), 1U);
	EXPECT_EQ(fact("turn:first:3478?transport=tcp").verdict, NetworkFact::Verdict::Bad);
	EXPECT_EQ(fact("turn:first:3478?transport=tcp").text, "has closed the connection");
	EXPECT_EQ(context.state, PluginState::Ready);
	EXPECT_EQ(context.metric("gimlet_turn_allocations_ended_total", {{"reason", "silent"}}), 1);
}

TEST_F(TurnTest, triesAgainAfterAWhile)
{
	servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	disconnect("relay");
	EXPECT_TRUE(streams.open.empty());
	EXPECT_EQ(context.states.back(),
		"degraded: no TURN server gives an allocation (turn:relay:3478?transport=tcp has closed the "
		"connection); trying on");
	servers["relay"];
	loop.advance(10s);
	work();
	EXPECT_EQ(context.state, PluginState::Ready);
	EXPECT_EQ(host.offered.size(), 1U);
}

TEST_F(TurnTest, aWrongPasswordIsTold)
{
	servers["relay"];
	configure("turn:relay?transport=tcp", "anna", "wrong");
	plugin.start();
	work();
	EXPECT_EQ(context.states.back(),
		"degraded: no TURN server gives an allocation (turn:relay:3478?transport=tcp refuses the user name "
		"or the password); trying on");
	EXPECT_EQ(fact("turn:relay:3478?transport=tcp").text, "refuses the user name or the password");
	plugin.reconfigure(settings("turn:relay?transport=tcp", "anna", "secret"));
	work();
	EXPECT_EQ(context.state, PluginState::Ready) << "the right one counts at once";
}

TEST_F(TurnTest, usesServersThatAreHandedOut)
{
	servers["relay"].user = "1700000000:node";
	configure("", "", "");
	plugin.start();
	plugin.relayServers(
		{{"turn:relay?transport=tcp", "1700000000:node", "secret"}, {"http://relay", "", ""}});
	work();
	EXPECT_EQ(host.offered.size(), 1U);
	plugin.relayServers({{"turn:relay?transport=tcp", "1700003600:node", "secret"}});
	work();
	EXPECT_EQ(host.reports.size(), 1U) << "renewed credentials change nothing now";
	servers["relay"].user = "1700003600:node";
	loop.advance(30s);
	work();
	EXPECT_EQ(host.offered.size(), 1U);
	EXPECT_EQ(host.reports.size(), 1U) << "and are used when the old ones are refused";
	plugin.relayServers({});
	EXPECT_TRUE(host.offered.empty());
	EXPECT_EQ(host.reports.back(), "lost relayed 198.51.100.7:50000");
	EXPECT_EQ(context.metric("gimlet_turn_relayed_addresses"), 0);
	EXPECT_EQ(context.state, PluginState::Ready);
	EXPECT_EQ(context.facts.back().topic, "turn");
	EXPECT_EQ(context.facts.back().subject, "turn:relay:3478?transport=tcp");
	EXPECT_EQ(context.facts.back().text, "") << "nobody asks it any more";
}

TEST_F(TurnTest, gathersEarlierHandedOutServersWhenItStarts)
{
	servers["relay"];
	configure("", "", "");
	plugin.relayServers({{"turn:relay?transport=tcp", "anna", "secret"}});
	EXPECT_TRUE(streams.open.empty());
	plugin.start();
	work();
	EXPECT_EQ(host.offered.size(), 1U);
}

TEST_F(TurnTest, asksWhetherItStillHoldsWhenTheNetworkHasChanged)
{
	servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	plugin.refresh();
	work();
	EXPECT_EQ(servers["relay"].requests[stun::method::REFRESH], 1);
	servers["relay"].refuses[stun::method::REFRESH] = 437;
	plugin.refresh();
	work();
	EXPECT_EQ(host.reports.back(), "lost relayed 198.51.100.7:50000");
}

TEST_F(TurnTest, followsAServerThatSendsItElsewhere)
{
	servers["relay"].refuses[stun::method::ALLOCATE] = 300;
	servers["relay"].alternate = Endpoint::parse("192.0.2.77:3479").value();
	servers["192.0.2.77"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	EXPECT_EQ(host.offered.size(), 1U);
	ASSERT_EQ(streams.open.size(), 1U);
	EXPECT_EQ(streams.open.front()->target.port, 3479);
}

TEST_F(TurnTest, doesNotGoInCircles)
{
	servers["relay"].refuses[stun::method::ALLOCATE] = 300;
	servers["relay"].alternate = Endpoint::parse("192.0.2.77:3478").value();
	servers["192.0.2.77"] = servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	EXPECT_EQ(context.state, PluginState::Degraded);
	EXPECT_EQ(fact("turn:relay:3478?transport=tcp").text, "sends its clients to 192.0.2.77:3478");
}

TEST_F(TurnTest, whatIsNotTurnEndsTheConnection)
{
	servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	servers.erase("relay");
	connectionTo("relay").handler.onStreamData(asBytes("SSH-2.0-OpenSSH_9.2\r\n"));
	work();
	EXPECT_TRUE(streams.open.empty());
	EXPECT_EQ(fact("turn:relay:3478?transport=tcp").text, "sends what is not TURN");
}

TEST_F(TurnTest, aNameWithoutAnAddressIsTold)
{
	context.names.answers["relay"] = {{}, "no such name: relay"};
	configure("turn:relay");
	plugin.start();
	work();
	EXPECT_EQ(context.state, PluginState::Degraded);
	EXPECT_EQ(fact("turn:relay:3478?transport=udp").text, "has no address: no such name: relay");
}

TEST_F(TurnTest, stopsCleanly)
{
	servers["relay"];
	configure("turn:relay?transport=tcp");
	plugin.start();
	work();
	plugin.stop();
	loop.drain();
	EXPECT_TRUE(host.offered.empty());
	EXPECT_EQ(loop.timers(), 0U);
	EXPECT_EQ(loop.watches(), 0U);
	ASSERT_EQ(streams.closed.size(), 1U);
	const auto last = stun::MessageView::parse(streams.closed[0].second).value();
	EXPECT_EQ(last.number32(stun::attribute::LIFETIME), 0U) << "the allocation is given back";
	plugin.stop();
}
