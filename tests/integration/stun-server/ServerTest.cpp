#include "plugins/service/stun-server/Server.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "node/api/Plugin.h"
#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"

using namespace gimlet;
using namespace gimlet::stun;
using stun_server::Server;

namespace
{

constexpr TransactionId ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

class StunServerTest : public testing::Test
{
protected:
	using Keys = std::map<std::string, std::string>;

	void configure(Server& server, const Keys& changes)
	{
		Keys keys{{"listen", "127.0.0.1:0"}, {"alternate", ""}, {"rate_limit", "200"}, {"threads", "1"},
			{"software", ""}};
		for (const auto& [key, value] : changes)
			keys[key] = value;
		server.configure(test::settings("stun-server", keys), problems);
	}

	void start(const Keys& changes)
	{
		configure(_server, changes);
		ASSERT_EQ(problems.all, std::vector<std::string>{});
		_server.start();
	}

	const std::vector<Endpoint>& addresses() const
	{
		return _server.addresses();
	}

	static Buffer request(std::optional<std::uint32_t> change = {})
	{
		std::array<std::uint8_t, HEADER_SIZE + 8> buffer{};
		MessageBuilder builder(buffer, MessageClass::Request, method::BINDING, ID);
		if (change)
			builder.number32(attribute::CHANGE_REQUEST, *change);
		const auto bytes = builder.finish();
		return {bytes.begin(), bytes.end()};
	}

	/// Sends a datagram; the next one that comes back within the time, or nothing.
	static bool ask(UdpSocket& client, UdpReceiveBatch& batch, ByteView datagram, const Endpoint& to,
		int milliseconds = 5000)
	{
		EXPECT_EQ(client.send(datagram, to), 0);
		pollfd entry{client.descriptor(), POLLIN, 0};
		return poll(&entry, 1, milliseconds) == 1 && client.receive(batch) == 1;
	}

	static UdpSocket client(const Endpoint& server)
	{
		return UdpSocket{ListenAddress{Endpoint::any(server.family(), 0), 0}};
	}

	double count(const std::string& result) const
	{
		return _context.metric("gimlet_stun_server_datagrams_total", {{"result", result}});
	}

	void stop()
	{
		_server.stop();
	}

	test::FakeProblems problems;

private:
	test::ManualLoop _loop;
	test::FakeContext _context{_loop, "stun-server"};
	Server _server{_context};
};

}

TEST_F(StunServerTest, tellsEachClientItsAddressFromTheAddressAsked)
{
	start({{"listen", "*:0"}});
	UdpReceiveBatch batch{1, 200};
	const auto port = addresses().at(0).port();
	for (const auto* host : {"127.0.0.1", "127.0.0.9", "::1"})
	{
		const auto server = Endpoint::parseAddress(host, port).value();
		auto socket = client(server);
		ASSERT_TRUE(ask(socket, batch, request(), server)) << host;
		EXPECT_EQ(batch[0].remote, server);
		const auto answer = MessageView::parse(batch[0].bytes);
		ASSERT_TRUE(answer);
		EXPECT_EQ(answer->xorAddress(), Endpoint::loopback(server.family(), socket.local().port()));
	}
	stop();
	EXPECT_EQ(count("answered"), 3);
}

TEST_F(StunServerTest, listensOnSeveralAddressesWithSeveralThreads)
{
	start({{"listen", "127.0.0.1:0, [::1]:0, 127.0.0.2:0"}, {"threads", "3"}});
	ASSERT_EQ(addresses().size(), 3U);
	UdpReceiveBatch batch{1, 200};
	for (const auto& server : addresses())
		for (int i = 0; i < 20; ++i) // by their ports the kernel spreads the clients over the threads
		{
			auto socket = client(server);
			ASSERT_TRUE(ask(socket, batch, request(), server)) << server.toString();
			EXPECT_EQ(batch[0].remote, server);
		}
	stop();
	EXPECT_EQ(count("answered"), 60);
}

TEST_F(StunServerTest, withASecondAddressItAnswersFromAllFour)
{
	for (const auto* threads : {"1", "2"})
	{
		start({{"alternate", "127.0.0.2:0"}, {"threads", threads}});
		ASSERT_EQ(addresses().size(), 4U);
		const auto first = addresses().at(0);
		const auto second = addresses().at(1);
		EXPECT_EQ(second.addressString(), "127.0.0.2");
		EXPECT_NE(first.port(), second.port());
		UdpReceiveBatch batch{1, 200};
		for (const auto& here : addresses())
		{
			const auto other = (here.sameAddress(first) ? second : first)
								   .withPort(here.port() == first.port() ? second.port() : first.port());
			auto socket = client(first);
			for (const std::uint32_t change : {0U, change::PORT, change::IP, change::IP | change::PORT})
			{
				ASSERT_TRUE(ask(socket, batch, request(change), here)) << here.toString() << " " << change;
				EXPECT_EQ(
					batch[0].remote, ((change & change::IP) != 0 ? other : here)
										 .withPort(((change & change::PORT) != 0 ? other : here).port()));
				const auto answer = MessageView::parse(batch[0].bytes);
				ASSERT_TRUE(answer);
				EXPECT_EQ(answer->address(attribute::RESPONSE_ORIGIN), batch[0].remote);
				EXPECT_EQ(answer->address(attribute::OTHER_ADDRESS), other);
			}
		}
		stop();
	}
	EXPECT_EQ(count("answered"), 32);
}

