#include "plugins/transport/udp-punch/PunchPort.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/integration/net/LoopTest.h"
#include "tests/support/Neighbour.h"
#include "tests/support/OwnNetwork.h"

using namespace gimlet;
using namespace std::chrono_literals;
using gimlet::test::Neighbour;
using gimlet::test::OwnNetwork;
using udp_punch::PunchPort;

namespace
{

const ListenAddress LOOPBACK{Endpoint::loopback(AF_INET, 0), 0};

class PunchPortTest : public test::LoopTest
{
protected:
	/// A port that keeps what comes.
	std::unique_ptr<PunchPort> open(const ListenAddress& address = LOOPBACK)
	{
		return std::make_unique<PunchPort>(_loop, address,
			[this](ByteView datagram, const Path& path)
			{
				_received.emplace_back(asText(datagram));
				_paths.push_back(path);
			});
	}

	std::vector<std::string> _received;
	std::vector<Path> _paths;
};

std::string numbered(int number)
{
	auto text = std::to_string(number) + ":";
	text.resize(1000, 'x');
	return text;
}

}

TEST_F(PunchPortTest, WhatIsSentLeavesAtTheEndOfTheRound)
{
	const auto one = open();
	const auto other = open();
	EXPECT_EQ(one->kind(), PortKind::Udp);
	EXPECT_TRUE(one->send(asBytes("first"), other->localEndpoint()));
	EXPECT_TRUE(one->send(asBytes("second"), other->localEndpoint()));
	EXPECT_EQ(one->counters().sent, 0U) << "it waits for its batch";
	runUntil([&] { return _received.size() == 2; });
	EXPECT_EQ(_received, (std::vector<std::string>{"first", "second"}));
	EXPECT_EQ(_paths[0].port, other.get());
	EXPECT_EQ(_paths[0].local, other->localEndpoint());
	EXPECT_EQ(_paths[0].remote, one->localEndpoint());
	EXPECT_EQ(one->counters().sent, 2U);
	EXPECT_EQ(one->counters().sentBytes, 11U);
	EXPECT_EQ(other->counters().received, 2U);
	EXPECT_EQ(other->counters().receivedBytes, 11U);
}

TEST_F(PunchPortTest, FlushSendsAtOnceAndAFullBatchLeavesByItself)
{
	const auto one = open();
	const auto other = open();
	one->send(asBytes("x"), other->localEndpoint());
	one->flush();
	EXPECT_EQ(one->counters().sent, 1U);
	one->flush();
	EXPECT_EQ(one->counters().sent, 1U);
	for (int i = 0; i < 100; ++i)
		ASSERT_TRUE(one->send(asBytes(numbered(i)), other->localEndpoint()));
	EXPECT_EQ(one->counters().sent, 65U);
	runUntil([&] { return _received.size() == 101; });
	for (int i = 0; i < 100; ++i)
		EXPECT_EQ(_received[static_cast<std::size_t>(i) + 1], numbered(i));
}

TEST_F(PunchPortTest, AnswersLeaveWhenAllThatCameWasHandedOut)
{
	const auto one = open();
	std::size_t sentMeanwhile = 0;
	PunchPort* echo = nullptr;
	PunchPort port{_loop, LOOPBACK,
		[&](ByteView datagram, const Path& path)
		{
			path.port->sendFrom(path.local, datagram, path.remote);
			sentMeanwhile += echo->counters().sent;
			if (asText(datagram) == "throw")
				throw std::runtime_error{"as a receiver may"};
		}};
	echo = &port;
	for (const char* text : {"a", "b", "throw"})
		one->send(asBytes(text), port.localEndpoint());
	one->flush();
	for (int turn = 0; turn < 50 && _received.size() < 3; ++turn)
		_loop.runOnce(200ms);
	EXPECT_EQ(_received, (std::vector<std::string>{"a", "b", "throw"}));
	EXPECT_EQ(sentMeanwhile, 0U);
	EXPECT_EQ(_loop.failures(), 1U);
}

