// What one pair at full speed costs the others, in virtual time: the loop reads 64 KiB of each connection
// that has something, in turn, and a second of it is worth so many bytes read.
#include "tests/unit/rendezvous-server/RelayWorld.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;

/// As measured (docs/PERFORMANCE.md), with something taken off.
constexpr std::size_t BYTES_A_SECOND = 100'000'000;
constexpr std::size_t READ_AT_ONCE = 64 * 1024;
constexpr std::size_t SIZE = 1200;

/// One who sends to another as fast as asked, over a TCP of its own that holds what is not read.
struct Sender
{
	FakeEnd end;
	relay::Key to = 0;
	std::vector<relay::Key> others; ///< in turn, instead of that one
	double bytesASecond = 0;
	std::uint8_t first = 23;
	double offered = 0;        ///< bytes that wait to be read
	std::size_t delivered = 0; ///< datagrams that reached the other side
	std::size_t read = 0;      ///< datagrams that the relay had to look at
};

class Lab
{
public:
	explicit Lab(std::size_t bytesASecond = BYTES_A_SECOND) : _bytesASecond(bytesASecond) {}

	Sender& pair(double bytesASecond)
	{
		const auto number = static_cast<unsigned>(_senders.size());
		auto& sender = *_senders.emplace_back(std::make_unique<Sender>());
		world.connect(2 * number + 1, sender.end);
		world.connect(2 * number + 2, *_receivers.emplace_back(std::make_unique<FakeEnd>()));
		sender.to = world.key(2 * number + 2);
		sender.bytesASecond = bytesASecond;
		return sender;
	}

	/// Lets it send to many instead of one. @param waiting Bytes that wait for each of them.
	void spread(Sender& sender, unsigned count, std::size_t waiting = 0)
	{
		for (unsigned i = 0; i < count; ++i)
		{
			world.connect(1000 + i, *_receivers.emplace_back(std::make_unique<FakeEnd>()));
			_receivers.back()->queued = waiting;
			sender.others.push_back(world.key(1000 + i));
		}
	}

	void run(Duration duration)
	{
		const TimePoint end = world.now + duration;
		while (world.now < end)
		{
			std::size_t work = 0;
			for (const auto& sender : _senders)
				work += serve(*sender);
			const std::chrono::duration<double> took{
				static_cast<double>(work) / static_cast<double>(_bytesASecond)};
			const Duration step = std::max<Duration>(1ms, std::chrono::duration_cast<Duration>(took));
			for (const auto& sender : _senders)
				offer(*sender, std::chrono::duration<double>{step}.count());
			world.pass(step);
		}
	}

	RelayWorld world;

private:
	static void offer(Sender& sender, double seconds)
	{
		// Two kernels hold some megabytes; more is not sent before something was read.
		constexpr double HELD = 4e6;
		sender.offered = std::min(HELD, sender.offered + sender.bytesASecond * seconds);
	}

	std::size_t serve(Sender& sender)
	{
		std::size_t bytes = 0;
		_datagram.front() = sender.first;
		if (sender.end.paused)
			return 0;
		for (; bytes < READ_AT_ONCE && sender.offered >= SIZE; bytes += SIZE)
		{
			sender.offered -= SIZE;
			const auto& others = sender.others;
			const auto to = others.empty() ? sender.to : others[sender.read % others.size()];
			++sender.read;
			sender.delivered += world.send(sender.end, to, _datagram).to != nullptr;
		}
		return bytes;
	}

	std::size_t _bytesASecond;
	Buffer _datagram = dtls(SIZE);
	std::vector<std::unique_ptr<Sender>> _senders;
	std::vector<std::unique_ptr<FakeEnd>> _receivers;
};

constexpr double HONEST = 1'900'000;
constexpr double FULL_SPEED = 1e9;

std::size_t aloneInTwoSeconds()
{
	Lab lab;
	const auto& honest = lab.pair(HONEST);
	lab.run(2s);
	return honest.delivered;
}

TEST(RelayFairnessTest, aPairAtFullSpeedCostsAnHonestOneNothing)
{
	const auto alone = aloneInTwoSeconds();
	EXPECT_NEAR(HONEST * 2 / SIZE, alone, 10);
	Lab lab;
	const auto& honest = lab.pair(HONEST);
	const auto& attacker = lab.pair(FULL_SPEED);
	lab.run(2s);
	EXPECT_GE(honest.delivered, alone * 95 / 100);
	EXPECT_NEAR(2'000'000 * 2.5 / SIZE, attacker.delivered, 100) << "its own rate, and the burst";
	EXPECT_LE(attacker.read, 2.5 * static_cast<double>(attacker.delivered)) << "the rest was never read";
}

