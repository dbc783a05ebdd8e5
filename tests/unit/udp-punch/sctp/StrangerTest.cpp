// An association of ours against one that is not ours: other implementations, and hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/sctp/Checksum.h"
#include "plugins/transport/udp-punch/sctp/Dcep.h"
#include "plugins/transport/udp-punch/sctp/Ppid.h"
#include "plugins/transport/udp-punch/sctp/Socket.h"
#include "tests/unit/udp-punch/sctp/RawPeer.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
using namespace udp_punch::sctp;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Ours is the DTLS server, so the stranger has the even streams.
class SctpStranger : public testing::Test
{
protected:
	void meet(const RawPeer::Options& options = {}, Association::Configuration configuration = Pair::large())
	{
		_ours = std::make_unique<Association>(_engine, _loop, configuration, _end);
		_raw = std::make_unique<RawPeer>(*_engine, _loop, _toUs, options);
		_raw->connect();
		_ours->connect();
		ASSERT_TRUE(until([&] { return _end.ups == 1; }));
		run(20ms);
	}

	void step()
	{
		_loop.advance(1ms);
		_clock.advance(1ms);
		for (const auto& packet : _toUs.arrived(_loop.now()))
			if (_ours)
				_ours->onPacket(packet);
		for (const auto& packet : _toThem.arrived(_loop.now()))
			_raw->onPacket(packet);
		if (++_steps % 10 == 0)
			_engine->tick(10);
		_loop.drain();
	}

	void run(Duration duration)
	{
		for (const auto end = _loop.now() + duration; _loop.now() < end;)
			step();
	}

	bool until(const std::function<bool()>& holds)
	{
		for (int i = 0; i < 10000 && !holds(); ++i)
			step();
		return holds();
	}

	/// The stranger opens a stream.
	void theyOpen(std::uint16_t stream, const std::string& label = "theirs")
	{
		const auto before = _end.offers.size();
		_raw->send(stream, ppid::DCEP, dcep::encodeOpen(labelled(label)));
		ASSERT_TRUE(until([&] { return _end.offers.size() > before; }));
		run(20ms);
	}

	Association::Refusals refusals() const
	{
		return _ours->statistics().refusals;
	}

	ManualLoop _loop;
	udp_punch::dtls::test::WallClock _clock;
	std::shared_ptr<Engine> _engine = Engine::shared(Engine::Clock::Manual);
	OneWay _toUs{1};
	OneWay _toThem{2};
	End _end{_loop, _toThem};
	std::unique_ptr<RawPeer> _raw;
	std::unique_ptr<Association> _ours;
	RecordingObserver _here;
	unsigned _steps = 0;
};

TEST_F(SctpStranger, WhoAsksForAllStreamsIsGivenWhatWeHave)
{
	meet();
	EXPECT_EQ(_raw->outgoing(), Socket::MOST_STREAMS);
	EXPECT_EQ(_raw->incoming(), 256);
	theyOpen(Socket::MOST_STREAMS - 2);
	ASSERT_TRUE(until([&] { return !_raw->messages.empty(); })) << "streams were added for the answer";
	EXPECT_EQ(_raw->messages.front().stream, Socket::MOST_STREAMS - 2);
	EXPECT_EQ(_raw->messages.front().bytes, "\x02");
	EXPECT_GE(_raw->incoming(), Socket::MOST_STREAMS - 1);
}

TEST_F(SctpStranger, WithoutInterleavingMessagesOfTwoChannelsTakeTurns)
{
	meet({.interleaving = false});
	RecordingObserver other;
	auto& one = _ours->open(labelled("one"), _here);
	auto& two = _ours->open(labelled("two"), other);
	const auto large = longText(3U << 20U);
	one.send(MessageKind::Binary, asBytes(large));
	two.send(MessageKind::Binary, asBytes(large));
	one.send(MessageKind::Text, asBytes("small"));
	ASSERT_TRUE(until([&] { return _raw->messages.size() == 5; }));
	std::size_t larges = 0;
	for (const auto& message : _raw->messages)
		larges += message.bytes == large ? 1 : 0;
	EXPECT_EQ(larges, 2U);
	EXPECT_EQ(_raw->messages[0].stream, 1);
	EXPECT_EQ(_raw->messages[0].ppid, ppid::DCEP);
}

