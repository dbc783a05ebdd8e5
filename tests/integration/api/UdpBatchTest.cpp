#include "node/api/UdpBatch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <vector>

#include "node/api/UdpSocket.h"
#include "tests/support/Neighbour.h"
#include "tests/support/OwnNetwork.h"

using namespace gimlet;
using gimlet::test::Neighbour;
using gimlet::test::OwnNetwork;

namespace
{

constexpr UdpSocket::Options JOINED{.receiveBuffer = 4 << 20, .gro = true, .gso = true};

UdpSocket loopback(const UdpSocket::Options& options, int family = AF_INET)
{
	return UdpSocket{{Endpoint::loopback(family, 0), 0}, options};
}

bool ready(int descriptor, short events)
{
	pollfd entry{descriptor, events, 0};
	return poll(&entry, 1, 5000) == 1;
}

/// A datagram of so many bytes that begins with its number.
std::string numbered(int number, std::size_t length)
{
	auto text = std::to_string(number) + ":";
	text.resize(length, static_cast<char>('a' + number % 26));
	return text;
}

/// What has come, as far as it is as many as wanted.
std::vector<std::string> receive(UdpSocket& socket, UdpReceiveBatch& batch, std::size_t wanted)
{
	std::vector<std::string> texts;
	while (texts.size() < wanted && ready(socket.descriptor(), POLLIN))
	{
		socket.receive(batch);
		std::size_t index = 0;
		for (const auto& datagram : batch)
		{
			EXPECT_EQ(asText(batch[index++].bytes), asText(datagram.bytes));
			EXPECT_FALSE(datagram.truncated);
			texts.emplace_back(asText(datagram.bytes));
		}
		EXPECT_EQ(index, batch.size());
	}
	return texts;
}

}

TEST(UdpBatchTest, JoinedDatagramsComeOutSingleAndInOrder)
{
	for (const int family : {AF_INET, AF_INET6})
	{
		for (const bool gso : {false, true})
		{
			for (const bool gro : {false, true})
			{
				auto from = loopback({.gso = gso}, family);
				auto to = loopback({.receiveBuffer = 4 << 20, .gro = gro}, family);
				UdpSendBatch out{256, 2000};
				std::vector<std::string> sent;
				// Runs of one length, some with a shorter last one; single ones; an empty one.
				for (const std::size_t length :
					{1200U, 1200U, 1200U, 700U, 1200U, 1300U, 10U, 10U, 0U, 10U, 2000U, 2000U, 1999U})
					sent.push_back(length ? numbered(static_cast<int>(sent.size()), length) : "");
				for (int i = 0; i < 70; ++i)
					sent.push_back(numbered(i, 1200));
				for (const auto& text : sent)
					ASSERT_TRUE(out.add(asBytes(text), to.local()));
				const auto report = from.send(out);
				EXPECT_EQ(report.sent, sent.size());
				EXPECT_EQ(report.error, 0);
				EXPECT_TRUE(out.empty());
				UdpReceiveBatch in{8, UdpReceiveBatch::LARGEST_JOINED};
				EXPECT_EQ(receive(to, in, sent.size()), sent) << family << gso << gro;
			}
		}
	}
}

TEST(UdpBatchTest, OneCallBringsManyWhereTheKernelJoins)
{
	auto from = loopback(JOINED);
	auto to = loopback(JOINED);
	if (!from.gso() || !to.gro())
		GTEST_SKIP() << "this kernel has no UDP GSO or GRO";
	UdpSendBatch out{64, 1200};
	for (int i = 0; i < 50; ++i)
		ASSERT_TRUE(out.add(asBytes(numbered(i, 1200)), to.local()));
	ASSERT_EQ(from.send(out).sent, 50U);
	UdpReceiveBatch in{1, UdpReceiveBatch::LARGEST_JOINED};
	ASSERT_TRUE(ready(to.descriptor(), POLLIN));
	EXPECT_EQ(to.receive(in), 50U);
	EXPECT_TRUE(in.filled());
	EXPECT_EQ(in[49].remote, from.local());
	EXPECT_EQ(in[49].local, to.local());
	EXPECT_EQ(to.receive(in), 0U);
	EXPECT_EQ(in.begin(), in.end());
}

