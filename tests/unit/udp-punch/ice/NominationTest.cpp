// The controlled side: whom it follows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/CheckMessage.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

/// A controlled agent, and a peer of two addresses that does what the test says and answers every check.
struct Followed
{
	Followed()
	{
		Agent::Configuration configuration;
		configuration.role = Role::Controlled;
		configuration.local = {"ours", "password-of-ours-000000"};
		configuration.tag = 7;
		configuration.random = [this](std::span<std::uint8_t> bytes)
		{
			for (auto& byte : bytes)
				byte = static_cast<std::uint8_t>(random());
		};
		agent = std::make_unique<Agent>(configuration);
		agent->addLocal({CandidateType::Host, at("192.0.2.1:1"), at("192.0.2.1:1"), &port, ""}, now);
		agent->setRemote({"peer", "password-of-peer-000000"}, now);
		agent->addRemote(line("192.0.2.2:1", CandidateType::Host, 2000, "1"), now);
		agent->addRemote(line("192.0.2.3:1", CandidateType::Host, 1000, "2"), now);
		answerAll();
	}

	/// The peer's check, and its answer to what that triggers.
	void check(const Endpoint& source, bool useCandidate, std::uint32_t nomination = 0)
	{
		CheckRequest request{.username = "ours:peer",
			.pwd = "password-of-ours-000000",
			.priority = 1000,
			.controlling = true,
			.tieBreaker = 1,
			.useCandidate = useCandidate,
			.nomination = nomination};
		request.id[0] = static_cast<std::uint8_t>(random());
		Buffer bytes;
		writeRequest(bytes, request);
		agent->onDatagram(bytes, {&port, at("192.0.2.1:1"), source}, now);
		answerAll();
	}

	void answerAll()
	{
		for (;;)
		{
			const auto outgoing = agent->pollTransmit();
			if (!outgoing)
				return;
			const auto request = stun::MessageView::parse(outgoing->datagram).value();
			if (request.messageClass() != stun::MessageClass::Request || !answers)
				continue;
			Buffer bytes;
			writeSuccess(bytes, request, at("192.0.2.1:1"), "password-of-peer-000000");
			const auto remote = outgoing->path.remote;
			agent->onDatagram(bytes, {&port, at("192.0.2.1:1"), remote}, now);
		}
	}

	void run(Duration duration)
	{
		const auto end = now + duration;
		while (agent->nextDeadline() <= end)
		{
			now = std::max(now, agent->nextDeadline());
			agent->onTimer(now);
			answerAll();
		}
		now = end;
	}

	Endpoint used() const
	{
		return agent->selected() ? agent->selected()->path.remote : Endpoint{};
	}

	const Endpoint best = at("192.0.2.2:1");
	const Endpoint other = at("192.0.2.3:1");
	TimePoint now{1h};
	bool answers = true;
	FakePort port{at("192.0.2.1:1")};
	std::mt19937_64 random{1};
	std::unique_ptr<Agent> agent;
};

}

TEST(IceNomination, NothingIsSelectedWithoutIt)
{
	Followed peer;
	peer.check(peer.best, false);
	peer.check(peer.other, false);
	peer.run(5s);
	EXPECT_FALSE(peer.agent->selected());
	EXPECT_EQ(peer.agent->valid()->path.remote, peer.best);
	EXPECT_EQ(peer.agent->explain(), "a pair answers, and the peer has not chosen one yet");
}

TEST(IceNomination, WaitsForTheAnswerToOurOwnCheck)
{
	Followed peer;
	peer.run(10s); // what was answered long ago says nothing of now
	peer.answers = false;
	peer.check(peer.other, true, 1);
	EXPECT_FALSE(peer.agent->selected());
	peer.answers = true;
	peer.run(1s);
	EXPECT_EQ(peer.used(), peer.other);
}

TEST(IceNomination, TheGreatestNumberIsFollowedWhateverThePriority)
{
	Followed peer;
	peer.check(peer.best, true, 1);
	EXPECT_EQ(peer.used(), peer.best);
	peer.check(peer.other, true, 2);
	EXPECT_EQ(peer.used(), peer.other);
	peer.check(peer.best, true, 1);
	EXPECT_EQ(peer.used(), peer.other) << "said again, late";
	peer.check(peer.best, true, 3);
	EXPECT_EQ(peer.used(), peer.best);
}

TEST(IceNomination, OfAllPairsByAPeerThatDoesNotNumberMeansTheBest)
{
	Followed peer;
	peer.check(peer.other, true);
	EXPECT_EQ(peer.used(), peer.other);
	for (int i = 0; i < 10; ++i)
	{
		peer.check(peer.best, true);
		peer.check(peer.other, true);
		EXPECT_EQ(peer.used(), peer.best);
		peer.run(2s);
	}
	// It ceases to nominate the best: it has left it.
	for (int i = 0; i < 4; ++i)
	{
		peer.run(2s);
		peer.check(peer.other, true);
	}
	EXPECT_EQ(peer.used(), peer.other);
}

}