TEST_F(SctpStranger, MessagesInDeprecatedPiecesAreJoined)
{
	meet();
	theyOpen(0);
	_raw->send(0, ppid::BINARY_PARTIAL, asBytes("one "));
	_raw->send(0, ppid::BINARY_PARTIAL, asBytes("message "));
	_raw->send(0, ppid::BINARY, asBytes("in three"));
	_raw->send(0, ppid::TEXT_PARTIAL, asBytes("te"));
	_raw->send(0, ppid::TEXT, asBytes("xt"));
	ASSERT_TRUE(until([&] { return _end.offered().messages.size() == 2; }));
	EXPECT_THAT(_end.offered().messages, ElementsAre("#one message in three", "text"));
}

TEST_F(SctpStranger, UnknownPayloadsAreIgnoredAndCounted)
{
	meet();
	theyOpen(0);
	_raw->send(0, 4711, asBytes("?"));
	_raw->send(0, ppid::TEXT, asBytes("known"));
	ASSERT_TRUE(until([&] { return !_end.offered().messages.empty(); }));
	EXPECT_THAT(_end.offered().messages, ElementsAre("known"));
	EXPECT_EQ(refusals().unknownPayloads, 1U);
}

TEST_F(SctpStranger, DataOnAStreamThatNobodyOpenedClosesIt)
{
	meet();
	_raw->send(8, ppid::TEXT, asBytes("hello?"));
	_raw->send(9, ppid::TEXT, asBytes("on one of yours"));
	ASSERT_TRUE(until([&] { return refusals().strayMessages == 2; }));
	run(100ms);
	EXPECT_THAT(_end.offers, IsEmpty());
	_raw->reset(8);
	_raw->reset(9);
	run(500ms);
	theyOpen(8);
	RecordingObserver more;
	for (int i = 0; i < 10; ++i)
		_ours->open(labelled("ours"), _here);
	run(100ms);
	EXPECT_EQ(_ours->up(), true);
}

TEST_F(SctpStranger, MalformedControlClosesTheStream)
{
	meet();
	theyOpen(0);
	_raw->send(0, ppid::DCEP, asBytes("\x03nonsense"));
	ASSERT_TRUE(until([&] { return refusals().malformedControl == 1; }));
	EXPECT_THAT(_end.offered().closings, SizeIs(1));
	_raw->send(2, ppid::DCEP, asBytes("\x7f"));
	_raw->send(4, ppid::DCEP, dcep::encodeAck());
	_raw->send(6, ppid::DCEP, Buffer(dcep::MAX_MESSAGE + 1, 3));
	ASSERT_TRUE(until([&] { return refusals().malformedControl == 4; }));
	EXPECT_THAT(_end.offers, SizeIs(1));
}

TEST_F(SctpStranger, NamesTakeNoMoreThanAMebibyte)
{
	meet();
	auto large = labelled(std::string(65535, 'l'));
	large.protocol = std::string(65535, 'p');
	const auto open = dcep::encodeOpen(large);
	for (std::uint16_t i = 0; i < 12; ++i)
	{
		_raw->send(2 * i, ppid::DCEP, open);
		ASSERT_TRUE(until([&] { return _end.offers.size() + refusals().malformedControl == i + 1U; }));
	}
	EXPECT_EQ(_end.offers.size(), 8U) << "and the ninth does not fit beside them";
	theyOpen(60, "a small one");
	EXPECT_TRUE(_ours->up());
}

TEST_F(SctpStranger, AStreamInUseCannotBeOpened)
{
	meet();
	theyOpen(0);
	_ours->open(labelled("ours"), _here);
	_raw->send(1, ppid::DCEP, dcep::encodeAck());
	ASSERT_TRUE(until([&] { return _here.isOpen; }));
	_raw->send(1, ppid::DCEP, dcep::encodeOpen(labelled("on yours")));
	_raw->send(0, ppid::DCEP, dcep::encodeOpen(labelled("again")));
	ASSERT_TRUE(until([&] { return refusals().malformedControl == 2; }));
	EXPECT_THAT(_end.offers, SizeIs(1));
	EXPECT_THAT(_end.offered().closings, SizeIs(1));
	EXPECT_THAT(_here.closings, SizeIs(1));
}

TEST_F(SctpStranger, WhoOpensOnOurHalfOfTheStreamsIsLeftIt)
{
	meet();
	theyOpen(1);
	theyOpen(3);
	EXPECT_EQ(refusals().malformedControl, 0U);
	_ours->open(labelled("on the other half"), _here);
	ASSERT_TRUE(until([&] { return _raw->messages.size() == 3; }));
	EXPECT_EQ(_raw->messages.back().stream, 0);
}