TEST(UdpBatchTest, NeighboursThatGoElsewhereAreNotJoined)
{
	auto from = loopback(JOINED);
	auto one = loopback(JOINED);
	auto other = loopback(JOINED);
	UdpSendBatch out{16, 100};
	std::vector<std::string> toOne;
	std::vector<std::string> toOther;
	for (int i = 0; i < 16; ++i)
	{
		auto& texts = i / 3 % 2 == 0 ? toOne : toOther;
		texts.push_back(numbered(i, 50));
		ASSERT_TRUE(out.add(asBytes(texts.back()), i / 3 % 2 == 0 ? one.local() : other.local()));
	}
	EXPECT_EQ(from.send(out).sent, 16U);
	UdpReceiveBatch in{4, UdpReceiveBatch::LARGEST_JOINED};
	EXPECT_EQ(receive(one, in, toOne.size()), toOne);
	EXPECT_EQ(receive(other, in, toOther.size()), toOther);
}

TEST(UdpBatchTest, AWildcardSocketJoinsOnlyWhatHasTheSameSource)
{
	UdpSocket from{ListenAddress{}, JOINED};
	auto to = loopback(JOINED);
	UdpSendBatch out{6, 100};
	for (int i = 0; i < 6; ++i)
		ASSERT_TRUE(out.add(asBytes(numbered(i, 50)), to.local(),
			Endpoint::parseAddress(i < 3 ? "127.0.0.1" : "127.0.0.2", 0).value()));
	EXPECT_EQ(from.send(out).sent, 6U);
	UdpReceiveBatch in{8, UdpReceiveBatch::LARGEST_JOINED};
	std::size_t seen = 0;
	while (seen < 6 && ready(to.descriptor(), POLLIN))
	{
		to.receive(in);
		for (const auto& datagram : in)
		{
			EXPECT_EQ(asText(datagram.bytes), numbered(static_cast<int>(seen), 50));
			EXPECT_EQ(datagram.remote.addressString(), seen++ < 3 ? "127.0.0.1" : "127.0.0.2");
		}
	}
	EXPECT_EQ(seen, 6U);
}

