#include "plugins/signaling/rendezvous/RelayClient.h"

#include <gmock/gmock.h>

#include "tests/support/FakeRendezvous.h"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace gimlet::rendezvous_client
{

namespace
{

constexpr relay::Key OWN = 0x1111222233334444;
constexpr relay::Key PEER = 0x6162636465666768; // "abcdefgh"

/// A client, a relay and the time between them.
class RelayClientTest : public testing::Test
{
protected:
	RelayClient::Place place(const std::string& ticket = "1", relay::Key own = OWN)
	{
		std::string error;
		return {.url = RendezvousUrl::parse(_url, error).value(),
			.path = "/ws/relay/" + ticket,
			.address = relay::addressOf(own)};
	}

	void offer(const RelayClient::Place& place)
	{
		_client.offer(place, 25s, 25s, _now);
		settle();
	}

	/// Carries bytes and takes events until both sides are silent.
	void settle()
	{
		for (;;)
		{
			const auto view = _client.output();
			const Buffer bytes(view.begin(), view.end());
			_client.taken();
			if (!bytes.empty() && _streamOpen)
				feed(_server.receive(bytes));
			const auto event = _client.pollEvent();
			if (!event && bytes.empty())
				return;
			if (event)
				std::visit([this](const auto& happened) { take(happened); }, *event);
		}
	}

	void feed(const Buffer& bytes)
	{
		if (!bytes.empty())
			_client.onBytes(bytes, _now);
	}

	void open()
	{
		ASSERT_TRUE(_dialled) << "no connection is wanted";
		_dialled = false;
		_streamOpen = true;
		_server.accept();
		_client.onOpen(_now);
		settle();
	}

	void connect()
	{
		offer(place());
		open();
		ASSERT_TRUE(_client.isOpen());
	}

	void connectionFails(const std::string& error = "reset")
	{
		_dialled = false;
		_streamOpen = false;
		_client.onClosed(error, _now);
		settle();
	}

	/// Lets time pass, timer by timer. @return When the first connection was wanted, from now.
	std::optional<Duration> advance(Duration duration)
	{
		const auto begun = _now;
		const auto until = _now + duration;
		while (_client.nextDeadline() <= until)
		{
			_now = std::max(_now, _client.nextDeadline());
			_client.onTimer(_now);
			settle();
			if (_dialled)
				return _now - begun;
		}
		_now = until;
		return std::nullopt;
	}

	void take(const Connect&)
	{
		EXPECT_FALSE(_streamOpen);
		_dialled = true;
	}
	void take(const Disconnect&)
	{
		_streamOpen = false;
		_dialled = false;
	}
	void take(const Note& note)
	{
		EXPECT_TRUE(note.warning);
		_notes.push_back(note.text);
	}
	void take(const RoundTrip& measured)
	{
		_roundTrips.push_back(measured.time);
	}
	void take(const RelayClient::Closed& closed)
	{
		_told.emplace_back("closed");
		_reason = closed.reason;
	}
	void take(const RelayClient::Reachable&)
	{
		_told.emplace_back("reachable");
	}
	void take(const RelayClient::Unreachable&)
	{
		_told.emplace_back("unreachable");
	}
	void take(const RelayClient::Datagram& datagram)
	{
		_received.push_back(
			relay::addressOf(datagram.from).toString() + " " + std::string{asText(datagram.bytes())});
	}

	std::vector<std::string> told()
	{
		return std::exchange(_told, {});
	}

	TimePoint _now{1000h};
	std::string _url = "https://r.test/base/?a=b";
	test::FakeRendezvous _server;
	RelayClient _client{"gimlet/1", {.chance = [] { return 0; }}};
	bool _dialled = false;
	bool _streamOpen = false;
	std::vector<std::string> _told;
	std::string _reason;
	std::vector<std::string> _notes;
	std::vector<std::chrono::microseconds> _roundTrips;
	std::vector<std::string> _received;
};

TEST_F(RelayClientTest, IsIdleUntilItHasAPlace)
{
	EXPECT_EQ(_client.nextDeadline(), NEVER);
	EXPECT_FALSE(_client.send(PEER, asBytes("x"), 0));
	EXPECT_EQ(_client.counters().notConnected, 1U);
	_client.networkChanged(_now);
	_client.withdraw();
	settle();
	EXPECT_FALSE(_dialled);
	EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RelayClientTest, ConnectsWhereTheRendezvousSaysAndIsReachable)
{
	auto where = place("ticket");
	where.iamToken = "googles";
	offer(where);
	_now += 30ms;
	open();
	EXPECT_THAT(_server.request, testing::StartsWith("GET /base/ws/relay/ticket?a=b HTTP/1.1\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nHost: r.test\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nUser-Agent: gimlet/1\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nX-Serverless-Authorization: Bearer googles\r\n"));
	EXPECT_THAT(_server.request, testing::Not(HasSubstr("\r\nAuthorization"))) << "the ticket is enough";
	EXPECT_THAT(told(), ElementsAre("reachable"));
	EXPECT_EQ(_roundTrips.size(), 1U) << "the upgrade took a round trip";
}

TEST_F(RelayClientTest, ShowsATicketApartFromThePathWhereThatIsUnderstood)
{
	auto where = place("secret");
	where.ticket = "secret";
	offer(where);
	open();
	EXPECT_THAT(_server.request, testing::StartsWith("GET /base/ws/relay?a=b HTTP/1.1\r\n"));
	EXPECT_THAT(_server.request, HasSubstr("\r\nAuthorization: Bearer secret\r\n"));
	EXPECT_TRUE(_client.isOpen());
}

TEST_F(RelayClientTest, CarriesDatagramsBothWays)
{
	connect();
	EXPECT_TRUE(_client.send(PEER, asBytes("one"), 0));
	EXPECT_TRUE(_client.send(PEER, asBytes("two"), 0));
	settle();
	EXPECT_THAT(_server.datagrams, ElementsAre("abcdefghone", "abcdefghtwo"));
	feed(_server.sayBytes("abcdefghthree"));
	feed(_server.sayBytes("abcdefghfour"));
	settle();
	const auto peer = relay::addressOf(PEER).toString();
	EXPECT_THAT(_received, ElementsAre(peer + " three", peer + " four"));
	EXPECT_EQ(_client.counters().sent, 2U);
	EXPECT_EQ(_client.counters().sentBytes, 6U);
	EXPECT_EQ(_client.counters().received, 2U);
	EXPECT_EQ(_client.counters().receivedBytes, 9U);
}

TEST_F(RelayClientTest, WhatIsNoDatagramIsDroppedAndCounted)
{
	connect();
	feed(_server.sayBytes("abcdefgh"));
	feed(_server.sayBytes(""));
	feed(_server.say("abcdefgh and a text"));
	settle();
	EXPECT_THAT(_received, IsEmpty());
	EXPECT_EQ(_client.counters().malformed, 3U);
	EXPECT_TRUE(_client.isOpen());

	const Buffer longest(relay::MAX_DATAGRAM, 'x');
	EXPECT_TRUE(_client.send(PEER, longest, 0));
	settle();
	feed(_server.sayBytes("abcdefgh" + std::string(relay::MAX_DATAGRAM, 'x')));
	settle();
	EXPECT_EQ(_received.size(), 1U);
	const Buffer longer(relay::MAX_DATAGRAM + 1, 'x');
	EXPECT_FALSE(_client.send(PEER, longer, 0));
	EXPECT_FALSE(_client.send(PEER, {}, 0));
	EXPECT_EQ(_client.counters().tooLong, 2U);
	feed(_server.sayBytes("abcdefgh" + std::string(relay::MAX_DATAGRAM + 1, 'x')));
	settle();
	EXPECT_FALSE(_client.isOpen()) << "that is no relay of ours";
}

TEST_F(RelayClientTest, DatagramsWaitInABoundedQueue)
{
	connect();
	const Buffer datagram(1200, 'x');
	EXPECT_FALSE(_client.send(PEER, datagram, RelayClient::MAX_WAITING - 1000));
	std::size_t sent = 0;
	while (_client.send(PEER, datagram, 0))
		++sent;
	EXPECT_EQ(sent, RelayClient::MAX_WAITING / (1200 + 16));
	EXPECT_LE(_client.output().size(), RelayClient::MAX_WAITING);
	EXPECT_EQ(_client.counters().congested, 2U);
	settle();
	EXPECT_EQ(_server.datagrams.size(), sent);
	EXPECT_TRUE(_client.send(PEER, datagram, 0));
}

TEST_F(RelayClientTest, AShortOutageIsNotToldToPeers)
{
	connect();
	told();
	advance(11s);
	connectionFails();
	EXPECT_THAT(told(), ElementsAre("closed"));
	EXPECT_EQ(_reason, "the connection to the relay was lost: reset");
	EXPECT_EQ(advance(1h), 500ms);
	open();
	EXPECT_THAT(told(), IsEmpty()) << "they have not been told of the end";
	advance(1min);
	EXPECT_THAT(told(), IsEmpty());
	EXPECT_THAT(_notes, IsEmpty());
}

TEST_F(RelayClientTest, ALongOneIsAndTheReturnToo)
{
	connect();
	told();
	advance(11s);
	const auto lost = _now;
	connectionFails();
	while (_now - lost < 9900ms)
		if (advance(lost + 9900ms - _now))
			connectionFails("refused the connection");
	const auto told9 = told();
	EXPECT_EQ(std::count(told9.begin(), told9.end(), "unreachable"), 0);
	while (_now - lost < 5min)
		if (advance(lost + 5min - _now))
			connectionFails("refused the connection");
	const auto all = told();
	EXPECT_EQ(std::count(all.begin(), all.end(), "unreachable"), 1);
	EXPECT_THAT(
		_notes, ElementsAre("no relay for peers that cannot be reached directly: the relay of " + _url +
							" cannot be reached: refused the connection; trying again until it works"));
	ASSERT_TRUE(advance(1h));
	open();
	EXPECT_THAT(told(), ElementsAre("reachable"));
}

TEST_F(RelayClientTest, OneThatNeverAnswersIsComplainedOfOnce)
{
	offer(place());
	_dialled = false;
	EXPECT_EQ(advance(1min), std::nullopt) << "the stream's own time-out comes later";
	EXPECT_THAT(_notes, ElementsAre(HasSubstr("no answer yet")));
	EXPECT_THAT(told(), IsEmpty());
	connectionFails();
	advance(10s);
	EXPECT_EQ(_notes.size(), 1U);
}

TEST_F(RelayClientTest, ATicketThatIsGoneWaitsForAnother)
{
	for (const auto* status : {"401 Unauthorized", "403 Forbidden", "404 Not Found"})
	{
		_server.refusal = "HTTP/1.1 " + std::string{status} + "\r\n\r\n";
		offer(place(std::string{"old"} + status[2]));
		open();
		EXPECT_THAT(_reason, HasSubstr("does not know this node"));
		EXPECT_EQ(advance(59s), std::nullopt) << status;
		_client.networkChanged(_now);
		settle();
		EXPECT_FALSE(_dialled) << "another network does not bring the ticket back";
	}
	_server.refusal.clear();
	offer(place("new"));
	open();
	EXPECT_THAT(_server.request, HasSubstr("/ws/relay/new"));
	EXPECT_TRUE(_client.isOpen());
}

TEST_F(RelayClientTest, OneThatIsFullIsAskedAgain)
{
	_server.refusal = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
	offer(place());
	open();
	EXPECT_THAT(_reason, HasSubstr("full or switched off (503)"));
	EXPECT_EQ(advance(1h), 10s);
	_server.refusal = "HTTP/1.1 429 Too Many Requests\r\n\r\n";
	open();
	EXPECT_THAT(_reason, HasSubstr("429"));
	EXPECT_EQ(advance(1h), 30s);
	_server.refusal = "SSH-2.0-OpenSSH_9.2\r\n";
	open();
	EXPECT_THAT(_reason, HasSubstr("does not speak WebSocket"));
	EXPECT_TRUE(advance(31s));
}

TEST_F(RelayClientTest, AnotherTicketForTheSameAddressLeavesALiveConnectionAlone)
{
	connect();
	told();
	const auto pings = _client.connectionCounters().pings;
	offer(place("2"));
	EXPECT_TRUE(_client.isOpen());
	EXPECT_EQ(_client.connectionCounters().pings, pings + 1) << "it must show that it lives";
	advance(11s);
	EXPECT_THAT(told(), IsEmpty());
	connectionFails();
	ASSERT_TRUE(advance(1s));
	open();
	EXPECT_THAT(_server.request, HasSubstr("/ws/relay/2")) << "the ticket is there when it is needed";
}

TEST_F(RelayClientTest, AConnectionThatDiedWithTheOtherIsMadeAnew)
{
	connect();
	_server.alive = false;
	offer(place("2"));
	EXPECT_EQ(advance(1h), PersistentConnection::DOUBT_TIMEOUT + 500ms);
	EXPECT_EQ(_reason, "the relay did not answer a ping within 3 s");
	_server.alive = true;
	open();
	EXPECT_TRUE(_client.isOpen());
}

TEST_F(RelayClientTest, AnotherAddressIsAnotherPlace)
{
	connect();
	told();
	offer(place("2", OWN + 1));
	EXPECT_EQ(_server.closeCode, 1000);
	open();
	EXPECT_THAT(told(), ElementsAre("reachable"));
	_url = "https://other.test";
	offer(place("2", OWN + 1));
	open();
	EXPECT_THAT(_server.request, HasSubstr("Host: other.test"));
	EXPECT_THAT(told(), ElementsAre("reachable"));
}

TEST_F(RelayClientTest, IsAskedAtOnceWhenTheNetworkChanges)
{
	connect();
	advance(1s);
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(_client.connectionCounters().pings, 1U);
	advance(1min);
	EXPECT_TRUE(_client.isOpen());

	_server.alive = false;
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(advance(1min), 3500ms);
	connectionFails("no route");
	_client.networkChanged(_now);
	settle();
	EXPECT_TRUE(_dialled) << "a pause ends";
	_client.networkChanged(_now);
	settle();
	EXPECT_TRUE(_dialled) << "an attempt over a network that is gone begins anew";
}

TEST_F(RelayClientTest, WhatWasOnItsWayWhenTheNetworkChangedShowsNothing)
{
	connect();
	const auto late = _server.sayBytes("abcdefghlate");
	_server.alive = false;
	_client.networkChanged(_now);
	settle();
	_now += 1s;
	feed(late);
	settle();
	EXPECT_EQ(advance(1min), 2s + 500ms);
	EXPECT_EQ(_reason, "the relay did not answer a ping within 3 s");
}

TEST_F(RelayClientTest, ThePongToAnEarlierPingShowsNothingAboutAnotherNetwork)
{
	connect();
	_server.alive = false;
	advance(26s);
	ASSERT_EQ(_client.connectionCounters().pings, 1U) << "one is on its way";
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(_client.connectionCounters().pings, 2U);
	const Buffer pong{0x8a, 1, '1'};
	feed(pong);
	settle();
	EXPECT_EQ(_client.nextDeadline(), _now + PersistentConnection::DOUBT_TIMEOUT);
	const Buffer other{0x8a, 1, '2'};
	feed(other);
	settle();
	EXPECT_GT(_client.nextDeadline(), _now + PersistentConnection::DOUBT_TIMEOUT);
	_server.alive = true;
	advance(1min);
	EXPECT_TRUE(_client.isOpen());
}

TEST_F(RelayClientTest, ChangesOfTheNetworkInARowKeepNoDeadConnection)
{
	connect();
	_server.alive = false;
	const auto begun = _now;
	for (int i = 0; i < 5 && !_dialled && _client.isOpen(); ++i)
	{
		_client.networkChanged(_now);
		settle();
		advance(2s);
	}
	EXPECT_FALSE(_client.isOpen());
	EXPECT_LE(_now - begun, 4s);
	EXPECT_EQ(_reason, "the relay did not answer a ping within 3 s");
}

TEST_F(RelayClientTest, AChangeOfTheNetworkGivesAnOverduePongNoMoreTime)
{
	connect();
	_server.alive = false;
	advance(49s);
	ASSERT_EQ(_client.connectionCounters().pings, 1U) << "on its way for 24 s";
	_client.networkChanged(_now);
	settle();
	EXPECT_EQ(_client.connectionCounters().pings, 2U);
	EXPECT_EQ(_client.nextDeadline(), _now + 1s);
	const Buffer pong{0x8a, 1, '2'};
	feed(pong);
	settle();
	EXPECT_GT(_client.nextDeadline(), _now + 1s);
	EXPECT_TRUE(_client.isOpen());
}

TEST_F(RelayClientTest, PingsAndGoesAwayWhenNothingAnswers)
{
	connect();
	advance(76s);
	EXPECT_EQ(_client.connectionCounters().pings, 3U);
	EXPECT_EQ(_roundTrips.size(), 4U);
	_server.alive = false;
	EXPECT_EQ(advance(1h), 24s + 25s + 500ms);
}

TEST_F(RelayClientTest, WithdrawnItSaysGoodbyeAndIsSilent)
{
	connect();
	told();
	_client.withdraw();
	settle();
	EXPECT_EQ(_server.closeCode, 1001);
	EXPECT_FALSE(_streamOpen);
	EXPECT_EQ(_client.nextDeadline(), NEVER);
	EXPECT_FALSE(_client.send(PEER, asBytes("x"), 0));
	EXPECT_THAT(told(), IsEmpty());
	connect();
	EXPECT_THAT(told(), ElementsAre("reachable"));
}

}

}