TEST_F(SctpStranger, AMessageBeyondWhatWeAdvertiseClosesItsChannel)
{
	auto configuration = Pair::large();
	configuration.maxMessage = 100000;
	meet({}, configuration);
	theyOpen(0);
	_raw->send(0, ppid::TEXT, Buffer(100000, 'x'));
	ASSERT_TRUE(until([&] { return _end.offered().messages.size() == 1; }));
	_raw->send(0, ppid::TEXT, Buffer(100001, 'x'));
	ASSERT_TRUE(until([&] { return refusals().tooLarge == 1; }));
	EXPECT_THAT(_end.offered().messages, SizeIs(1));
	EXPECT_EQ(_end.offered().aborted, 1U);
	EXPECT_THAT(_end.offered().closings, SizeIs(1));
	run(100ms);
	EXPECT_TRUE(_ours->up());
}

TEST_F(SctpStranger, WhatThePeerAdvertisesBoundsWhatIsSent)
{
	auto configuration = Pair::large();
	configuration.peerMaxMessage = 65536;
	meet({}, configuration);
	auto& channel = _ours->open(labelled("small"), _here);
	EXPECT_EQ(channel.maxMessage(), 65536U);
	EXPECT_EQ(channel.send(MessageKind::Binary, Buffer(65537)), ChannelSend::TooLarge);
	EXPECT_EQ(channel.send(MessageKind::Binary, Buffer(65536)), ChannelSend::Accepted);
}

TEST_F(SctpStranger, APeerThatCannotResetStreamsLosesThemOneByOne)
{
	meet({.reconfiguration = false});
	auto& channel = _ours->open(labelled("once"), _here);
	_raw->send(1, ppid::DCEP, dcep::encodeAck());
	ASSERT_TRUE(until([&] { return _here.isOpen; }));
	channel.close();
	ASSERT_TRUE(until([&] { return !_here.closings.empty(); }));
	EXPECT_EQ(refusals().resetsFailed, 1U);
	RecordingObserver second;
	_ours->open(labelled("another stream"), second);
	ASSERT_TRUE(until([&] { return _raw->messages.size() == 2; }));
	EXPECT_EQ(_raw->messages[1].stream, 3);
}

TEST_F(SctpStranger, AnAbortEndsItAtOnceAndLeavesNothing)
{
	meet();
	theyOpen(0);
	_end.offered().channel->send(MessageKind::Text, asBytes(longText(300000)));
	_raw->abort();
	ASSERT_TRUE(until([&] { return !_end.lost.empty(); }));
	EXPECT_THAT(_end.lost, ElementsAre("aborted by the peer"));
	EXPECT_THAT(_end.offered().closings, SizeIs(1));
	EXPECT_FALSE(_ours->up());
	// Whoever has not heard of it yet may go on.
	_ours->setPacketSize(8900);
	_ours->setRoundTrip(50ms);
	_ours->pathChanged();
	EXPECT_EQ(_ours->statistics().roundTrip, Duration{});
}

TEST_F(SctpStranger, PacketsThatWereChangedAreCountedAndDropped)
{
	meet();
	Buffer packet(100, 0xab);
	_ours->onPacket(packet);
	_ours->onPacket({});
	EXPECT_EQ(refusals().checksums, 2U);
	EXPECT_TRUE(_ours->up());
}

TEST_F(SctpStranger, BeforeConnectAFewPacketsAreKept)
{
	_ours = std::make_unique<Association>(_engine, _loop, Pair::large(), _end);
	_raw = std::make_unique<RawPeer>(*_engine, _loop, _toUs, RawPeer::Options{});
	_raw->connect();
	run(100ms);
	Buffer garbage(40, 0x11);
	udp_punch::sctp::checksum::write(garbage);
	for (int i = 0; i < 100; ++i)
		_ours->onPacket(garbage);
	EXPECT_GT(refusals().earlyPackets, 80U);
	_ours->connect();
	EXPECT_TRUE(until([&] { return _end.ups == 1; }));
}

TEST(SctpEngine, EndsWithItsLastHolderAndBeginsAgain)
{
	std::weak_ptr<Engine> first;
	{
		Pair pair;
		first = pair.engine;
		pair.connect();
		EXPECT_EQ(Engine::shared(), pair.engine);
	}
	EXPECT_TRUE(first.expired());
	Pair again;
	again.connect();
}

}

}
