// One peer's link, with the real pieces under it and a wire in virtual time between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/udp-punch/link/TwoLinks.h"

namespace gimlet::test
{

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using udp_punch::decodeSignal;

namespace
{

ChatMessage text(const std::string& id, const std::string& content)
{
	return {.id = id, .content = content, .time = WallTime{1'700'000'000'000}};
}

bool contains(const Buffer& datagram, std::string_view words)
{
	return asText(datagram).find(words) != std::string_view::npos;
}

}

TEST(PunchLinkTest, linksAndChatsBothWays)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked()) << two.anna->link->status().reason << " / " << two.ben->link->status().reason;
	EXPECT_EQ(two.anna->link->send(text("1", "from anna")), SendResult::Sent);
	EXPECT_EQ(two.ben->link->send(text("2", "from ben")), SendResult::Sent);
	two.pass(200ms);
	EXPECT_THAT(two.ben->received, ElementsAre("from anna"));
	EXPECT_THAT(two.anna->received, ElementsAre("from ben"));
	EXPECT_THAT(two.anna->acknowledged, ElementsAre("1"));
	EXPECT_THAT(two.ben->acknowledged, ElementsAre("2"));
}

TEST(PunchLinkTest, whatTravelsCannotBeRead)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	two.anna->link->send(text("1", "a secret that nobody on the way may read"));
	two.pass(200ms);
	ASSERT_THAT(two.ben->received, SizeIs(1));
	EXPECT_THAT(two.capture, Not(IsEmpty()));
	EXPECT_TRUE(std::none_of(two.capture.begin(), two.capture.end(),
		[](const Buffer& datagram)
		{ return contains(datagram, "secret") || contains(datagram, "chat_message"); }));
}

TEST(PunchLinkTest, tellsWhoIsThereAndHow)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	const auto status = two.anna->link->status();
	EXPECT_TRUE(status.encrypted);
	EXPECT_TRUE(status.proven);
	EXPECT_TRUE(status.acknowledges);
	EXPECT_EQ(status.remote, two.ben->port.localEndpoint());
	EXPECT_EQ(status.localType, CandidateType::Host);
	EXPECT_THAT(status.cipher, HasSubstr("GCM"));
	EXPECT_THAT(two.anna->states, ElementsAre(LinkState::Waiting, LinkState::Attempted, LinkState::Up));
}

TEST(PunchLinkTest, bothSidesHaveTheSameCode)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	two.pass(200ms);
	const auto status = two.anna->link->status();
	EXPECT_THAT(status.codeWords, Not(IsEmpty()));
	EXPECT_EQ(status.codeWords, two.ben->link->status().codeWords);
	EXPECT_EQ(status.codeDigits, two.ben->link->status().codeDigits);
}

TEST(PunchLinkTest, whyThereIsNoCodeStaysToBeSeen)
{
	class Silent final : public ChannelObserver
	{
		void messageBegin(Channel&, MessageKind) override {}
		void messagePart(Channel&, ByteView) override {}
		void messageEnd(Channel&) override {}
		void closed(Channel&, const std::string&) override {}
	} silent;
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	two.pass(200ms);
	ASSERT_THAT(two.anna->link->status().codeDigits, Not(IsEmpty()));
	auto* const channel = two.ben->link->open(udp_punch::ChatChannel::optionsFor(true), silent);
	ASSERT_NE(channel, nullptr);
	channel->send(MessageKind::Text, asBytes(R"({"type":"verify_commit","commitment":"00"})"));
	two.pass(200ms);
	const auto status = two.anna->link->status();
	EXPECT_EQ(status.state, LinkState::Up);
	EXPECT_THAT(status.codeDigits, IsEmpty());
	EXPECT_THAT(status.codeFailure, HasSubstr("makes no sense"));
	EXPECT_THAT(two.anna->notices, ElementsAre(status.codeFailure));
	EXPECT_EQ(two.anna->told.codeFailure, status.codeFailure) << "nobody would look otherwise";
}

TEST(PunchLinkTest, aChangedFingerprintIsRefusedAndSaidSo)
{
	TwoLinks two;
	two.relays = [&two](const LinkEnd& from, std::string signal)
	{
		if (&from != two.anna.get())
			return signal;
		auto description = std::get<Description>(*decodeSignal(signal, from.link->session()));
		description.fingerprint = two.ben->certificate->fingerprint();
		return encode(description);
	};
	two.offer();
	EXPECT_FALSE(two.linked(2s));
	EXPECT_EQ(two.ben->state(), "lost");
	EXPECT_FALSE(two.ben->link->status().encrypted) << "there is nothing that could be";
	EXPECT_THAT(two.ben->link->status().reason, HasSubstr("changed on the way"));
	EXPECT_THAT(two.ben->notices, SizeIs(1));
}

