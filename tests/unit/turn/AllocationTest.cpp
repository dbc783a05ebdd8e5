// How an allocation is asked for, kept, and ends.
#include "tests/unit/turn/AllocationFixture.h"

using namespace gimlet;
using namespace gimlet::turn;
using namespace std::chrono_literals;
using gimlet::test::AllocationTest;
namespace method = stun::method;

namespace
{

stun::MessageView view(const Buffer& bytes)
{
	return stun::MessageView::parse(bytes).value();
}

}

TEST_F(AllocationTest, asksOnceAndAgainWithThePassword)
{
	begin();
	ASSERT_EQ(sent.size(), 2U);
	const auto first = view(sent[0]);
	EXPECT_EQ(first.method(), method::ALLOCATE);
	EXPECT_EQ(first.number32(stun::attribute::REQUESTED_TRANSPORT), 17U << 24U);
	EXPECT_EQ(first.number32(stun::attribute::ADDITIONAL_ADDRESS_FAMILY), 2U << 24U);
	EXPECT_FALSE(first.has(stun::attribute::USERNAME)) << "nobody has asked for it";
	const auto second = view(sent[1]);
	EXPECT_EQ(second.text(stun::attribute::USERNAME), "anna");
	EXPECT_EQ(second.text(stun::attribute::REALM), "example.org");
	EXPECT_EQ(second.text(stun::attribute::NONCE), "nonce-1");
	EXPECT_EQ(second.integrity(server.key()), stun::Check::Valid);

	ASSERT_EQ(events.size(), 2U);
	EXPECT_TRUE(std::holds_alternative<Answered>(events[0]));
	const auto allocated = last<Allocated>();
	EXPECT_EQ(allocated.relayed, server.relayed);
	EXPECT_EQ(allocated.mapped, server.mapped);
	EXPECT_EQ(allocated.roundTrip, 20ms);
}

TEST_F(AllocationTest, takesAnAddressOfEachFamily)
{
	server.relayed = {Endpoint::parse("198.51.100.7:50000").value(),
		Endpoint::parse("198.51.100.7:50001").value(), Endpoint::parse("[2001:db8::7]:50002").value()};
	begin();
	EXPECT_EQ(last<Allocated>().relayed, (std::vector{server.relayed[0], server.relayed[2]}));
	EXPECT_TRUE(machine->reaches(peer));
	EXPECT_TRUE(machine->reaches(Endpoint::parse("[2001:db8::9]:1").value()));
}

TEST_F(AllocationTest, leavesAddressesThatLeadNobodyThere)
{
	const auto loopback = Endpoint::parse("[::1]:50002").value();
	const auto linkLocal = Endpoint::parse("169.254.0.7:50003").value();
	server.relayed = {server.relayed[0], loopback};
	begin();
	EXPECT_EQ(last<Allocated>().relayed, std::vector{server.relayed[0]});
	EXPECT_EQ(last<Allocated>().useless, std::vector{loopback});
	EXPECT_FALSE(machine->reaches(Endpoint::parse("[2001:db8::9]:1").value()));

	server.relayed = {linkLocal, loopback};
	begin();
	EXPECT_EQ(last<Ended>().reason, EndReason::Broken);
	EXPECT_EQ(last<Ended>().text, "relays where no peer could send to: at 169.254.0.7:50003");
}

TEST_F(AllocationTest, aServerOnThisMachineMayRelayOnIt)
{
	serverAt = Endpoint::parse("127.0.0.1:3478").value();
	server.relayed = {Endpoint::parse("127.0.0.1:50001").value(), Endpoint::parse("[::1]:50002").value()};
	begin();
	EXPECT_EQ(last<Allocated>().relayed, server.relayed);
	EXPECT_TRUE(last<Allocated>().useless.empty());
}

TEST_F(AllocationTest, reachesNobodyWhoCannotBeSentTo)
{
	begin();
	EXPECT_TRUE(machine->reaches(peer));
	for (const auto* nobody :
		{"0.0.0.0:7", "224.0.0.1:7", "255.255.255.255:7", "198.51.100.9:0", "[2001:db8::9]:7", "[100::1]:7"})
		EXPECT_FALSE(machine->reaches(Endpoint::parse(nobody).value_or(peer.withPort(0)))) << nobody;
	EXPECT_EQ(send("x", Endpoint::parse("224.0.0.1:7").value()), "dropped");
	EXPECT_EQ(asked(method::CREATE_PERMISSION), 0);
	EXPECT_EQ(machine->counters().unreachable, 1U);
}

