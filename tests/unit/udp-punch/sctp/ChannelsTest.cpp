// How channels come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/sctp/Socket.h"
#include "tests/unit/udp-punch/sctp/Pair.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

class SctpChannels : public testing::Test
{
protected:
	sctp::Association& left()
	{
		return *pair.left.association;
	}
	sctp::Association& right()
	{
		return *pair.right.association;
	}

	Pair pair;
	RecordingObserver here;
};

TEST_F(SctpChannels, OptionsReachThePeer)
{
	pair.connect();
	ChannelOptions options;
	options.label = std::string(65535, 'l');
	options.protocol = std::string(65535, 'p');
	options.ordered = false;
	options.maxLifetime = 1500ms;
	options.priority = 1024;
	left().open(options, here);
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	const auto& got = pair.right.offered().channel->options();
	EXPECT_TRUE(got.label == options.label);
	EXPECT_TRUE(got.protocol == options.protocol);
	EXPECT_FALSE(got.ordered);
	EXPECT_EQ(got.maxLifetime, 1500ms);
	EXPECT_EQ(got.priority, 1024);
}

TEST_F(SctpChannels, OptionsThatCannotBeSaidAreRefused)
{
	EXPECT_THROW(left().open(labelled(std::string(65536, 'l')), here), std::runtime_error);
	auto both = labelled("both limits");
	both.maxLifetime = 1s;
	both.maxRetransmits = 1;
	EXPECT_THROW(left().open(both, here), std::runtime_error);
}

TEST_F(SctpChannels, AnObserverThatThrowsEndsItsOwnCallOnly)
{
	pair.connect();
	auto& channel = left().open(labelled("careless"), here);
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	auto& there = pair.right.offered();
	there.onMessage = [&](Channel&)
	{
		there.onMessage = nullptr;
		throw std::runtime_error{"careless"};
	};
	// They arrive in one packet, so the second one waits in SCTP when the first one throws.
	channel.send(MessageKind::Text, asBytes("one"));
	channel.send(MessageKind::Text, asBytes("two"));
	EXPECT_THROW(pair.run(1s), std::runtime_error);
	ASSERT_TRUE(pair.until([&] { return there.messages.size() == 2; }));
	channel.send(MessageKind::Text, asBytes("three"));
	ASSERT_TRUE(pair.until([&] { return there.messages.size() == 3; }));
	there.channel->send(MessageKind::Text, asBytes("answer"));
	EXPECT_TRUE(pair.until([&] { return here.messages.size() == 1; }));
}

TEST_F(SctpChannels, BothSidesOpenAtOnce)
{
	std::vector<std::unique_ptr<RecordingObserver>> observers;
	for (int i = 0; i < 50; ++i)
		for (auto* association : {&left(), &right()})
		{
			observers.push_back(std::make_unique<RecordingObserver>());
			auto& channel = association->open(labelled(std::to_string(i)), *observers.back());
			channel.send(MessageKind::Text, asBytes(std::to_string(i)));
		}
	pair.connect();
	ASSERT_TRUE(pair.until(
		[&]
		{
			return std::all_of(
				observers.begin(), observers.end(), [](const auto& observer) { return observer->isOpen; });
		}));
	for (auto* end : {&pair.left, &pair.right})
	{
		ASSERT_THAT(end->offers, SizeIs(50));
		for (const auto& offer : end->offers)
			EXPECT_THAT(offer->messages, ElementsAre(offer->channel->options().label));
	}
}

TEST_F(SctpChannels, AChannelClosesOnBothSidesOnceItsMessagesAreThere)
{
	pair.connect();
	auto& channel = left().open(labelled("short"), here);
	const auto text = longText(1U << 20U);
	channel.send(MessageKind::Text, asBytes(text));
	channel.close();
	EXPECT_EQ(channel.send(MessageKind::Text, asBytes("late")), ChannelSend::Closed);
	ASSERT_TRUE(pair.until([&] { return !here.closings.empty(); }));
	EXPECT_THAT(here.closings, ElementsAre("closed"));
	EXPECT_TRUE(pair.right.offered().messages == std::vector{text});
	EXPECT_THAT(pair.right.offered().closings, ElementsAre("closed by the peer"));
}

TEST_F(SctpChannels, BothSidesCloseTheSameAtOnce)
{
	pair.connect();
	left().open(labelled("twice"), here);
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	pair.run(50ms);
	here.channel->close();
	pair.right.offered().channel->close();
	ASSERT_TRUE(pair.until([&] { return !here.closings.empty() && !pair.right.offered().closings.empty(); }));
	EXPECT_THAT(here.closings, SizeIs(1));
	EXPECT_THAT(pair.right.offered().closings, SizeIs(1));
}

TEST_F(SctpChannels, ARefusedChannelIsClosedAndCounted)
{
	pair.connect();
	pair.right.refuses = true;
	left().open(labelled("unwanted"), here).send(MessageKind::Text, asBytes("for nobody"));
	ASSERT_TRUE(pair.until([&] { return !here.closings.empty(); }));
	EXPECT_THAT(here.closings, ElementsAre("closed by the peer"));
	EXPECT_EQ(right().statistics().refusals.refusedChannels, 1U);
}