TEST_F(StunServerTest, limitsAnswersFromElsewhereToo)
{
	start({{"alternate", "127.0.0.2:0"}, {"rate_limit", "1"}});
	auto flooder = client(addresses().at(0));
	UdpReceiveBatch batch{1, 200};
	for (int i = 0; i < 20; ++i)
		ASSERT_EQ(flooder.send(request(i % 2 == 0 ? change::IP : change::PORT), addresses().at(0)), 0);
	UdpSocket other{ListenAddress{Endpoint::parse("127.0.0.3:0"), 0}};
	EXPECT_TRUE(ask(other, batch, request(change::IP), addresses().at(0)));
	stop();
	EXPECT_GE(count("limited"), 17);
}

TEST_F(StunServerTest, refusesASecondAddressThatIsNone)
{
	test::ManualLoop loop;
	test::FakeContext context{loop, "stun-server"};
	Server server{context};
	const std::map<std::string, std::string> wrong{{"example.org", "is no second address"},
		{"0.0.0.0:1", "is no second address"}, {"::2", "needs a first one of its family"},
		{"192.0.2.1:3479", "is the address that listen has"}, {"192.0.2.2:3478", "has the port that listen"}};
	for (const auto& [alternate, why] : wrong)
	{
		problems.all.clear();
		configure(server, {{"listen", "192.0.2.1:3478"}, {"alternate", alternate}});
		ASSERT_EQ(problems.all.size(), 1U) << alternate;
		EXPECT_NE(problems.all[0].find(why), std::string::npos) << problems.all[0];
	}
	problems.all.clear();
	configure(server, {{"listen", "*:3478"}, {"alternate", "192.0.2.2"}});
	EXPECT_EQ(problems.all.size(), 1U) << "which of the machine's addresses is the first one?";
	configure(server, {{"listen", "192.0.2.1:3478"}, {"alternate", "192.0.2.2, 192.0.2.3"}});
	EXPECT_EQ(problems.all.size(), 2U);
	configure(
		server, {{"listen", "192.0.2.1:3478, [2001:db8::1]:3478"}, {"alternate", "192.0.2.2, 2001:db8::2"}});
	EXPECT_EQ(problems.all.size(), 2U) << "one a family";
}

TEST_F(StunServerTest, dropsGarbageAndGoesOn)
{
	start({{"software", "test server"}});
	const auto server = addresses().at(0);
	auto socket = client(server);
	UdpReceiveBatch batch{1, 2000};
	for (const auto& garbage :
		{std::string{}, std::string{"\0\1", 2}, std::string(1400, 'x'), std::string(9000, '\0')})
		ASSERT_EQ(socket.send(asBytes(garbage), server), 0);
	ASSERT_TRUE(ask(socket, batch, request(), server));
	EXPECT_EQ(MessageView::parse(batch[0].bytes)->text(attribute::SOFTWARE), "test server");
	stop();
	EXPECT_EQ(count("malformed"), 4);
	EXPECT_EQ(count("answered"), 1);
}

TEST_F(StunServerTest, limitsWhatOneSourceIsAnswered)
{
	start({{"rate_limit", "1"}});
	const auto server = addresses().at(0);
	auto flooder = client(server);
	UdpReceiveBatch batch{1, 200};
	EXPECT_TRUE(ask(flooder, batch, request(), server));
	EXPECT_TRUE(ask(flooder, batch, request(), server));
	for (int i = 0; i < 20; ++i)
		ASSERT_EQ(flooder.send(request(), server), 0);
	UdpSocket other{ListenAddress{Endpoint::parse("127.0.0.3:0"), 0}};
	EXPECT_TRUE(ask(other, batch, request(), server)) << "it is answered after all that came before";
	stop();
	EXPECT_GE(count("limited"), 18);
}

TEST_F(StunServerTest, stopsAndStartsAgain)
{
	start({});
	const auto first = addresses().at(0);
	stop();
	stop();
	EXPECT_TRUE(addresses().empty());
	EXPECT_NO_THROW((UdpSocket{ListenAddress{first, first.port()}})) << "the port is free again";
	start({});
	auto socket = client(addresses().at(0));
	UdpReceiveBatch batch{1, 200};
	EXPECT_TRUE(ask(socket, batch, request(), addresses().at(0)));
}

TEST_F(StunServerTest, saysWhenAnAddressIsTaken)
{
	for (const auto* threads : {"1", "2"})
	{
		UdpSocket::Options shared{.reusePort = true};
		UdpSocket other{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}, shared};
		try
		{
			start({{"listen", "127.0.0.1:0, " + other.local().toString()}, {"threads", threads}});
			FAIL() << "half the questions would go to the other program";
		}
		catch (const PluginError& error)
		{
			EXPECT_NE(
				std::string{error.what()}.find(other.local().toString() + " is taken"), std::string::npos)
				<< error.what();
		}
		stop();
	}
}

TEST_F(StunServerTest, refusesNonsenseBeforeItOpensAnything)
{
	test::ManualLoop loop;
	test::FakeContext context{loop, "stun-server"};
	Server server{context};
	configure(server, {{"listen", "*:3478, example.org, 1.2.3.4:70000"}, {"software", std::string(65, 'x')}});
	ASSERT_EQ(problems.all.size(), 3U);
	EXPECT_NE(problems.all[0].find("example.org"), std::string::npos);
	EXPECT_NE(problems.all[1].find("70000"), std::string::npos);
	EXPECT_NE(problems.all[2].find("65 bytes"), std::string::npos);
	problems.all.clear();
	configure(server, {{"listen", ""}});
	EXPECT_EQ(problems.all.size(), 1U);
}