TEST(RelayFairnessTest, whatIsInVainIsNotReadEither)
{
	const auto alone = aloneInTwoSeconds();
	Lab lab;
	const auto& honest = lab.pair(HONEST);
	auto& foreign = lab.pair(FULL_SPEED);
	foreign.first = 0xff;
	auto& stray = lab.pair(FULL_SPEED);
	stray.to = 0;
	lab.run(2s);
	EXPECT_GE(honest.delivered, alone * 95 / 100);
	for (const auto* sender : {&foreign, &stray})
	{
		EXPECT_EQ(0U, sender->delivered);
		EXPECT_LE(sender->read, 2 * 2'500'000 / SIZE);
	}
}

TEST(RelayFairnessTest, aFloodForSlowReceiversIsNotReadEither)
{
	const auto alone = aloneInTwoSeconds();
	for (const unsigned receivers : {1U, 64U})
	{
		Lab lab;
		const auto& honest = lab.pair(HONEST);
		auto& attacker = lab.pair(FULL_SPEED);
		lab.spread(attacker, receivers, RELAY_QUEUE + 1);
		lab.run(2s);
		EXPECT_GE(honest.delivered, alone * 95 / 100);
		EXPECT_EQ(0U, attacker.delivered);
		// What is forgiven, and what the buckets of the pairs, or that of all, let through to the queues.
		const double forgiven = MAX_EXCESS + 2 * 2e6;
		const double lost = std::min(receivers / (1 + QUEUE_CHARGE), PAIRS_AT_FULL_RATE) * 2.5 * 2e6;
		EXPECT_LE(static_cast<double>(attacker.read) * SIZE, 1.1 * (forgiven + lost)) << receivers;
	}
}

TEST(RelayFairnessTest, aMemberWithManyPairsPassesWhatFourMay)
{
	const auto alone = aloneInTwoSeconds();
	Lab lab;
	const auto& honest = lab.pair(HONEST);
	auto& attacker = lab.pair(FULL_SPEED);
	lab.spread(attacker, 64);
	lab.run(2s);
	EXPECT_GE(honest.delivered, alone * 95 / 100);
	// All that it may, but for what it could not use of it while it was not read.
	constexpr double MOST = PAIRS_AT_FULL_RATE * 2'000'000 * 2.5 / SIZE;
	EXPECT_LE(static_cast<double>(attacker.delivered), MOST);
	EXPECT_GE(static_cast<double>(attacker.delivered), 0.9 * MOST);
}

TEST(RelayFairnessTest, whatTheSumRefusesIsNotSpentOfThePair)
{
	constexpr unsigned BURST = 16;
	constexpr std::size_t LENGTH = 1024;
	RelayLimits limits;
	limits.pair = RelayLimits::pairRate(20'000);
	RelayWorld world{limits};
	FakeEnd one;
	world.connect(1, one);
	std::vector<FakeEnd> others(5);
	const auto sent = [&](unsigned other)
	{
		unsigned passed = 0;
		for (unsigned i = 0; i < BURST; ++i)
			passed += world.send(one, world.key(100 + other), dtls(LENGTH)).to != nullptr;
		return passed;
	};
	for (unsigned i = 0; i < others.size(); ++i)
		world.connect(100 + i, others[i]);
	for (unsigned i = 0; i < PAIRS_AT_FULL_RATE; ++i)
		EXPECT_EQ(BURST, sent(i));
	EXPECT_EQ(0U, sent(4));
	world.pass(210ms); // all together may send a burst by then, and each of them a quarter of one
	EXPECT_EQ(BURST, sent(4));
}

TEST(RelayFairnessTest, manyPairsShareWhatThereIs)
{
	// 12 pairs want 23 MB a second of 20: each gets its share, and the attacker no more than the others.
	constexpr std::size_t SCARCE = 20'000'000;
	Lab lab{SCARCE};
	std::vector<const Sender*> honest;
	for (int i = 0; i < 12; ++i)
		honest.push_back(&lab.pair(HONEST));
	const auto& attacker = lab.pair(FULL_SPEED);
	lab.run(2s);
	std::size_t least = honest.front()->delivered;
	for (const auto* each : honest)
		least = std::min(least, each->delivered);
	EXPECT_GE(static_cast<double>(least), 0.8 * SCARCE * 2 / SIZE / 13);
	EXPECT_LE(attacker.delivered, 2 * least);
}

TEST(RelayFairnessTest, whatAMemberCanMakeTheRelayRememberIsBounded)
{
	RelayWorld world;
	FakeEnd one;
	world.connect(1, one);
	std::vector<FakeEnd> others(200);
	for (unsigned i = 0; i < others.size(); ++i)
		world.connect(100 + i, others[i]);
	for (int round = 0; round < 20; ++round)
	{
		for (unsigned i = 0; i < others.size(); ++i)
			world.send(one, world.key(100 + i), dtls(1));
		world.send(one, static_cast<relay::Key>(round), dtls(1));
		world.pass(10ms);
	}
	EXPECT_EQ(201U, world.relay.places());
	EXPECT_LE(sizeof(RelaySession) + MAX_PAIRS * sizeof(RelaySession::Pair), 2048U);
}

}

}
