#include "plugins/discovery/port-mapping/PcpMachine.h"

#include <gtest/gtest.h>

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using pcp::Result;

const pcp::Nonce NONCE{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const Endpoint EXTERNAL = *Endpoint::parse("203.0.113.7:40002");

class PcpMachineTest : public testing::Test
{
protected:
	TimePoint _now{100h};
	TimePoint _began = _now;
	double _random = 0.5;
	PcpMachine _machine{{.client = *Endpoint::parse("192.168.1.20:0"),
		.internalPort = 40001,
		.lifetime = 7200s,
		.nonce = NONCE,
		.random = [this] { return _random; }}};

	/// Requests that are to be sent now; the lifetimes that they ask for.
	std::vector<std::uint32_t> sent()
	{
		std::vector<std::uint32_t> lifetimes;
		while (const auto datagram = _machine.pollTransmit())
			lifetimes.push_back(static_cast<std::uint32_t>((*datagram)[6] << 8 | (*datagram)[7]));
		return lifetimes;
	}

	/// Lets the next deadline come. @return When that is, in seconds since the beginning.
	double next()
	{
		_now = _machine.nextDeadline();
		_machine.onTimer(_now);
		return std::chrono::duration<double>(_now - _began).count();
	}

	bool answer(std::uint32_t lifetime, std::uint32_t epoch, Result result = Result::Success,
		const Endpoint& external = EXTERNAL, const pcp::Nonce& nonce = NONCE)
	{
		return _machine.onDatagram(encode(pcp::Response{.opcode = pcp::Opcode::Map,
									   .result = result,
									   .lifetime = lifetime,
									   .epoch = epoch,
									   .map = pcp::Mapped{nonce, 17, 40001, external}}),
			_now);
	}

	bool announce(std::uint32_t epoch)
	{
		return _machine.onDatagram(
			encode(pcp::Response{.opcode = pcp::Opcode::Announce, .epoch = epoch}), _now);
	}

	template <typename Kind>
	std::optional<Kind> event()
	{
		const auto happened = _machine.pollEvent();
		const auto* wanted = happened ? std::get_if<Kind>(&*happened) : nullptr;
		return wanted ? std::optional{*wanted} : std::nullopt;
	}
};

// RFC 6887, section 8.1.1: IRT 3 s, doubled each time, up to MRT 1,024 s, for ever.
TEST_F(PcpMachineTest, RequestsAreRepeatedMoreAndMoreRarely)
{
	_machine.start(_now);
	EXPECT_EQ(sent(), std::vector<std::uint32_t>{7200});
	EXPECT_DOUBLE_EQ(next(), 3);
	EXPECT_EQ(sent().size(), 1U);
	EXPECT_DOUBLE_EQ(next(), 3 + 6);
	EXPECT_DOUBLE_EQ(next(), 3 + 6 + 12);
	for (int i = 0; i < 7; ++i)
		next();
	const auto before = next();
	EXPECT_DOUBLE_EQ(next() - before, 1024);
	EXPECT_EQ(_machine.unanswered(), 13U);
}

TEST_F(PcpMachineTest, RetransmissionsAreSpreadByATenth)
{
	_random = 1;
	_machine.start(_now);
	_random = 0;
	EXPECT_NEAR(next(), 3.3, 1e-6);
	EXPECT_NEAR(next(), 3.3 + 6.6 * 0.9, 1e-6);
}

TEST_F(PcpMachineTest, AGrantIsToldAndRenewedAtHalfItsTime)
{
	_machine.start(_now);
	sent();
	EXPECT_TRUE(answer(3600, 1000));
	const auto mapped = event<PcpMapped>();
	ASSERT_TRUE(mapped);
	EXPECT_EQ(mapped->external, EXTERNAL);
	EXPECT_EQ(mapped->lifetime, 3600s);
	_random = 0;
	EXPECT_TRUE(announce(1000)) << "nothing has changed";
	EXPECT_TRUE(sent().empty());
	const auto at = next();
	EXPECT_GE(at, 1800);
	EXPECT_LE(at, 2250);
	EXPECT_EQ(sent().size(), 1U);
	answer(3600, 1000 + static_cast<std::uint32_t>(at));
	EXPECT_TRUE(event<PcpMapped>());
}

TEST_F(PcpMachineTest, ARenewalIsTriedMoreOftenTowardsTheEndAndThenTheMappingIsOver)
{
	_machine.start(_now);
	answer(3600, 1000);
	event<PcpMapped>();
	sent();
	double before = 0;
	int renewals = 0;
	std::optional<PcpExpired> expired;
	while (!expired)
	{
		const auto at = next();
		expired = event<PcpExpired>();
		if (!expired)
		{
			EXPECT_GE(at - before, 4) << "section 11.2.1";
			++renewals;
		}
		before = at;
	}
	EXPECT_DOUBLE_EQ(before, 3600);
	EXPECT_GE(renewals, 6);
	EXPECT_LE(renewals, 15);
	EXPECT_EQ(_machine.nextDeadline(), NEVER);
	sent();
	_machine.start(_now);
	EXPECT_EQ(sent().size(), 1U);
}

TEST_F(PcpMachineTest, AnswersToOthersAreNotTaken)
{
	EXPECT_FALSE(answer(3600, 1)) << "nothing was asked";
	_machine.start(_now);
	auto other = NONCE;
	other[0] = 9;
	EXPECT_FALSE(answer(3600, 1, Result::Success, EXTERNAL, other));
	EXPECT_FALSE(event<PcpMapped>());
	EXPECT_FALSE(_machine.onDatagram(Buffer{1, 2, 3}, _now));
}

TEST_F(PcpMachineTest, ARefusalIsToldAndHoldsForAsLongAsItSays)
{
	_machine.start(_now);
	sent();
	EXPECT_TRUE(answer(600, 1, Result::NotAuthorized));
	const auto refused = event<PcpRefused>();
	ASSERT_TRUE(refused);
	EXPECT_EQ(refused->result, Result::NotAuthorized);
	EXPECT_DOUBLE_EQ(next(), 600);
	EXPECT_EQ(sent().size(), 1U);
	answer(0xffffffff, 601, Result::NoResources);
	EXPECT_DOUBLE_EQ(next(), 600 + 3600) << "not for ever";
	answer(0, 4201, Result::NetworkFailure);
	EXPECT_DOUBLE_EQ(next(), 4200 + 30) << "nor at once";
}

TEST_F(PcpMachineTest, ARouterOfNatPmpAloneRefuses)
{
	_machine.start(_now);
	EXPECT_TRUE(_machine.onDatagram(Buffer{0, 0x81, 0, 1, 0, 0, 0, 9}, _now));
	const auto refused = event<PcpRefused>();
	ASSERT_TRUE(refused);
	EXPECT_EQ(refused->result, Result::UnsupportedVersion);
}

TEST_F(PcpMachineTest, ARefusedRenewalLeavesWhatWasGranted)
{
	_machine.start(_now);
	answer(3600, 1000);
	event<PcpMapped>();
	next();
	answer(30, 3000, Result::NoResources);
	EXPECT_FALSE(event<PcpRefused>());
	while (!event<PcpExpired>())
		ASSERT_LE(next(), 3600);
}

// RFC 6887, section 8.5.
TEST_F(PcpMachineTest, AServerThatHasLostItsStateIsAskedAtOnce)
{
	_machine.start(_now);
	answer(3600, 1000);
	sent();
	_now += 100s;
	EXPECT_TRUE(announce(1100));
	EXPECT_TRUE(sent().empty());
	_now += 100s;
	EXPECT_TRUE(announce(3)) << "it was restarted";
	EXPECT_EQ(sent().size(), 1U);
	answer(3600, 3);
	_now += 100s;
	EXPECT_TRUE(announce(110)) << "clocks may differ by a sixteenth";
	EXPECT_TRUE(sent().empty());
	_now += 100s;
	EXPECT_TRUE(announce(130)) << "it stood still, or another one is there";
	EXPECT_EQ(sent().size(), 1U);
	_now += 100s;
	EXPECT_TRUE(announce(2000));
	EXPECT_EQ(sent().size(), 1U);
}

TEST_F(PcpMachineTest, TheGrantedPortIsAskedForAgain)
{
	_machine.start(_now);
	sent();
	answer(3600, 1000);
	next();
	const auto renewal = _machine.pollTransmit();
	ASSERT_TRUE(renewal);
	EXPECT_EQ((*renewal)[42] << 8 | (*renewal)[43], 40002);
	EXPECT_EQ((*renewal)[56], 203);
}

TEST_F(PcpMachineTest, StopDeletesWhatThereIs)
{
	_machine.start(_now);
	sent();
	answer(600, 1000, Result::NotAuthorized);
	_machine.stop();
	EXPECT_TRUE(sent().empty()) << "nothing was granted";
	_machine.start(_now);
	answer(3600, 1000);
	sent();
	_machine.stop();
	EXPECT_EQ(sent(), (std::vector<std::uint32_t>{0, 0}));
	EXPECT_EQ(_machine.nextDeadline(), NEVER);
	EXPECT_FALSE(answer(0, 1001));
}

TEST_F(PcpMachineTest, StopDeletesWhatMayBeThereUnanswered)
{
	_machine.start(_now);
	sent();
	_machine.stop();
	EXPECT_EQ(sent(), (std::vector<std::uint32_t>{0, 0}))
		<< "the answer may have been lost, or be on its way";
	_machine.stop();
	EXPECT_TRUE(sent().empty()) << "once is enough";
}

TEST_F(PcpMachineTest, AnEndlessLifetimeIsNotBelieved)
{
	_machine.start(_now);
	answer(0xffffffff, 1000);
	const auto mapped = event<PcpMapped>();
	ASSERT_TRUE(mapped);
	EXPECT_EQ(mapped->lifetime, 86400s);
}

}

}
