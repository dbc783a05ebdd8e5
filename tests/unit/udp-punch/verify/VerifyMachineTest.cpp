#include "plugins/transport/udp-punch/verify/VerifyMachine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace gimlet::udp_punch::verify::test
{

namespace
{

using testing::HasSubstr;
using State = VerifyMachine::State;

const PeerId ALICE{"0191d4a6-7f3a-8c11-9b52-3f6de0a1c2b4"};
const PeerId BOB{"f3b0c442-98fc-8c14-9afb-f4c8996fb924"};
const PeerId MALLORY{"5feceb66-ffc8-8f38-a952-786c6d696c79"};

Bytes32 number(std::mt19937& random)
{
	Bytes32 bytes{};
	for (auto& byte : bytes)
		byte = static_cast<std::uint8_t>(random());
	return bytes;
}

/// Carries what both have to say until nothing is left.
void talk(VerifyMachine& one, VerifyMachine& other)
{
	for (bool said = true; said;)
	{
		said = false;
		for (const auto& [from, to] : {std::pair{&one, &other}, std::pair{&other, &one}})
			while (const auto message = from->pollTransmit())
			{
				said = true;
				to->onMessage(*message);
			}
	}
}

/// All that it has to say, read.
std::vector<Message> said(VerifyMachine& machine)
{
	std::vector<Message> messages;
	while (const auto text = machine.pollTransmit())
		messages.push_back(decode(*text).value());
	return messages;
}

}

class Verify : public testing::Test
{
protected:
	VerifyMachine make(const PeerId& self, const PeerId& other, const Bytes32& key)
	{
		return VerifyMachine{{.self = self, .peer = other, .nonce = number(random), .exported = key}};
	}
	/// Alice, who has committed herself and shown nothing yet.
	void commit()
	{
		alice.start();
		said(alice);
	}

	std::mt19937 random{2026};
	const Bytes32 exported = number(random);
	VerifyMachine alice = make(ALICE, BOB, exported);
	VerifyMachine bob = make(BOB, ALICE, exported);
	const Side peer{BOB, number(random)};
};

TEST_F(Verify, GivesBothTheSameCode)
{
	alice.start();
	bob.start();
	talk(alice, bob);
	ASSERT_EQ(alice.state(), State::Done) << alice.error();
	ASSERT_EQ(bob.state(), State::Done) << bob.error();
	EXPECT_EQ(alice.code(), bob.code());
}

TEST_F(Verify, NeedsOneToBegin)
{
	bob.start();
	talk(alice, bob);
	EXPECT_EQ(alice.state(), State::Done);
	EXPECT_TRUE(alice.code());
	EXPECT_EQ(alice.code(), bob.code());
}

TEST_F(Verify, IsSilentBeforeAndBeginsOnce)
{
	EXPECT_EQ(alice.state(), State::Idle);
	EXPECT_TRUE(said(alice).empty());
	alice.start();
	alice.start();
	EXPECT_EQ(said(alice).size(), 1U);
	EXPECT_EQ(alice.state(), State::Committed);
	EXPECT_FALSE(alice.code());
}

TEST_F(Verify, ShowsTheNumberOnlyToWhoHasCommittedHimself)
{
	alice.start();
	const auto first = said(alice);
	ASSERT_EQ(first.size(), 1U);
	EXPECT_TRUE(std::holds_alternative<Commit>(first[0]));
	alice.onMessage(encode(Commit{commitmentTo(peer)}));
	const auto second = said(alice);
	ASSERT_EQ(second.size(), 1U);
	ASSERT_TRUE(std::holds_alternative<Reveal>(second[0]));
	EXPECT_EQ(
		commitmentTo({ALICE, std::get<Reveal>(second[0]).nonce}), std::get<Commit>(first[0]).commitment);
	EXPECT_EQ(alice.state(), State::Revealed);
	EXPECT_FALSE(alice.code());
	alice.onMessage(encode(Reveal{peer.nonce}));
	EXPECT_EQ(alice.state(), State::Done);
	EXPECT_TRUE(said(alice).empty());
}

TEST_F(Verify, CommitsBeforeItShowsAlsoWhenThePeerBegins)
{
	alice.onMessage(encode(Commit{commitmentTo(peer)}));
	const auto messages = said(alice);
	ASSERT_EQ(messages.size(), 2U);
	EXPECT_TRUE(std::holds_alternative<Commit>(messages[0]));
	EXPECT_TRUE(std::holds_alternative<Reveal>(messages[1]));
}

TEST_F(Verify, ANumberThatWasNotCommittedToFails)
{
	commit();
	alice.onMessage(encode(Commit{commitmentTo(peer)}));
	said(alice);
	auto other = peer.nonce;
	other[31] ^= 1;
	alice.onMessage(encode(Reveal{other}));
	EXPECT_EQ(alice.state(), State::Failed);
	EXPECT_THAT(alice.error(), HasSubstr("another number than it had committed itself to"));
	EXPECT_FALSE(alice.code());
	alice.onMessage(encode(Reveal{peer.nonce}));
	EXPECT_EQ(alice.state(), State::Failed) << "there is no second try";
	EXPECT_FALSE(alice.code());
	alice.start();
	EXPECT_TRUE(said(alice).empty());
}

TEST_F(Verify, ANumberBeforeItsCommitmentFails)
{
	commit();
	alice.onMessage(encode(Reveal{peer.nonce}));
	EXPECT_EQ(alice.state(), State::Failed);
	EXPECT_THAT(alice.error(), HasSubstr("before it had committed"));
	EXPECT_TRUE(said(alice).empty()) << "our number stays ours";
}

TEST_F(Verify, ASecondCommitmentFails)
{
	commit();
	alice.onMessage(encode(Commit{commitmentTo(peer)}));
	alice.onMessage(encode(Commit{commitmentTo({BOB, number(random)})}));
	EXPECT_THAT(alice.error(), HasSubstr("a second time"));
	EXPECT_TRUE(said(alice).empty());
}

TEST_F(Verify, NothingIsAcceptedBehindTheEnd)
{
	for (const auto& message : {Message{Commit{commitmentTo(peer)}}, Message{Reveal{peer.nonce}}})
	{
		auto machine = make(ALICE, BOB, exported);
		machine.onMessage(encode(Commit{commitmentTo(peer)}));
		machine.onMessage(encode(Reveal{peer.nonce}));
		ASSERT_EQ(machine.state(), State::Done);
		machine.onMessage(encode(message));
		EXPECT_EQ(machine.state(), State::Failed);
		EXPECT_FALSE(machine.code());
	}
}

TEST_F(Verify, OurOwnCommitmentFails)
{
	alice.start();
	alice.onMessage(*alice.pollTransmit());
	EXPECT_THAT(alice.error(), HasSubstr("our own commitment"));
	EXPECT_TRUE(said(alice).empty());
}

TEST_F(Verify, NonsenseFails)
{
	commit();
	alice.onMessage(R"({"type":"verify_commit","commitment":"00"})");
	EXPECT_EQ(alice.state(), State::Failed);
	EXPECT_THAT(alice.error(), HasSubstr("makes no sense"));
}

TEST_F(Verify, APeerWithOurIdFails)
{
	auto machine = make(ALICE, ALICE, exported);
	EXPECT_EQ(machine.state(), State::Failed);
	machine.start();
	EXPECT_TRUE(said(machine).empty());
}

/// He has two sessions, and whatever ids he gives himself in them, only he knows that they belong together.
TEST_F(Verify, WhoStandsBetweenWithIdentitiesOfHisOwnIsSeen)
{
	auto withMallory = make(ALICE, MALLORY, number(random));
	auto towardsAlice = make(MALLORY, ALICE, number(random));
	auto towardsBob = make(MALLORY, BOB, number(random));
	auto bobWithMallory = make(BOB, MALLORY, number(random));
	withMallory.start();
	bobWithMallory.start();
	talk(withMallory, towardsAlice);
	talk(towardsBob, bobWithMallory);
	ASSERT_EQ(withMallory.state(), State::Done);
	ASSERT_EQ(bobWithMallory.state(), State::Done);
	EXPECT_NE(withMallory.code(), bobWithMallory.code());
}

/// Even if nobody had proven an id (browsers have none), the sessions are two, and so are their exporters.
TEST_F(Verify, WhoStandsBetweenAndPassesEverythingOnIsSeen)
{
	auto one = make(ALICE, BOB, number(random));
	auto other = make(BOB, ALICE, number(random));
	one.start();
	talk(one, other);
	ASSERT_EQ(one.state(), State::Done);
	ASSERT_EQ(other.state(), State::Done);
	EXPECT_NE(one.code(), other.code());
}

/// With an identity of his own he cannot even pass on what the others say.
TEST_F(Verify, ACommitmentIsOfNoUseToAnother)
{
	auto bobWithMallory = make(BOB, MALLORY, number(random));
	alice.start();
	bobWithMallory.onMessage(*alice.pollTransmit());
	alice.onMessage(encode(Commit{commitmentTo(peer)}));
	bobWithMallory.onMessage(*alice.pollTransmit());
	EXPECT_EQ(bobWithMallory.state(), State::Failed);
}

/// He knows Alice's code and would search for a number that gives Bob the same one; but when he learns what
/// he needs for that, he has committed himself. Of 40 bits 8 are compared, so that guesses succeed now and
/// then.
TEST_F(Verify, WhoStandsBetweenHasOneGuess)
{
	constexpr int SESSIONS = 400;
	constexpr int TRIES = 2000;
	int guessed = 0;
	int found = 0;
	for (int session = 0; session < SESSIONS; ++session)
	{
		const std::uint8_t target = static_cast<std::uint8_t>(random());
		const auto key = number(random);
		auto victim = make(BOB, MALLORY, key);
		victim.start();
		said(victim);
		Side self{MALLORY, number(random)};
		victim.onMessage(encode(Commit{commitmentTo(self)}));
		const auto revealed = std::get<Reveal>(said(victim).at(0)).nonce;
		auto better = self;
		for (int attempt = 0; attempt < TRIES && codeOf(better, {BOB, revealed}, key)[0] != target; ++attempt)
			++better.nonce[static_cast<std::size_t>(attempt % 32)];
		const bool useful = codeOf(better, {BOB, revealed}, key)[0] == target;
		found += useful ? 1 : 0;
		if (session % 2 == 0)
		{
			victim.onMessage(encode(Reveal{self.nonce}));
			ASSERT_EQ(victim.state(), State::Done);
			guessed += (*victim.code())[0] == target ? 1 : 0;
		}
		else if (better.nonce != self.nonce)
		{
			victim.onMessage(encode(Reveal{better.nonce}));
			ASSERT_EQ(victim.state(), State::Failed);
		}
	}
	EXPECT_GT(found, SESSIONS * 9 / 10) << "the search itself would be easy";
	EXPECT_LE(guessed, 5) << "of 200 guesses at one of 256";
}

/// Keys cost him nothing, so he has as many identities as he likes, and would show Bob the one whose code is
/// the one that Alice sees. But whom Bob talks to is settled before Bob's number is known, and a commitment
/// is one identity's. As above 8 of 40 bits are compared.
TEST_F(Verify, WhoStandsBetweenGainsNothingByGrindingKeys)
{
	constexpr int SESSIONS = 200;
	constexpr int IDENTITIES = 2000;
	int guessed = 0;
	int found = 0;
	for (int session = 0; session < SESSIONS; ++session)
	{
		const std::uint8_t target = static_cast<std::uint8_t>(random());
		const auto key = number(random);
		const Side self{MALLORY, number(random)};
		auto victim = make(BOB, self.id, key);
		victim.start();
		said(victim);
		victim.onMessage(encode(Commit{commitmentTo(self)}));
		const Side known{BOB, std::get<Reveal>(said(victim).at(0)).nonce};
		auto better = self;
		for (int i = 0; i < IDENTITIES && codeOf(better, known, key)[0] != target; ++i)
			better.id = fmt::format("5feceb66-ffc8-8f38-a952-{:012x}", i);
		if (better.id == self.id || codeOf(better, known, key)[0] != target)
			continue;
		++found;
		// In this session Bob knows him as MALLORY, and in that of the better key as nobody yet.
		auto other = make(BOB, better.id, key);
		other.start();
		said(other);
		other.onMessage(encode(Commit{commitmentTo(self)}));
		other.onMessage(encode(Reveal{self.nonce}));
		EXPECT_EQ(other.state(), State::Failed) << "a commitment of another identity";

		// A session of its own has a new number of Bob's.
		auto fresh = make(BOB, better.id, key);
		fresh.start();
		said(fresh);
		fresh.onMessage(encode(Commit{commitmentTo(better)}));
		fresh.onMessage(encode(Reveal{better.nonce}));
		ASSERT_EQ(fresh.state(), State::Done);
		guessed += (*fresh.code())[0] == target ? 1 : 0;
	}
	EXPECT_GT(found, SESSIONS * 9 / 10) << "the search itself would be easy";
	EXPECT_LE(guessed, 5) << "of 200 guesses at one of 256: Bob's number is another in each session";
}

}