TEST_F(AllocationTest, aPublicRelayLeadsToPublicAddressesAlone)
{
	const std::vector<const char*> inside{"10.1.0.2:7", "192.168.1.1:7", "127.0.0.1:7", "169.254.169.254:80"};
	begin();
	for (const auto* address : inside)
		EXPECT_FALSE(machine->reaches(Endpoint::parse(address).value())) << address;
	server.relayed = {Endpoint::parse("10.1.0.7:50000").value()};
	begin();
	EXPECT_TRUE(machine->reaches(peer));
	for (const auto* address : inside)
		EXPECT_TRUE(machine->reaches(Endpoint::parse(address).value()))
			<< address << ", from its own network";
}

TEST_F(AllocationTest, aServerWithoutPasswordsIsFine)
{
	server.authenticates = false;
	credentials = {};
	begin();
	EXPECT_EQ(last<Allocated>().relayed, server.relayed);
}

TEST_F(AllocationTest, aWrongPasswordIsToldAndNotTriedAgain)
{
	credentials.password = "wrong";
	begin();
	EXPECT_EQ(last<Ended>().reason, EndReason::Credentials);
	EXPECT_EQ(last<Ended>().text, "refuses the user name or the password");
	EXPECT_EQ(sent.size(), 2U);
	EXPECT_TRUE(machine->isOver());
	EXPECT_EQ(machine->nextDeadline(), NEVER);
}

TEST_F(AllocationTest, aMissingPasswordIsTold)
{
	credentials = {};
	begin();
	EXPECT_EQ(last<Ended>().reason, EndReason::Credentials);
	EXPECT_EQ(last<Ended>().text, "asks for a user name and a password, and none are set");
	EXPECT_EQ(sent.size(), 1U);
}

TEST_F(AllocationTest, aServerThatAlwaysWantsAnotherNonceIsLeft)
{
	begin();
	machine->check(now);
	for (int i = 0; i < 20 && !machine->isOver(); ++i)
	{
		server.nonce += "x";
		const auto request = machine->pollTransmit();
		ASSERT_TRUE(request);
		deliver(server.answer(*request));
	}
	work();
	EXPECT_EQ(last<Ended>().reason, EndReason::Broken);
	EXPECT_EQ(last<Ended>().text, "asks for the password again and again");
	EXPECT_EQ(asked(method::REFRESH), 5);
}

TEST_F(AllocationTest, aStaleNonceIsReplaced)
{
	begin();
	server.nonce = "nonce-2";
	pass(timing.quiet);
	EXPECT_EQ(asked(method::REFRESH), 2);
	EXPECT_FALSE(machine->isOver());
	pass(timing.quiet);
	EXPECT_EQ(asked(method::REFRESH), 3) << "the new nonce is kept";
}

TEST_F(AllocationTest, aChallengeWithoutARealmIsNone)
{
	begin();
	std::array<std::uint8_t, 200> buffer{};
	machine->check(now);
	const auto request = machine->pollTransmit();
	const auto bytes = stun::MessageBuilder(buffer, stun::MessageClass::ErrorResponse, method::REFRESH,
		stun::MessageView::parse(*request)->transactionId())
						   .errorCode(438, "stale")
						   .text(stun::attribute::NONCE, "n")
						   .finish();
	deliver(bytes);
	work();
	EXPECT_EQ(last<Ended>().reason, EndReason::Broken);
}