TEST_F(SctpChannels, HundredsOpenAndCloseWithoutUsingUpStreams)
{
	pair.connect();
	pair.setBoth([](PathTraits& path) { path.loss = 0.02; });
	for (int round = 0; round < 30; ++round)
	{
		std::vector<std::unique_ptr<RecordingObserver>> observers;
		for (int i = 0; i < 40; ++i)
		{
			observers.push_back(std::make_unique<RecordingObserver>());
			auto& association = i % 2 == 0 ? left() : right();
			association.open(labelled("round"), *observers.back())
				.send(MessageKind::Text, asBytes(std::to_string(round)));
		}
		const auto all = [&](const auto& holds)
		{ return std::all_of(observers.begin(), observers.end(), holds); };
		ASSERT_TRUE(pair.until([&] { return all([](const auto& one) { return one->isOpen; }); })) << round;
		for (std::size_t i = 0; i < observers.size(); i += 2)
			observers[i]->channel->close();
		pair.run(3ms);
		for (std::size_t i = 1; i < observers.size(); i += 2)
			observers[i]->channel->close();
		ASSERT_TRUE(pair.until([&] { return all([](const auto& one) { return !one->closings.empty(); }); }))
			<< round;
	}
	EXPECT_THAT(pair.right.offers, SizeIs(600));
	for (const auto& offer : pair.right.offers)
		EXPECT_THAT(offer->messages, SizeIs(1));
	EXPECT_EQ(left().statistics().refusals.resetsFailed, 0U);
	EXPECT_EQ(left().statistics().refusals.malformedControl, 0U);
	EXPECT_EQ(right().statistics().refusals.strayMessages, 0U);
}

TEST_F(SctpChannels, StreamsAreAddedWhenMoreAreNeededAndThereIsAnEnd)
{
	pair.connect();
	std::vector<std::unique_ptr<RecordingObserver>> observers;
	const auto open = [&](sctp::Association& association)
	{
		observers.push_back(std::make_unique<RecordingObserver>());
		association.open(labelled("many"), *observers.back()).send(MessageKind::Text, asBytes("hello"));
	};
	for (int i = 0; i < 200; ++i)
	{
		open(left());
		open(right());
	}
	ASSERT_TRUE(pair.until(
		[&] {
			return std::all_of(
				observers.begin(), observers.end(), [](const auto& one) { return one->isOpen; });
		}));
	for (int i = 200; i < sctp::Socket::MOST_STREAMS / 2; ++i)
		open(left());
	RecordingObserver none;
	EXPECT_THROW(left().open(labelled("one more"), none), std::runtime_error);
	ASSERT_TRUE(pair.until(
		[&] {
			return std::all_of(
				observers.begin(), observers.end(), [](const auto& one) { return one->isOpen; });
		}));
	for (const auto& offer : pair.right.offers)
		EXPECT_THAT(offer->messages, ElementsAre("hello"));
	EXPECT_THAT(pair.right.offers, SizeIs(512));
	EXPECT_THAT(pair.left.offers, SizeIs(200));
}

TEST_F(SctpChannels, ObserversMayDoAnythingFromTheirCalls)
{
	pair.connect();
	RecordingObserver answer;
	here.onMessage = [&](Channel& channel)
	{
		channel.close();
		left().open(labelled("next"), answer);
	};
	left().open(labelled("first"), here);
	ASSERT_TRUE(pair.until([&] { return !pair.right.offers.empty(); }));
	pair.right.offered().channel->send(MessageKind::Text, asBytes("go on"));
	ASSERT_TRUE(pair.until([&] { return answer.isOpen && !here.closings.empty(); }));

	answer.onMessage = [&](Channel&) { pair.left.association.reset(); };
	pair.right.offered(1).channel->send(MessageKind::Text, asBytes("end"));
	pair.right.offered(1).channel->send(MessageKind::Text, asBytes("and this is not heard"));
	ASSERT_TRUE(pair.until([&] { return pair.left.association == nullptr; }));
	EXPECT_THAT(answer.messages, ElementsAre("end"));
	EXPECT_TRUE(answer.closings.empty()) << "nobody is called any more";
}

TEST_F(SctpChannels, TheEndOfTheAssociationClosesEveryChannelFirst)
{
	pair.connect();
	left().open(labelled("one"), here);
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	bool lostBefore = false;
	here.onClosed = [&](Channel&) { lostBefore = !pair.left.lost.empty(); };
	right().shutdown();
	ASSERT_TRUE(pair.until([&] { return !pair.left.lost.empty(); }));
	EXPECT_THAT(here.closings, SizeIs(1));
	EXPECT_FALSE(lostBefore);
	RecordingObserver none;
	EXPECT_THROW(left().open(labelled("too late"), none), std::runtime_error);
}

}

}
