#include "node/api/UdpSocket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <system_error>

using namespace gimlet;

namespace
{

ListenAddress loopback(int family, std::uint16_t port = 0)
{
	return {Endpoint::loopback(family, port), port};
}

bool readable(const UdpSocket& socket)
{
	pollfd entry{socket.descriptor(), POLLIN, 0};
	return poll(&entry, 1, 5000) == 1;
}

/// Receives exactly one datagram.
UdpDatagram receiveOne(UdpSocket& socket, UdpReceiveBatch& batch)
{
	EXPECT_TRUE(readable(socket));
	EXPECT_EQ(socket.receive(batch), 1U);
	return batch.size() == 1 ? batch[0] : UdpDatagram{};
}

}

TEST(UdpSocketTest, carriesDatagramsBothWays)
{
	for (const int family : {AF_INET, AF_INET6})
	{
		UdpSocket a{loopback(family)};
		UdpSocket b{loopback(family)};
		UdpReceiveBatch batch{4, 100};
		ASSERT_EQ(a.send(asBytes("there"), b.local()), 0);
		const auto there = receiveOne(b, batch);
		EXPECT_EQ(asText(there.bytes), "there");
		EXPECT_EQ(there.remote, a.local());
		EXPECT_EQ(there.local, b.local());
		EXPECT_FALSE(there.truncated);
		ASSERT_EQ(b.send(asBytes("back"), there.remote, there.local), 0);
		EXPECT_EQ(asText(receiveOne(a, batch).bytes), "back");
		EXPECT_EQ(a.receive(batch), 0U);
	}
}

TEST(UdpSocketTest, wildcardServesBothFamiliesAndAnswersFromTheAddressAsked)
{
	UdpSocket server{ListenAddress{}};
	EXPECT_TRUE(server.supports(AF_INET));
	EXPECT_TRUE(server.supports(AF_INET6));
	EXPECT_TRUE(server.local().isUnspecified());
	EXPECT_NE(server.local().port(), 0);
	UdpReceiveBatch batch{4, 100};
	for (const auto* address : {"127.0.0.1", "127.0.0.2", "::1"})
	{
		const auto asked = Endpoint::parseAddress(address, server.local().port()).value();
		UdpSocket client{ListenAddress{Endpoint::any(asked.family(), 0), 0}};
		ASSERT_EQ(client.send(asBytes("who"), asked), 0) << address;
		const auto request = receiveOne(server, batch);
		EXPECT_EQ(request.local, asked);
		EXPECT_EQ(request.remote.family(), asked.family());
		UdpSendBatch answers{1, 100};
		ASSERT_TRUE(answers.add(asBytes("me"), request.remote, request.local));
		EXPECT_EQ(server.send(answers).sent, 1U);
		EXPECT_EQ(receiveOne(client, batch).remote, asked);
	}
}

TEST(UdpSocketTest, batchesKeepOrderAndSkipWhatIsRefused)
{
	UdpSocket a{loopback(AF_INET)};
	UdpSocket b{loopback(AF_INET)};
	UdpSendBatch out{5, 16};
	EXPECT_TRUE(out.empty());
	EXPECT_FALSE(out.add(asBytes("longer than sixteen bytes"), b.local()));
	ASSERT_TRUE(out.add(asBytes("1"), b.local()));
	ASSERT_TRUE(out.add(asBytes("to nobody"), Endpoint{}));
	ASSERT_TRUE(out.add(asBytes("wrong family"), Endpoint::loopback(AF_INET6, 9)));
	ASSERT_TRUE(
		out.add(asBytes("not my address"), b.local(), Endpoint::parseAddress("192.0.2.1", 0).value()));
	ASSERT_TRUE(out.add(asBytes("2"), b.local()));
	EXPECT_TRUE(out.full());
	EXPECT_FALSE(out.add(asBytes("6"), b.local()));
	const auto report = a.send(out);
	EXPECT_EQ(report.sent, 2U);
	EXPECT_EQ(report.failed, 3U);
	EXPECT_EQ(report.dropped, 0U);
	EXPECT_NE(report.error, 0);
	EXPECT_TRUE(out.empty());
	EXPECT_EQ(a.send(asBytes("x"), Endpoint{}), EAFNOSUPPORT);

	UdpReceiveBatch in{8, 16};
	ASSERT_TRUE(readable(b));
	ASSERT_EQ(b.receive(in), 2U);
	EXPECT_EQ(asText(in[0].bytes), "1");
	EXPECT_EQ(asText(in[1].bytes), "2");
}

TEST(UdpSocketTest, oneBatchTakesNoMoreThanItsCapacity)
{
	UdpSocket a{loopback(AF_INET)};
	UdpSocket b{loopback(AF_INET)};
	for (int i = 0; i < 5; ++i)
		ASSERT_EQ(a.send(asBytes(std::to_string(i)), b.local()), 0);
	UdpReceiveBatch in{2, 16};
	std::string seen;
	while (b.receive(in))
		for (std::size_t i = 0; i < in.size(); ++i)
			seen += asText(in[i].bytes);
	EXPECT_EQ(seen, "01234");
}

TEST(UdpSocketTest, saysWhenADatagramWasCut)
{
	UdpSocket a{loopback(AF_INET)};
	UdpSocket b{loopback(AF_INET)};
	UdpReceiveBatch in{1, 4};
	ASSERT_EQ(a.send(asBytes("too long"), b.local()), 0);
	ASSERT_EQ(a.send(asBytes("fits"), b.local()), 0);
	const auto cut = receiveOne(b, in);
	EXPECT_TRUE(cut.truncated);
	EXPECT_EQ(asText(cut.bytes), "too ");
	const auto whole = receiveOne(b, in);
	EXPECT_FALSE(whole.truncated);
	EXPECT_EQ(asText(whole.bytes), "fits");
}

TEST(UdpSocketTest, tellsWhyItCannotBind)
{
	UdpSocket first{loopback(AF_INET)};
	try
	{
		UdpSocket second{loopback(AF_INET, first.local().port())};
		FAIL() << "the address is taken";
	}
	catch (const std::system_error& error)
	{
		EXPECT_EQ(error.code(), std::errc::address_in_use);
		EXPECT_NE(std::string{error.what()}.find(first.local().toString()), std::string::npos)
			<< error.what();
	}
}

TEST(UdpSocketTest, sharesAnAddressWhenAsked)
{
	const UdpSocket::Options shared{.reusePort = true};
	UdpSocket first{loopback(AF_INET), shared};
	UdpSocket second{loopback(AF_INET, first.local().port()), shared};
	EXPECT_EQ(first.local(), second.local());
}

TEST(UdpSocketTest, anIpv6AddressLeavesIpv4ToAnother)
{
	UdpSocket v6{ListenAddress{Endpoint::any(AF_INET6, 0), 0}};
	EXPECT_FALSE(v6.supports(AF_INET));
	UdpSocket v4{ListenAddress{Endpoint::any(AF_INET, v6.local().port()), v6.local().port()}};
	EXPECT_EQ(v4.local().port(), v6.local().port());
}

TEST(UdpSocketTest, movesAndCloses)
{
	UdpSocket a{loopback(AF_INET)};
	const auto local = a.local();
	UdpSocket b{std::move(a)};
	EXPECT_FALSE(a.isOpen()); // NOLINT: that is the question
	EXPECT_TRUE(b.isOpen());
	EXPECT_EQ(b.local(), local);
	b = UdpSocket{};
	EXPECT_FALSE(b.isOpen());
	EXPECT_NO_THROW((UdpSocket{loopback(AF_INET, local.port())}));
}
