// Permissions, channels, and the datagrams that need them.
#include "tests/unit/turn/AllocationFixture.h"

using namespace gimlet;
using namespace gimlet::turn;
using namespace std::chrono_literals;
namespace method = stun::method;

namespace
{

class TurnTrafficTest : public gimlet::test::AllocationTest
{
protected:
	TurnTrafficTest()
	{
		begin();
		sent.clear();
	}

	static Endpoint peerNumber(unsigned number)
	{
		return Endpoint::parseAddress(
			"198.51." + std::to_string(100 + number / 250) + "." + std::to_string(1 + number % 250), 7000)
			.value();
	}

	/// A peer that has a channel. @return Its number.
	std::uint16_t bind(const Endpoint& to)
	{
		send("one", to);
		deliver(test::ScriptedServer::indication(to, "two"));
		send("three", to);
		for (const auto& [number, bound] : server.channels)
			if (bound == to)
				return number;
		ADD_FAILURE() << "no channel for " << to.toString();
		return 0;
	}
};

}

TEST_F(TurnTrafficTest, theFirstDatagramsWaitForThePermission)
{
	reachable = false;
	EXPECT_EQ(send("one", peer), "");
	EXPECT_EQ(send("two", peer.withPort(8)), "") << "another port of the same address";
	ASSERT_EQ(sent.size(), 1U) << "is covered by the same request";
	const auto request = stun::MessageView::parse(sent[0]).value();
	EXPECT_EQ(request.xorAddress(stun::attribute::XOR_PEER_ADDRESS), peer.withPort(0));
	deliver(server.answer(sent[0]));
	sent.clear();
	work();
	ASSERT_EQ(sent.size(), 2U);
	EXPECT_EQ(wrapped(sent[0]), "indication 198.51.100.9:7000 one");
	EXPECT_EQ(wrapped(sent[1]), "indication 198.51.100.9:8 two");
	EXPECT_EQ(send("three", peer), "indication 198.51.100.9:7000 three");
	EXPECT_EQ(machine->counters().sentIndications, 3U);
	EXPECT_EQ(machine->counters().sentBytes, 11U);
}

TEST_F(TurnTrafficTest, whatWaitsIsBounded)
{
	reachable = false;
	for (unsigned i = 0; i < limits::WAITING_OF_ONE; ++i)
		EXPECT_EQ(send("x", peer), "");
	EXPECT_EQ(send("x", peer), "dropped");
	unsigned kept = limits::WAITING_OF_ONE;
	for (unsigned number = 0; number < 100; ++number)
		kept += send("x", peerNumber(number)).empty() ? 1 : 0;
	EXPECT_EQ(kept, limits::WAITING);
	EXPECT_EQ(machine->counters().full, 1 + 100 - (limits::WAITING - limits::WAITING_OF_ONE));
	pass(12s);
	EXPECT_EQ(machine->counters().abandoned, limits::WAITING) << "no permission came";
}

