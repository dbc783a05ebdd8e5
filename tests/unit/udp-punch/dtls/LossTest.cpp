// What a path does to a handshake, and how it is made up for.
#include <gmock/gmock.h>

#include <random>
#include <utility>

#include "tests/unit/udp-punch/dtls/Pair.h"

namespace gimlet::udp_punch::dtls::test
{

namespace
{

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using namespace std::chrono_literals;

constexpr int MANY_ROUNDS = 400;

}

class DtlsLoss : public Pair
{
protected:
	/// Begins anew.
	void reset()
	{
		for (auto* end : {&client, &server})
		{
			end->session.reset();
			end->sent.clear();
			end->all.clear();
			end->received.clear();
		}
	}
	bool bothOpen()
	{
		return client->state() == State::Open && server->state() == State::Open;
	}
	bool bothAlive()
	{
		return client->state() != State::Failed && server->state() != State::Failed;
	}
};

TEST_F(DtlsLoss, OfAnyOneDatagramIsMadeUpFor)
{
	client.configuration.mtu = server.configuration.mtu = 300;
	open();
	const auto count = client.all.size() + server.all.size();
	ASSERT_GT(count, 6U);
	for (std::size_t lost = 0; lost < count; ++lost)
	{
		reset();
		client->start(now);
		const auto begun = now;
		std::size_t index = 0;
		for (int round = 0; round < MANY_ROUNDS && !bothOpen(); ++round)
		{
			if (client.sent.empty() && server.sent.empty())
				passToDeadline();
			for (auto* end : {&client, &server})
			{
				const auto waiting = std::exchange(end->sent, {});
				for (const auto& datagram : waiting)
					if (index++ != lost)
						(end == &client ? server : client)->onDatagram(datagram, now);
			}
		}
		EXPECT_TRUE(bothOpen()) << lost << client->error() << server->error();
		EXPECT_GE(client->retransmissions() + server->retransmissions(), 1U) << lost;
		EXPECT_LE(now - begun, 200ms) << lost;
		EXPECT_THAT(client.all, Each(Le(300U)));
		EXPECT_THAT(server.all, Each(Le(300U)));
	}
}

TEST_F(DtlsLoss, OfAThirdDelaysButDoesNotEnd)
{
	for (unsigned seed = 1; seed <= 100; ++seed)
	{
		reset();
		std::mt19937 random{seed};
		const auto happens = [&](unsigned percent) { return random() % 100 < percent; };
		client->start(now);
		std::deque<std::pair<End*, Buffer>> flying;
		for (int round = 0; round < MANY_ROUNDS && !bothOpen() && bothAlive(); ++round)
		{
			for (auto* end : {&client, &server})
			{
				for (; !end->sent.empty(); end->sent.pop_front())
				{
					auto* to = end == &client ? &server : &client;
					if (happens(30))
						continue;
					if (happens(10))
						flying.emplace_back(to, end->sent.front());
					flying.insert(
						happens(20) ? flying.begin() : flying.end(), {to, std::move(end->sent.front())});
				}
			}
			if (flying.empty())
			{
				passToDeadline();
				continue;
			}
			pass(1ms);
			const auto [to, datagram] = std::move(flying.front());
			flying.pop_front();
			(*to)->onDatagram(datagram, now);
		}
		ASSERT_TRUE(bothOpen()) << "seed " << seed << ": " << client->error() << server->error();
	}
}

TEST_F(DtlsLoss, OfEverythingIsGivenUpAfterThirtySeconds)
{
	client->start(now);
	const auto begun = now;
	std::vector<Duration> waits;
	while (client->state() == State::Handshaking)
	{
		ASSERT_LT(waits.size(), 100U);
		waits.push_back(client->nextDeadline() - now);
		passToDeadline();
	}
	EXPECT_EQ(now - begun, 30s);
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_EQ(client->error(), "the peer did not answer the DTLS handshake within 30 s");
	EXPECT_EQ(client->nextDeadline(), NEVER);
	waits.pop_back();
	EXPECT_THAT(waits, ElementsAre(50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 4s, 4s, 4s, 4s, 4s));
	EXPECT_EQ(client->retransmissions(), 12U);
}

TEST_F(DtlsLoss, OfAllAnswersIsGivenUpByBoth)
{
	server->start(now);
	client->start(now);
	carry(client, server);
	while (server->state() == State::Handshaking || client->state() == State::Handshaking)
	{
		ASSERT_LT(server.all.size(), 100U);
		passToDeadline();
	}
	EXPECT_EQ(server->error(), "the DTLS handshake with the peer was not finished within 30 s");
	EXPECT_EQ(client->error(), "the peer did not answer the DTLS handshake within 30 s");
}

TEST_F(DtlsLoss, OfTheClientIsGivenUpByAServerThatWasStarted)
{
	server->start(now);
	EXPECT_EQ(server->nextDeadline(), now + 30s);
	passToDeadline();
	EXPECT_EQ(server->error(), "the peer did not answer the DTLS handshake within 30 s");
}

TEST_F(DtlsLoss, IsNoticedAfterTheConfiguredTime)
{
	client.configuration.firstTimeout = 240ms;
	client->start(now);
	EXPECT_EQ(client->nextDeadline(), now + 240ms);
	client->onTimer(now);
	EXPECT_EQ(client->retransmissions(), 0U) << "too early";
	EXPECT_EQ(client->nextDeadline(), now + 240ms);
	passToDeadline();
	EXPECT_EQ(client->retransmissions(), 1U);
	EXPECT_EQ(client->nextDeadline(), now + 480ms);
}

TEST_F(DtlsLoss, EverythingTwiceIsTakenOnce)
{
	client->start(now);
	for (int round = 0; round < 20 && !bothOpen(); ++round)
	{
		for (auto* end : {&client, &server})
		{
			const auto once = end->sent;
			end->sent.insert(end->sent.end(), once.begin(), once.end());
		}
		carry(client, server);
		carry(server, client);
	}
	ASSERT_TRUE(bothOpen()) << client->error() << server->error();
	carry();
	client->send(asBytes("once"));
	client.sent.push_back(client.sent.front());
	const auto before = server->dropped();
	carry();
	EXPECT_THAT(server.received, ElementsAre("once"));
	EXPECT_EQ(server->dropped(), before + 1);
}

TEST_F(DtlsLoss, DataThatOvertakesTheHandshakeIsKept)
{
	client->start(now);
	carry(client, server);
	carry(server, client);
	carry(client, server);
	ASSERT_EQ(server->state(), State::Open);
	ASSERT_EQ(server.sent.size(), 1U);
	for (int number = 0; number < 10; ++number)
		server->send(asBytes(std::string(1, static_cast<char>('0' + number))));
	std::rotate(server.sent.begin(), server.sent.begin() + 1, server.sent.end());
	carry(server, client);
	EXPECT_EQ(client->state(), State::Open);
	EXPECT_THAT(client.received, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7"));
	EXPECT_EQ(client->dropped(), 2U) << "beyond the limit";
}

TEST_F(DtlsLoss, OfTheLastFlightDoesNotStrandTheClient)
{
	client->start(now);
	carry(client, server);
	carry(server, client);
	carry(client, server);
	ASSERT_EQ(server->state(), State::Open);
	server.sent.clear();
	server->send(asBytes("early"));
	carry(server, client);
	EXPECT_EQ(client->state(), State::Handshaking);
	passToDeadline();
	carry();
	EXPECT_EQ(client->state(), State::Open);
	EXPECT_THAT(client.received, ElementsAre("early"));
}

}
