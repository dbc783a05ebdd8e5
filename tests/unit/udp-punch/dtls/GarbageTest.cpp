// What anybody may send: none of it ends an open session or reaches the user, and it is counted.
#include <gmock/gmock.h>

#include <random>

#include "tests/unit/udp-punch/dtls/Pair.h"

namespace gimlet::udp_punch::dtls::test
{

namespace
{

using testing::ElementsAre;
using testing::IsEmpty;

Buffer noise(std::mt19937& random, std::size_t size)
{
	Buffer bytes(size);
	for (auto& byte : bytes)
		byte = static_cast<std::uint8_t>(random());
	return bytes;
}

/// A record that looks right: a header with that type, that epoch and a fitting length.
Buffer forged(std::mt19937& random, std::uint8_t type, std::uint8_t epoch)
{
	auto bytes = noise(random, 13 + random() % 200);
	const auto length = bytes.size() - 13;
	bytes[0] = type;
	bytes[1] = 254;
	bytes[2] = 253;
	bytes[3] = 0;
	bytes[4] = epoch;
	bytes[11] = static_cast<std::uint8_t>(length >> 8U);
	bytes[12] = static_cast<std::uint8_t>(length);
	return bytes;
}

}

class DtlsGarbage : public Pair
{
protected:
	std::mt19937 random{2026};
};

TEST_F(DtlsGarbage, BetweenTheFlightsIsDroppedAndCounted)
{
	const auto soil = [&](End& end)
	{
		const auto before = end->dropped();
		for (int count = 0; count < 50; ++count)
		{
			auto bytes = noise(random, 1 + random() % 300);
			bytes[0] = static_cast<std::uint8_t>(20 + random() % 44);
			end->onDatagram(bytes, now);
		}
		EXPECT_EQ(end->dropped(), before + 50);
	};
	soil(server);
	soil(client);
	client->start(now);
	for (int round = 0; round < 5; ++round)
	{
		soil(server);
		soil(client);
		carry(client, server);
		soil(client);
		soil(server);
		carry(server, client);
	}
	EXPECT_EQ(client->state(), State::Open) << client->error();
	EXPECT_EQ(server->state(), State::Open) << server->error();
}

TEST_F(DtlsGarbage, DoesNotEndAServerThatNobodyHasGreeted)
{
	server->start(now);
	for (std::uint8_t type = 20; type <= 23; ++type)
		for (std::uint8_t epoch = 0; epoch < 2; ++epoch)
		{
			auto record = forged(random, type, epoch);
			record[13 % record.size()] = 2; // no ClientHello
			server->onDatagram(record, now);
		}
	EXPECT_EQ(server->dropped(), 8U);
	EXPECT_EQ(server->state(), State::Handshaking);
	client->start(now);
	carry();
	EXPECT_EQ(server->state(), State::Open) << server->error();
}

TEST_F(DtlsGarbage, EncryptedRecordsBeforeTheKeysAreLimited)
{
	client->start(now);
	carry(client, server);
	for (int count = 0; count < 1000; ++count)
		server->onDatagram(forged(random, 22, 1), now);
	EXPECT_GE(server->dropped(), 900U);
	carry();
	EXPECT_EQ(server->state(), State::Open) << server->error();
	EXPECT_EQ(client->state(), State::Open) << client->error();
}

TEST_F(DtlsGarbage, DoesNothingToAnOpenSession)
{
	open();
	client->send(asBytes("genuine"));
	const auto genuine = client.sent.front();
	client.sent.clear();
	for (int count = 0; count < 2000; ++count)
	{
		server->onDatagram(noise(random, random() % 400), now);
		server->onDatagram(forged(random, static_cast<std::uint8_t>(20 + random() % 4),
							   static_cast<std::uint8_t>(random() % 3)),
			now);
		auto bent = genuine;
		bent[random() % bent.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
		server->onDatagram(bent, now);
		server->onDatagram(ByteView{genuine}.first(random() % genuine.size()), now);
	}
	EXPECT_EQ(server->state(), State::Open) << server->error();
	EXPECT_THAT(server.received, IsEmpty());
	EXPECT_THAT(server.sent, IsEmpty()) << "nobody is answered";
	EXPECT_GT(server->dropped(), 4000U);
	server->onDatagram(genuine, now);
	EXPECT_THAT(server.received, ElementsAre("genuine"));
}

TEST_F(DtlsGarbage, BehindARecordCostsOnlyItself)
{
	open();
	client->send(asBytes("one"));
	client->send(asBytes("two"));
	auto both = client.sent[0];
	both.insert(both.end(), client.sent[1].begin(), client.sent[1].end());
	both.push_back(23);
	server->onDatagram(both, now);
	EXPECT_THAT(server.received, ElementsAre("one", "two"));
	EXPECT_EQ(server->dropped(), 1U);
}

TEST_F(DtlsGarbage, IsEverythingOnceItIsOver)
{
	open();
	client->send(asBytes("late"));
	server->close();
	carry(client, server);
	EXPECT_THAT(server.received, IsEmpty());
	EXPECT_EQ(server->dropped(), 1U);
}

}