TEST(UdpBatchTest, WithoutGsoOnTheWayOutItIsSentPlainlyFromThenOn)
{
	auto from = loopback(JOINED);
	auto to = loopback(JOINED);
	if (!from.gso())
		GTEST_SKIP() << "this kernel has no UDP GSO";
	// Linux refuses GSO for a socket without checksums, as it does for a device without it.
	const int on = 1;
	ASSERT_EQ(setsockopt(from.descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
	UdpSendBatch out{64, 1200};
	std::vector<std::string> sent;
	for (int i = 0; i < 64; ++i)
	{
		sent.push_back(numbered(i, i < 40 ? 1000 : 900));
		ASSERT_TRUE(out.add(asBytes(sent.back()), to.local()));
	}
	const auto report = from.send(out);
	EXPECT_EQ(report.sent, 64U);
	EXPECT_EQ(report.failed, 0U);
	EXPECT_FALSE(from.gso());
	UdpReceiveBatch in{64, UdpReceiveBatch::LARGEST_JOINED};
	EXPECT_EQ(receive(to, in, sent.size()), sent);
}

TEST(UdpBatchTest, ARefusalThatIsNotOfGsoLeavesItOn)
{
	auto from = loopback(JOINED);
	auto to = loopback(JOINED);
	if (!from.gso())
		GTEST_SKIP() << "this kernel has no UDP GSO";
	UdpSendBatch out{16, 1200};
	const auto foreign = Endpoint::parseAddress("192.0.2.1", 0).value();
	for (int i = 0; i < 9; ++i)
		ASSERT_TRUE(out.add(asBytes(numbered(i, 100)), to.local(), i / 3 == 1 ? foreign : Endpoint{}));
	const auto report = from.send(out);
	EXPECT_EQ(report.sent, 6U);
	EXPECT_EQ(report.failed, 3U);
	EXPECT_NE(report.error, 0);
	EXPECT_TRUE(from.gso());
	UdpReceiveBatch in{16, UdpReceiveBatch::LARGEST_JOINED};
	const auto texts = receive(to, in, 6);
	ASSERT_EQ(texts.size(), 6U);
	EXPECT_EQ(texts[3], numbered(6, 100));
}

TEST(UdpBatchTest, WithoutFragmentsTheInterfaceIsTheLimit)
{
	if (!OwnNetwork::permitted())
		GTEST_SKIP() << "needs a network of its own: run as root";
	OwnNetwork network;
	network.setMtu("lo", 1500);
	// What is left of 1,500 bytes without the headers of IP and UDP.
	const std::pair<int, std::size_t> families[]{{AF_INET, 1472}, {AF_INET6, 1452}};
	for (const auto& [family, largest] : families)
	{
		auto to = loopback({}, family);
		UdpSocket fragmenting{ListenAddress{}};
		EXPECT_EQ(fragmenting.send(asBytes(numbered(0, largest + 1)), to.local()), 0);
		UdpSocket dualStack{ListenAddress{}, {.dontFragment = true}};
		auto single = loopback({.dontFragment = true}, family);
		for (auto* socket : {&dualStack, &single})
		{
			EXPECT_EQ(socket->send(asBytes(numbered(1, largest)), to.local()), 0);
			EXPECT_EQ(socket->send(asBytes(numbered(2, largest + 1)), to.local()), EMSGSIZE);
		}
		UdpReceiveBatch in{8, 2000};
		EXPECT_EQ(receive(to, in, 3).size(), 3U);
	}
}

TEST(UdpBatchTest, ADatagramThatIsTooLargeStopsNoOther)
{
	if (!OwnNetwork::permitted())
		GTEST_SKIP() << "needs a network of its own: run as root";
	OwnNetwork network;
	network.setMtu("lo", 1500);
	auto from = loopback({.gso = true, .dontFragment = true});
	auto to = loopback(JOINED);
	const bool gso = from.gso();
	UdpSendBatch out{16, 2000};
	std::vector<std::string> small;
	for (const std::size_t length : {1200U, 1200U, 1600U, 1600U, 1600U, 1200U, 1200U})
	{
		const auto text = numbered(static_cast<int>(out.size()), length);
		ASSERT_TRUE(out.add(asBytes(text), to.local()));
		if (length == 1200)
			small.push_back(text);
	}
	// Three too large ones, and a shorter one that would have left with them.
	const auto report = from.send(out);
	EXPECT_EQ(report.sent, 4U);
	EXPECT_EQ(report.failed, 3U);
	EXPECT_EQ(report.tooLarge, 3U);
	EXPECT_EQ(report.error, EMSGSIZE);
	EXPECT_EQ(from.gso(), gso);
	UdpReceiveBatch in{16, UdpReceiveBatch::LARGEST_JOINED};
	EXPECT_EQ(receive(to, in, 4), small);
}

TEST(UdpBatchTest, WhatAFullBufferRefusesIsKeptOrDropped)
{
	if (!OwnNetwork::permitted() || !OwnNetwork::hasTap())
		GTEST_SKIP() << "needs a network of its own: run as root";
	for (const bool gso : {false, true})
	{
		OwnNetwork network;
		Neighbour neighbour{network.makeTap("tap0")};
		network.setAddress("tap0", Endpoint::parseAddress("10.9.0.1", 0).value());
		network.up("tap0");
		// Until the neighbour has answered who it is, datagrams wait and take up the socket's buffer.
		UdpSocket from{ListenAddress{}, {.sendBuffer = 1, .gso = gso}};
		const auto to = Endpoint::parse("10.9.0.2:9").value();
		UdpSendBatch out{32, 1100};
		std::vector<std::string> sent;
		const auto add = [&](std::size_t length)
		{
			sent.push_back(numbered(static_cast<int>(sent.size()), length));
			ASSERT_TRUE(out.add(asBytes(sent.back()), to));
		};
		for (int i = 0; i < 30; ++i)
			add(i % 10 == 9 ? 900 : 1000);
		auto report = from.send(out, UdpSocket::WhenFull::Keep);
		EXPECT_GT(report.sent, 0U);
		EXPECT_GT(report.kept, 0U);
		EXPECT_EQ(report.sent + report.kept, 30U);
		EXPECT_EQ(report.error, EAGAIN);
		EXPECT_EQ(out.size(), report.kept);
		add(1100);
		add(1100);
		UdpSendBatch others{4, 100};
		ASSERT_TRUE(others.add(asBytes("lost"), to));
		EXPECT_EQ(from.send(others).dropped, 1U);
		EXPECT_TRUE(others.empty());

		for (int turn = 0; turn < 100 && neighbour.texts.size() < 32; ++turn)
		{
			neighbour.serve();
			if (!out.empty() && ready(from.descriptor(), POLLOUT))
				from.send(out, UdpSocket::WhenFull::Keep);
			neighbour.serve();
			ASSERT_TRUE(neighbour.texts.size() >= 32 || ready(neighbour.descriptor(), POLLIN));
		}
		EXPECT_EQ(neighbour.texts, sent) << "gso " << gso;
	}
}