TEST_F(PunchPortTest, AWildcardPortSendsFromTheAddressThatIsWanted)
{
	const auto one = open(ListenAddress{});
	const auto other = open();
	EXPECT_TRUE(one->supports(AF_INET6));
	one->sendFrom(Endpoint::parseAddress("127.0.0.7", 0).value(), asBytes("x"), other->localEndpoint());
	one->sendFrom(one->localEndpoint(), asBytes("y"), other->localEndpoint());
	runUntil([&] { return _received.size() == 2; });
	EXPECT_EQ(_paths[0].remote.addressString(), "127.0.0.7");
	EXPECT_EQ(_paths[1].remote.addressString(), "127.0.0.1");
}

TEST_F(PunchPortTest, RefusesAndCountsWhatCannotBeSent)
{
	const auto port = open();
	const auto to = port->localEndpoint();
	EXPECT_FALSE(port->send(asBytes("x"), Endpoint::loopback(AF_INET6, 9)));
	EXPECT_FALSE(port->send(Buffer(65'508), to));
	EXPECT_EQ(port->counters().dropped, 1U);
	EXPECT_TRUE(port->send(Buffer(65'507), to));
	port->flush();
	EXPECT_EQ(port->counters().sent, 1U);
	EXPECT_TRUE(port->sendFrom(Endpoint::parseAddress("192.0.2.1", 0).value(), asBytes("x"), to));
	port->flush();
	EXPECT_EQ(port->counters().refused + port->counters().unreachable, 1U);
	EXPECT_THROW((PunchPort{_loop, {to, to.port()}, {}}), std::system_error);
}

TEST_F(PunchPortTest, APortThatIsGoneIsNotFlushed)
{
	open()->send(asBytes("x"), Endpoint::loopback(AF_INET, 9));
	_loop.runOnce(0ms);
	EXPECT_EQ(_loop.failures(), 0U);
}

TEST_F(PunchPortTest, WhatTheKernelDoesNotTakeWaitsBounded)
{
	if (!OwnNetwork::permitted() || !OwnNetwork::hasTap())
		GTEST_SKIP() << "needs a network of its own: run as root";
	OwnNetwork network;
	Neighbour neighbour{network.makeTap("tap0")};
	network.setAddress("tap0", Endpoint::parseAddress("10.9.0.1", 0).value());
	network.up("tap0");
	const auto port = open(ListenAddress{});
	const auto to = Endpoint::parse("10.9.0.2:9").value();
	// The kernel keeps so many bytes for a neighbour that it does not know yet, and forgets older ones: by
	// the socket's buffer the port must stop before.
	const int small = 1;
	ASSERT_EQ(setsockopt(port->descriptor(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	int accepted = 0;
	while (port->send(asBytes(numbered(accepted)), to))
		ASSERT_LT(++accepted, 2000);
	EXPECT_EQ(port->counters().waited, 1U);
	EXPECT_EQ(port->counters().dropped, 1U);
	EXPECT_EQ(port->waiting(), 512U);
	EXPECT_EQ(port->counters().sent + port->waiting(), static_cast<std::uint64_t>(accepted));

	// Meanwhile it hears.
	UdpSocket sender{LOOPBACK};
	sender.send(asBytes("in"), Endpoint::loopback(AF_INET, port->localEndpoint().port()));
	runUntil([&] { return !_received.empty(); });

	runUntil(
		[&]
		{
			neighbour.serve();
			return port->waiting() == 0;
		});
	neighbour.serve();
	ASSERT_EQ(neighbour.texts.size(), static_cast<std::size_t>(accepted));
	for (int i = 0; i < accepted; ++i)
		ASSERT_EQ(neighbour.texts[static_cast<std::size_t>(i)], numbered(i));
	EXPECT_TRUE(port->send(asBytes("on"), to));
	port->flush();
	neighbour.serve();
	EXPECT_EQ(neighbour.texts.back(), "on");
}