TEST_F(TurnTrafficTest, aPermissionThatDoesNotComeIsAskedForAnew)
{
	reachable = false;
	EXPECT_EQ(send("x", peer), "");
	pass(11'500ms);
	EXPECT_FALSE(machine->isOver()) << "a refresh tells whether the server lives";
	reachable = true;
	EXPECT_EQ(send("y", peer), "");
	EXPECT_EQ(send("z", peer), "indication 198.51.100.9:7000 z");
	pass(1s);
	EXPECT_FALSE(machine->isOver());
}

TEST_F(TurnTrafficTest, aPeerThatTheServerRefusesIsLeftAloneForAMinute)
{
	server.refuses[method::CREATE_PERMISSION] = 403;
	EXPECT_EQ(send("x", peer), "");
	EXPECT_EQ(machine->counters().abandoned, 1U);
	for (int i = 0; i < 10; ++i)
		EXPECT_EQ(send("x", peer), "dropped");
	EXPECT_EQ(machine->counters().denied, 10U);
	EXPECT_EQ(asked(method::CREATE_PERMISSION), 1);
	deliver(test::ScriptedServer::indication(peer, "who asked"));
	EXPECT_TRUE(received.empty());
	server.refuses.clear();
	pass(timing.deniedPause);
	EXPECT_EQ(send("x", peer), "");
	EXPECT_EQ(send("x", peer), "indication 198.51.100.9:7000 x");
}

TEST_F(TurnTrafficTest, aPermissionInUseIsKeptAndAnotherExpires)
{
	const auto idle = peerNumber(1);
	send("x", peer);
	send("x", idle);
	for (int second = 0; second < 1200; second += 2)
	{
		EXPECT_NE(send("x", peer), "dropped");
		EXPECT_NE(send("x", peer), "");
		pass(2s);
	}
	EXPECT_EQ(asked(method::CREATE_PERMISSION), 2 + 5) << "after 4 minutes each";
	EXPECT_EQ(send("y", idle), "") << "it has to be asked for again";
}

TEST_F(TurnTrafficTest, whatIsHeardKeepsThePermissionToo)
{
	send("x", peer);
	for (int second = 0; second < 600; second += 2)
	{
		deliver(test::ScriptedServer::indication(peer, "data"));
		pass(2s);
	}
	EXPECT_EQ(received.size(), 300U);
	EXPECT_EQ(asked(method::CREATE_PERMISSION), 3);
}

TEST_F(TurnTrafficTest, nothingIsTakenOfWhoWasNotAllowed)
{
	deliver(test::ScriptedServer::indication(peer, "surprise"));
	deliver(test::ScriptedServer::onChannel(0x4000, "surprise"));
	EXPECT_TRUE(received.empty());
	EXPECT_EQ(machine->counters().unasked, 2U);
	send("x", peer);
	deliver(test::ScriptedServer::indication(peer.withPort(9), "welcome"));
	EXPECT_EQ(received, std::vector<std::string>{"198.51.100.9:9 welcome"});
}

TEST_F(TurnTrafficTest, permissionsAreBoundedAndTheUnusedMakeRoom)
{
	for (unsigned number = 0; number < limits::PERMISSIONS; ++number)
		EXPECT_EQ(send("x", peerNumber(number)), "");
	EXPECT_EQ(send("x", peerNumber(limits::PERMISSIONS)), "dropped");
	pass(40s);
	send("x", peerNumber(0));
	EXPECT_EQ(send("x", peerNumber(limits::PERMISSIONS)), "");
	EXPECT_NE(send("x", peerNumber(0)), "") << "the one in use stays";
}

TEST_F(TurnTrafficTest, aPeerWithWhomOneTalksGetsAChannel)
{
	const auto number = bind(peer);
	EXPECT_EQ(number, FIRST_CHANNEL);
	EXPECT_EQ(received, std::vector<std::string>{"198.51.100.9:7000 two"});
	EXPECT_EQ(send("four", peer), "channel 16384 four");
	deliver(test::ScriptedServer::onChannel(number, "five"));
	EXPECT_EQ(received.back(), "198.51.100.9:7000 five");
	EXPECT_EQ(machine->counters().sentOnChannels, 1U);
	EXPECT_EQ(machine->counters().receivedOnChannels, 1U);
}

TEST_F(TurnTrafficTest, whoeverIsOnlyProbedGetsNone)
{
	for (std::uint16_t port = 1; port <= 300; ++port)
		send("x", peer.withPort(port));
	EXPECT_EQ(asked(method::CHANNEL_BIND), 0);
	EXPECT_EQ(asked(method::CREATE_PERMISSION), 1);
}

TEST_F(TurnTrafficTest, theServerMayUseAChannelBeforeItsAnswerHasCome)
{
	send("one", peer);
	deliver(test::ScriptedServer::indication(peer, "two"));
	reachable = false;
	EXPECT_EQ(send("three", peer), "indication 198.51.100.9:7000 three");
	deliver(test::ScriptedServer::onChannel(FIRST_CHANNEL, "four"));
	EXPECT_EQ(received.back(), "198.51.100.9:7000 four");
}

TEST_F(TurnTrafficTest, withoutAChannelItGoesOnAsBefore)
{
	server.refuses[method::CHANNEL_BIND] = 400;
	send("one", peer);
	deliver(test::ScriptedServer::indication(peer, "two"));
	for (int i = 0; i < 10; ++i)
		EXPECT_EQ(send("x", peer), "indication 198.51.100.9:7000 x");
	EXPECT_EQ(asked(method::CHANNEL_BIND), 1);
	server.refuses.clear();
	pass(timing.deniedPause);
	send("x", peer);
	EXPECT_EQ(send("x", peer), "channel 16384 x") << "the number is its own";
}

TEST_F(TurnTrafficTest, aChannelInUseIsKept)
{
	const auto number = bind(peer);
	for (int second = 0; second < 1200; ++second)
	{
		EXPECT_EQ(send("x", peer), "channel " + std::to_string(number) + " x");
		pass(1s);
	}
	EXPECT_EQ(asked(method::CHANNEL_BIND), 1 + 2) << "after 8 minutes each";
}

TEST_F(TurnTrafficTest, aChannelThatWasNotUsedIsBoundAnewUnderItsNumber)
{
	const auto number = bind(peer);
	const auto other = bind(peerNumber(1));
	EXPECT_NE(number, other);
	pass(9min);
	EXPECT_EQ(send("a", peer), "") << "the permission has expired too";
	EXPECT_EQ(send("b", peer), "channel " + std::to_string(number) + " b") << "bound by the first";
	EXPECT_EQ(server.channels.at(number), peer);
	EXPECT_EQ(server.channels.at(other), peerNumber(1));
}

TEST_F(TurnTrafficTest, aChannelMayBeForgottenByTheServer)
{
	bind(peer);
	server.refuses[method::CHANNEL_BIND] = 437;
	for (int second = 0; second < 600 && !machine->isOver(); ++second)
	{
		send("x", peer);
		pass(1s);
	}
	EXPECT_EQ(last<Ended>().reason, EndReason::Mismatch);
}

TEST_F(TurnTrafficTest, numbersOfPeersThatAreGoneAreUsedAgain)
{
	for (unsigned number = 0; number < limits::CHANNELS - 50; ++number)
	{
		bind(peerNumber(number));
		pass(1s);
	}
	EXPECT_EQ(server.channels.size(), limits::CHANNELS - 50);
	pass(15min);
	for (unsigned number = 0; number < limits::CHANNELS - 50; ++number)
	{
		bind(peerNumber(250 + number));
		pass(1s);
	}
	EXPECT_EQ(server.channels.size(), 2 * (limits::CHANNELS - 50)) << "the longest free one comes first";
}

TEST_F(TurnTrafficTest, aDatagramThatDoesNotFitIsDropped)
{
	send("x", peer);
	EXPECT_EQ(send(std::string(1990, 'x'), peer), "dropped");
	EXPECT_EQ(machine->counters().tooLarge, 1U);
	EXPECT_NE(send(std::string(1900, 'x'), peer), "dropped");
}

TEST_F(TurnTrafficTest, indicationsWithoutWhatTheyMustHaveAreMalformed)
{
	send("x", peer);
	const auto indication = [&](auto add, std::uint16_t of = method::DATA)
	{
		std::array<std::uint8_t, 200> buffer{};
		stun::MessageBuilder builder(buffer, stun::MessageClass::Indication, of, random.transactionId());
		add(builder);
		deliver(builder.finish());
	};
	using namespace stun::attribute;
	indication([&](auto& builder) { builder.text(DATA, "x"); });
	indication([&](auto& builder) { builder.xorAddress(peer, XOR_PEER_ADDRESS); });
	indication([&](auto& builder)
		{ builder.xorAddress(peer, XOR_PEER_ADDRESS).text(DATA, "x").number32(0x7777, 1); });
	indication(
		[&](auto& builder) { builder.xorAddress(peer, XOR_PEER_ADDRESS).text(DATA, "x"); }, method::SEND);
	EXPECT_EQ(machine->counters().malformed, 4U);
	indication([&](auto& builder) { builder.xorAddress(peer, XOR_PEER_ADDRESS).number32(ICMP, 0x03010000); });
	EXPECT_EQ(machine->counters().malformed, 4U) << "host unreachable, says a router";
	EXPECT_TRUE(received.empty());
}

TEST_F(TurnTrafficTest, onAStreamChannelDataIsPadded)
{
	begin(AllocationMachine::Carrier::Stream);
	bind(peer);
	Buffer out(100);
	EXPECT_EQ(machine->wrap(asBytes("abc"), peer, out, now), 8U);
	EXPECT_EQ(machine->wrap(asBytes("abcd"), peer, out, now), 8U);
}