TEST(PunchLinkTest, anUnsignedDescriptionIsRefusedUnlessAccepted)
{
	for (const bool accepted : {false, true})
	{
		TwoLinks two;
		two.ben->create(
			two.anna->self->id(), [accepted](auto& options) { options.acceptUnsigned = accepted; });
		two.relays = [&two](const LinkEnd& from, std::string signal)
		{
			if (&from != two.anna.get())
				return signal;
			auto description = std::get<Description>(*decodeSignal(signal, from.link->session()));
			description.publicKey.clear();
			description.signature.clear();
			return encode(description);
		};
		two.offer();
		EXPECT_EQ(two.linked(2s), accepted);
		EXPECT_FALSE(two.ben->link->status().proven);
		if (!accepted)
		{
			EXPECT_THAT(two.ben->link->status().reason, HasSubstr("accept_unsigned"));
		}
	}
}

// What was sent meanwhile arrives too; that is shown where usrsctp sees virtual time, in tests/sim.
TEST(PunchLinkTest, aPathThatDiesIsFoundAgain)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	// Nothing is on its way when the path dies: usrsctp would send it again by the real clock, which stands
	// still here. The simulator has both clocks in hand.
	two.pass(500ms);
	bool open = false;
	two.passes = [&open](const LinkEnd&, const Buffer&) { return open; };
	two.pass(4s);
	EXPECT_EQ(two.anna->state(), "silent");
	open = true;
	two.pass(6s);
	EXPECT_EQ(two.anna->state(), "up");
	two.anna->link->send(text("1", "into the light"));
	two.pass(200ms);
	EXPECT_THAT(two.ben->received, ElementsAre("into the light"));
}

TEST(PunchLinkTest, aPeerThatBeganAnewIsLinkedAnew)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	two.ben->link->close();
	two.ben->create(two.anna->self->id());
	two.pass(100ms);
	EXPECT_EQ(two.anna->state(), "lost");
	EXPECT_THAT(two.anna->link->status().reason, HasSubstr("ended"));
	two.offer();
	ASSERT_TRUE(two.linked()) << two.anna->link->status().reason << " / " << two.ben->link->status().reason;
	two.anna->link->send(text("1", "there again"));
	two.pass(200ms);
	EXPECT_THAT(two.ben->received, ElementsAre("there again"));
}

/// A person ends a link and links again. The rendezvous, which knows nothing of that, offers nobody anew;
/// what the other side has said meanwhile comes late.
TEST(PunchLinkTest, aLinkThatBeginsAnewInTheSameSessionIsUpAtOnce)
{
	for (const auto pause : {200ms, 5'000ms, 45'000ms})
	{
		TwoLinks two;
		two.offer();
		ASSERT_TRUE(two.linked());
		std::vector<std::string> held;
		int said = 0;
		bool holds = true;
		two.relays = [&](const LinkEnd& from, std::string text)
		{
			++said;
			if (!holds || &from != two.ben.get())
				return text;
			held.push_back(std::move(text));
			return std::string{};
		};
		const auto session = two.anna->link->session();
		two.anna->link->close();
		two.pass(pause);
		two.anna->create(two.ben->self->id());
		holds = false;
		two.offerAgain(*two.anna);
		for (const auto& signal : held)
			two.anna->link->signalReceived(session, signal);
		said = 0;
		EXPECT_TRUE(two.linked(1s)) << pause.count() << " ms: " << two.anna->link->status().reason << " / "
									<< two.ben->link->status().reason;
		two.pass(10s);
		EXPECT_EQ(two.anna->state(), "up");
		EXPECT_EQ(two.ben->state(), "up");
		EXPECT_LE(said, 12) << pause.count() << " ms";
	}
}

TEST(PunchLinkTest, aNewOfferLeavesALivingLinkAlone)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	two.anna->states.clear();
	two.offer();
	two.pass(3s);
	EXPECT_THAT(two.anna->states, Not(Contains(LinkState::Lost)));
	EXPECT_THAT(two.anna->states, Not(Contains(LinkState::Silent)));
	two.anna->link->send(text("1", "still there"));
	two.pass(200ms);
	EXPECT_THAT(two.ben->received, ElementsAre("still there"));
}

TEST(PunchLinkTest, aMessageOnItsWayIsNotSentTwice)
{
	TwoLinks two;
	two.offer();
	ASSERT_TRUE(two.linked());
	EXPECT_EQ(two.anna->link->send(text("1", "once")), SendResult::Sent);
	EXPECT_EQ(two.anna->link->send(text("1", "once")), SendResult::Sent);
	two.pass(200ms);
	EXPECT_THAT(two.ben->received, ElementsAre("once"));
}

}
