// Two sessions with each other: what they agree on, what goes through, how it ends.
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include "tests/unit/udp-punch/dtls/Pair.h"

namespace gimlet::udp_punch::dtls::test
{

namespace
{

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

using Key = std::array<std::uint8_t, 32>;

Key exported(const Session& session, const char* label = "EXPORTER-gimlet-verify")
{
	Key key{};
	EXPECT_TRUE(session.exportKey(label, key));
	return key;
}

}

class DtlsSession : public Pair
{
};

TEST_F(DtlsSession, CarriesDataBothWays)
{
	open();
	EXPECT_TRUE(client->send(asBytes("to the server")));
	EXPECT_TRUE(server->send(asBytes("to the client")));
	carry();
	EXPECT_THAT(server.received, ElementsAre("to the server"));
	EXPECT_THAT(client.received, ElementsAre("to the client"));
	EXPECT_EQ(client->cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
	EXPECT_EQ(server->cipher(), client->cipher());
}

TEST_F(DtlsSession, IsSilentUntilStarted)
{
	EXPECT_EQ(client->state(), State::New);
	EXPECT_EQ(client->nextDeadline(), NEVER);
	EXPECT_FALSE(client->send(asBytes("too early")));
	Key key{};
	EXPECT_FALSE(client->exportKey("label", key));
	EXPECT_EQ(client->cipher(), "");
	server->start(now);
	EXPECT_THAT(client.sent, IsEmpty());
	EXPECT_THAT(server.sent, IsEmpty());
}

TEST_F(DtlsSession, BeginsAtTheServerWithTheClientsFirstFlight)
{
	client->start(now);
	carry();
	EXPECT_EQ(server->state(), State::Open);
	EXPECT_EQ(client->state(), State::Open);
}

TEST_F(DtlsSession, HasNoDeadlineOnceOpen)
{
	client->start(now);
	EXPECT_GT(client->nextDeadline(), now);
	EXPECT_LE(client->nextDeadline(), now + std::chrono::milliseconds{50});
	carry();
	EXPECT_EQ(client->nextDeadline(), NEVER);
	EXPECT_EQ(server->nextDeadline(), NEVER);
}

TEST_F(DtlsSession, SendsEachFlightInOneDatagramWhereItFits)
{
	open();
	EXPECT_THAT(client.all, SizeIs(2)) << "ClientHello; certificate to Finished";
	EXPECT_THAT(server.all, SizeIs(2)) << "ServerHello to ServerHelloDone; Finished";
}

TEST_F(DtlsSession, CutsTheHandshakeForThePath)
{
	client.configuration.mtu = server.configuration.mtu = 300;
	open();
	EXPECT_THAT(client.all, AllOf(SizeIs(testing::Gt(2U)), Each(Le(300U))));
	EXPECT_THAT(server.all, AllOf(SizeIs(testing::Gt(2U)), Each(Le(300U))));
}

TEST_F(DtlsSession, SaysHowMuchARecordAdds)
{
	open();
	client.all.clear();
	for (const std::size_t size : {1U, 100U, 1163U, 8963U, 16384U})
		EXPECT_TRUE(client->send(Buffer(size, 'x')));
	const auto overhead = client->overhead();
	EXPECT_EQ(overhead, 37U);
	EXPECT_THAT(client.all,
		ElementsAre(1 + overhead, 100 + overhead, 1163 + overhead, 8963 + overhead, 16384 + overhead));
	carry();
	EXPECT_THAT(server.received, SizeIs(5));
}

TEST_F(DtlsSession, AnswersFromInsideALargeRecordWithALargerOne)
{
	open();
	server.onReceived = [this]
	{ EXPECT_TRUE(server->send(asBytes(std::string(server.received.back().size() + 1, 'y')))); };
	for (const std::size_t size : {10U, 2048U, 2049U, 16383U, 20U})
		EXPECT_TRUE(client->send(asBytes(std::string(size, 'x'))));
	carry();
	EXPECT_THAT(server.received, SizeIs(5));
	EXPECT_THAT(client.received, ElementsAre(std::string(11, 'y'), std::string(2049, 'y'),
									 std::string(2050, 'y'), std::string(16384, 'y'), std::string(21, 'y')));
}

TEST_F(DtlsSession, TakesNoErrorOfOthersForItsOwn)
{
	const auto leave = [] { ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH); };
	server->start(now);
	leave();
	client->start(now);
	for (int round = 0; round < 4; ++round)
	{
		leave();
		carry(client, server);
		leave();
		carry(server, client);
	}
	ASSERT_EQ(client->state(), State::Open) << client->error();
	leave();
	EXPECT_TRUE(client->send(asBytes("x")));
	carry();
	leave();
	server->onDatagram(Buffer{22, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 7}, now);
	EXPECT_EQ(server->state(), State::Open) << server->error();
	ERR_clear_error();
}

TEST_F(DtlsSession, RefusesDataThatIsNoRecord)
{
	open();
	EXPECT_FALSE(client->send({}));
	EXPECT_FALSE(client->send(Buffer(16385)));
	EXPECT_TRUE(client->send(asBytes("goes on")));
	carry();
	EXPECT_THAT(server.received, ElementsAre("goes on"));
}

TEST_F(DtlsSession, ExportsOneKeyOnBothSides)
{
	open();
	EXPECT_EQ(exported(client()), exported(server()));
	EXPECT_NE(exported(client()), exported(client(), "EXPORTER-other"));
}

TEST_F(DtlsSession, ExportsAnotherKeyInEachSession)
{
	open();
	const auto first = exported(client());
	client.session.reset();
	server.session.reset();
	open();
	EXPECT_NE(exported(client()), first) << "with the same certificates";
}

TEST_F(DtlsSession, EndsWithAGoodbye)
{
	open();
	client->close();
	EXPECT_EQ(client->state(), State::Closed);
	EXPECT_FALSE(client->send(asBytes("too late")));
	carry();
	EXPECT_EQ(server->state(), State::Closed);
	EXPECT_EQ(server->error(), "");
	EXPECT_EQ(client->error(), "");
	EXPECT_FALSE(server->send(asBytes("too late")));
}

TEST_F(DtlsSession, MayBeClosedAtAnyTime)
{
	client->close();
	EXPECT_EQ(client->state(), State::Closed);
	client->start(now);
	EXPECT_EQ(client->state(), State::Closed);
	EXPECT_THAT(client.sent, IsEmpty());
	server->start(now);
	server->close();
	server->close();
	EXPECT_EQ(server->state(), State::Closed);
	EXPECT_EQ(server->nextDeadline(), NEVER);
}

}