TEST_F(AllocationTest, asksWithRfc8489sTimingUntilTheServerCountsAsDead)
{
	reachable = false;
	const auto start = now;
	begin();
	pass(39'499ms);
	EXPECT_EQ(sent.size(), 7U);
	EXPECT_TRUE(events.empty());
	pass(1ms);
	EXPECT_EQ(last<Ended>().reason, EndReason::Silent);
	EXPECT_EQ(last<Ended>().text, "does not answer");
	EXPECT_EQ(now - start, 39'500ms);
}

TEST_F(AllocationTest, onAStreamNothingIsSentTwice)
{
	reachable = false;
	begin(AllocationMachine::Carrier::Stream);
	pass(39'499ms);
	EXPECT_EQ(sent.size(), 1U);
	EXPECT_TRUE(events.empty());
	pass(1ms);
	EXPECT_EQ(last<Ended>().reason, EndReason::Silent);
}

TEST_F(AllocationTest, lostAnswersAreAskedForAgain)
{
	reachable = false;
	begin();
	reachable = true;
	pass(500ms);
	EXPECT_EQ(last<Allocated>().relayed, server.relayed);
	EXPECT_EQ(sent.size(), 3U);
}

TEST_F(AllocationTest, isRefreshedWhileItIsQuiet)
{
	begin();
	pass(30min);
	EXPECT_GE(asked(method::REFRESH), 85) << "each 20 s, which keeps a NAT's mapping";
	EXPECT_LE(asked(method::REFRESH), 90);
	EXPECT_EQ(asked(method::ALLOCATE), 2);
	EXPECT_EQ(events.size(), 2U);
	EXPECT_EQ(server.lastLifetime, std::nullopt);
}

TEST_F(AllocationTest, isRefreshedInTimeWhileDataFlows)
{
	begin();
	send("x", peer);
	for (int second = 0; second < 1200; ++second)
	{
		deliver(test::ScriptedServer::indication(peer, "data"));
		pass(1s);
	}
	EXPECT_EQ(asked(method::REFRESH), 4) << "each half of the lifetime";
	EXPECT_FALSE(machine->isOver());
}

TEST_F(AllocationTest, aServerThatFallsSilentIsNoticed)
{
	begin();
	reachable = false;
	pass(timing.quiet + 11'499ms);
	EXPECT_FALSE(machine->isOver());
	pass(1ms);
	EXPECT_EQ(last<Ended>().reason, EndReason::Silent);
	EXPECT_EQ(last<Ended>().text, "no longer answers");
}

TEST_F(AllocationTest, aServerThatWasRestartedIsNoticed)
{
	begin();
	server.refuses[method::REFRESH] = 437;
	machine->check(now);
	work();
	EXPECT_EQ(last<Ended>().reason, EndReason::Mismatch);
}

TEST_F(AllocationTest, itsTroubleIsWaitedForUntilTheAllocationExpires)
{
	begin();
	server.refuses[method::REFRESH] = 500;
	pass(570s);
	EXPECT_FALSE(machine->isOver());
	server.refuses.clear();
	pass(60s);
	EXPECT_FALSE(machine->isOver());
	server.refuses[method::REFRESH] = 500;
	pass(600s);
	EXPECT_EQ(last<Ended>().text, "has not renewed the allocation in time");
}

TEST_F(AllocationTest, aLifetimeOfNothingIsNotAskedForWithoutEnd)
{
	server.lifetime = 0;
	begin();
	pass(1min);
	EXPECT_LE(asked(method::REFRESH), 12);
	EXPECT_FALSE(machine->isOver());
}

TEST_F(AllocationTest, errorsAreToldByTheirNames)
{
	const std::vector<std::tuple<std::uint16_t, EndReason, std::string>> errors{
		{486, EndReason::Quota, "gives this user no further allocation (486): the quota is used up"},
		{508, EndReason::Quota, "has no address left for another allocation (508)"},
		{437, EndReason::Mismatch, "has another allocation for this address (437)"},
		{441, EndReason::Credentials, "has an allocation of another user for this address (441)"},
		{403, EndReason::Refused, "answers 403 as the test wants"},
		{440, EndReason::Refused, "relays neither IPv4 nor IPv6 (440)"},
		{300, EndReason::Redirected, "sends its clients to 192.0.2.77:3478"}};
	for (const auto& [code, reason, text] : errors)
	{
		server.refuses[method::ALLOCATE] = code;
		server.alternate = Endpoint::parse("192.0.2.77:3478").value();
		begin();
		EXPECT_EQ(last<Ended>().reason, reason);
		EXPECT_EQ(last<Ended>().text, text);
	}
	EXPECT_EQ(last<Ended>().alternate, server.alternate);
	for (const auto* nobody : {"192.0.2.77:0", "0.0.0.0:3478", "224.0.0.1:3478", "255.255.255.255:3478"})
	{
		server.alternate = Endpoint::parse(nobody).value();
		begin();
		EXPECT_EQ(last<Ended>().reason, EndReason::Broken) << nobody;
	}
}

TEST_F(AllocationTest, aServerThatDoesNotTakeBothFamiliesIsAskedForOne)
{
	server.refuses[method::ALLOCATE] = 400;
	begin();
	EXPECT_EQ(last<Ended>().text, "answers 400 as the test wants");
	ASSERT_EQ(sent.size(), 3U);
	EXPECT_FALSE(view(sent[2]).has(stun::attribute::ADDITIONAL_ADDRESS_FAMILY));
	EXPECT_FALSE(view(sent[2]).has(stun::attribute::REQUESTED_ADDRESS_FAMILY));
	sent.clear();
	server.refuses[method::ALLOCATE] = 440; // no IPv4
	begin();
	ASSERT_EQ(sent.size(), 3U);
	EXPECT_EQ(view(sent[2]).number32(stun::attribute::REQUESTED_ADDRESS_FAMILY), 2U << 24U);
}

TEST_F(AllocationTest, anAllocationWithoutAnAddressIsNone)
{
	server.relayed = {Endpoint::parse("0.0.0.0:50000").value()};
	begin();
	EXPECT_EQ(last<Ended>().reason, EndReason::Broken);
}

TEST_F(AllocationTest, answersThatAreNotSignedAreNoAnswers)
{
	server.signs = false;
	begin();
	EXPECT_EQ(machine->counters().unsigned_, 1U);
	pass(1min);
	EXPECT_EQ(last<Ended>().reason, EndReason::Silent);
	EXPECT_EQ(last<Ended>().text, "gives answers that are not signed with this password");
}

TEST_F(AllocationTest, errorsThatAreNotSignedAreTakenAllTheSame)
{
	server.signs = false;
	server.refuses[method::ALLOCATE] = 486;
	begin();
	EXPECT_EQ(last<Ended>().reason, EndReason::Quota);
}

TEST_F(AllocationTest, whatComesFromElsewhereIsNotLookedAt)
{
	machine = std::make_unique<AllocationMachine>(
		serverAt, AllocationMachine::Carrier::Datagrams, credentials, timing, random, now);
	const auto answer = server.answer(*machine->pollTransmit());
	EXPECT_FALSE(machine->onDatagram(answer, serverAt.withPort(3479), now));
	EXPECT_FALSE(machine->onDatagram(answer, Endpoint::parse("192.0.2.2:3478").value(), now));
	EXPECT_FALSE(machine->pollEvent());
	EXPECT_EQ(machine->counters().foreign, 2U);
	deliver(answer);
	work();
	EXPECT_EQ(last<Allocated>().relayed, server.relayed);
	deliver(answer);
	EXPECT_EQ(machine->counters().unasked, 1U) << "a duplicate";
	deliver(asBytes("GET / HTTP/1.1"));
	EXPECT_EQ(machine->counters().malformed, 1U);
}

TEST_F(AllocationTest, aNewPasswordOfTheSameUserCountsAtOnce)
{
	begin();
	server.password = "new";
	machine->renew({"anna", "new"});
	machine->check(now);
	work();
	EXPECT_FALSE(machine->isOver());
	EXPECT_EQ(asked(method::REFRESH), 1);
}

TEST_F(AllocationTest, aNewUserCountsWhenTheOldOneIsRefused)
{
	begin();
	machine->renew({"1700000000:anna", "new"});
	machine->check(now);
	work();
	EXPECT_FALSE(machine->isOver());
	EXPECT_EQ(view(sent.back()).text(stun::attribute::USERNAME), "anna")
		<< "another user's requests would be refused with 441";
	server.user = "1700000000:anna";
	server.password = "new";
	machine->check(now);
	work();
	EXPECT_FALSE(machine->isOver());
	EXPECT_EQ(view(sent.back()).text(stun::attribute::USERNAME), "1700000000:anna");
	server.password = "revoked";
	machine->check(now);
	work();
	EXPECT_EQ(last<Ended>().reason, EndReason::Credentials);
}

TEST_F(AllocationTest, isGivenBack)
{
	begin();
	machine->release();
	const auto request = machine->pollTransmit();
	ASSERT_TRUE(request);
	const auto answer = server.answer(*request);
	EXPECT_EQ(server.lastLifetime, 0U);
	EXPECT_EQ(stun::MessageView::parse(answer)->messageClass(), stun::MessageClass::SuccessResponse);
	EXPECT_FALSE(machine->pollTransmit());
	EXPECT_FALSE(machine->pollEvent());
	EXPECT_EQ(machine->nextDeadline(), NEVER);
	EXPECT_EQ(send("x", peer), "dropped");
}

TEST_F(AllocationTest, nothingIsGivenBackThatWasNotGiven)
{
	reachable = false;
	begin();
	machine->release();
	EXPECT_FALSE(machine->pollTransmit());
	EXPECT_EQ(machine->nextDeadline(), NEVER);
}
