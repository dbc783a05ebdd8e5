#include "plugins/discovery/stun/NatEvidence.h"

#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::stun_discovery;
using namespace std::chrono_literals;

namespace
{

Endpoint endpoint(std::string_view text)
{
	return Endpoint::parse(text).value();
}

const Endpoint A = endpoint("192.0.2.1:3478");
const Endpoint A_OTHER_PORT = endpoint("192.0.2.1:3479");
const Endpoint B = endpoint("198.51.100.1:3478");
const Endpoint INSIDE = endpoint("10.0.0.1:3478");
constexpr std::uint16_t LOCAL_PORT = 8081;

class NatEvidenceTest : public testing::Test
{
protected:
	static Endpoint mapped(std::uint16_t port)
	{
		return endpoint("203.0.113.7:0").withPort(port);
	}

	void see(const Endpoint& destination, const Endpoint& as)
	{
		evidence.asked(destination, now);
		evidence.answered(destination, as, now + 20ms);
	}

	/// New destinations, asked in one go, see these ports; 0 is no answer.
	void sequence(const std::vector<std::uint16_t>& ports)
	{
		std::vector<Endpoint> destinations;
		for (std::size_t i = 0; i < ports.size(); ++i)
			evidence.asked(destinations.emplace_back(B.withPort(++_next)), now);
		for (std::size_t i = 0; i < ports.size(); ++i)
			if (ports[i] != 0)
				evidence.answered(destinations[i], mapped(ports[i]), now + 20ms);
		now += 1min;
	}

	struct Told
	{
		PortAssignment assignment;
		int step;
		friend bool operator==(const Told&, const Told&) = default;
	};

	Told told() const
	{
		const auto verdict = evidence.verdict();
		EXPECT_EQ(verdict.mapping, MappingBehaviour::AddressDependent);
		return {verdict.assignment, verdict.step};
	}

	NatEvidence evidence{LOCAL_PORT};
	TimePoint now{1000h};

private:
	std::uint16_t _next = 1000;
};

constexpr auto SEQUENTIAL = PortAssignment::Sequential;
constexpr auto RANDOM = PortAssignment::Random;

}

TEST_F(NatEvidenceTest, oneAnswerTellsOnlyWhetherThePortIsPreserved)
{
	see(A, mapped(LOCAL_PORT));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown);
	EXPECT_EQ(evidence.verdict().assignment, PortAssignment::Preserving);
	see(A, mapped(40001));
	EXPECT_EQ(evidence.verdict().assignment, PortAssignment::Unknown);
	EXPECT_EQ(evidence.verdict().address, mapped(0));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown)
		<< "a mapping may have ended between them";
}

TEST_F(NatEvidenceTest, twoAddressesTellTheMapping)
{
	see(A, mapped(40001));
	see(A_OTHER_PORT, mapped(40001));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown) << "it may depend on the address";
	see(B, mapped(40001));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::EndpointIndependent);
	EXPECT_TRUE(evidence.verdict().ports.empty());
	see(B.withPort(1), mapped(40002));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::AddressDependent);
	now += 1h;
	see(A, mapped(50000));
	see(B, mapped(50000));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::AddressDependent) << "the worse is believed";
}

TEST_F(NatEvidenceTest, answersOfDifferentTimesAreNotCompared)
{
	see(A, mapped(40001));
	now += 1min;
	see(B, mapped(40002));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown);
}

TEST_F(NatEvidenceTest, whatFollowsAStrayTellsNothingOfTheMapping)
{
	see(A, mapped(40001));
	evidence.asked(B, now, true);
	evidence.answered(B, mapped(40002), now);
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown);
}

TEST_F(NatEvidenceTest, serversInsideCountOnlyWhileThereAreNoOthers)
{
	see(INSIDE, endpoint("10.0.0.7:8081"));
	EXPECT_EQ(evidence.verdict().assignment, PortAssignment::Preserving);
	see(A, mapped(40001));
	see(INSIDE, endpoint("10.0.0.7:8081"));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::Unknown);
	EXPECT_EQ(evidence.verdict().assignment, PortAssignment::Unknown);
	EXPECT_EQ(evidence.verdict().address, mapped(0));
}

TEST_F(NatEvidenceTest, constantStepsAreASequence)
{
	for (const int step : {1, 2, -1, 16})
	{
		evidence = NatEvidence{LOCAL_PORT};
		sequence(
			{40000, static_cast<std::uint16_t>(40000 + step), static_cast<std::uint16_t>(40000 + 2 * step)});
		EXPECT_EQ(told(), (Told{SEQUENTIAL, step}));
	}
}

TEST_F(NatEvidenceTest, oneStepIsASequenceIfItIsSmallAndNothingIfItIsLarge)
{
	sequence({40000, 40001});
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1})) << "two servers show no more";
	EXPECT_EQ(evidence.verdict().ports, (std::vector<std::uint16_t>{40000, 40001}));
	evidence = NatEvidence{LOCAL_PORT};
	sequence({40000, 40008});
	EXPECT_EQ(told(), (Told{PortAssignment::Unknown, 0}));
	sequence({50000, 50008});
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 8})) << "seen twice";
	evidence = NatEvidence{LOCAL_PORT};
	sequence({40000, 60001});
	EXPECT_EQ(told(), (Told{RANDOM, 0})) << "nobody opens 20,000 mappings between two datagrams";
}

TEST_F(NatEvidenceTest, stepsThatDifferAreRandom)
{
	sequence({40000, 12345, 53210});
	EXPECT_EQ(told(), (Told{RANDOM, 0}));
	evidence = NatEvidence{LOCAL_PORT};
	sequence({40000, 40001, 40017, 40005});
	EXPECT_EQ(told(), (Told{RANDOM, 0})) << "a small block of ports";
	evidence = NatEvidence{LOCAL_PORT};
	sequence({40000, 40100, 40200});
	EXPECT_EQ(told(), (Told{RANDOM, 0})) << "too far to guess on";
}

TEST_F(NatEvidenceTest, aStrangersMappingOrTheEndOfTheRangeDisturbsNoSequence)
{
	sequence({40000, 40001, 40003, 40004});
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1}));
	evidence = NatEvidence{LOCAL_PORT};
	sequence({65534, 65535, 1024, 1025});
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1}));
}

TEST_F(NatEvidenceTest, aLostAnswerBreaksTheChain)
{
	sequence({40000, 0, 40002, 0, 40004});
	EXPECT_EQ(told(), (Told{PortAssignment::Unknown, 0})) << "steps of two, or one lost between";
}

TEST_F(NatEvidenceTest, whatWasAskedTwiceHasNoPlaceInTheOrder)
{
	evidence.asked(A, now);
	evidence.asked(B, now);
	evidence.asked(B.withPort(1), now);
	evidence.answered(A, mapped(40000), now);
	evidence.answered(B.withPort(1), mapped(40001), now);
	evidence.asked(B, now + 500ms);
	evidence.answered(B, mapped(40002), now + 500ms);
	EXPECT_EQ(told(), (Told{PortAssignment::Unknown, 0}));
	EXPECT_EQ(evidence.verdict().ports.size(), 3U);
}

TEST_F(NatEvidenceTest, aSequenceThatIsNoneAnyMoreIsRandom)
{
	sequence({40000, 40001, 40002});
	sequence({20000, 31234, 55555});
	EXPECT_EQ(told(), (Told{RANDOM, 0}));
}

TEST_F(NatEvidenceTest, anOldMappingIsNotASample)
{
	sequence({40000, 40001, 40002});
	see(B.withPort(1001), mapped(40000));
	EXPECT_EQ(evidence.verdict().ports.back(), 40002);
}

TEST_F(NatEvidenceTest, whatAnotherSocketSeesIsTheNextOfTheSequenceAndTellsNothingOfTheMapping)
{
	see(A, mapped(40000));
	see(B, mapped(40000));
	evidence.sampled(A, mapped(40001), now, 1);
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::EndpointIndependent);
	now += 1min;
	sequence({40002, 40003, 40004});
	evidence.sampled(A, mapped(41000), now, 1);
	EXPECT_EQ(evidence.verdict().ports.back(), 41000);
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1}));
	evidence.sampled(A, endpoint("203.0.113.8:50000"), now, 1);
	EXPECT_EQ(evidence.verdict().ports.back(), 41000) << "of another public address";
	EXPECT_EQ(evidence.mappedFor(A), mapped(40000)) << "the port's own";
}

TEST_F(NatEvidenceTest, whatComesLaterDoesNotTakeTheSequenceAway)
{
	sequence({40000, 40001, 40002});
	std::uint16_t others = 40100;
	for (int minute = 0; minute < 100; ++minute)
	{
		for (const auto& destination : {A, B})
			see(destination, mapped(39999)); // keepalives
		evidence.sampled(A, mapped(others), now, 1);
		EXPECT_EQ(evidence.verdict().ports.back(), others);
		others = static_cast<std::uint16_t>(others + 37);
		now += 1min;
	}
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1}));
}

TEST_F(NatEvidenceTest, aLookCountsFromWhenItWasAsked)
{
	sequence({40000, 40001, 40002});
	const auto asked = now;
	now += 1s;
	see(B.withPort(2000), mapped(40010));
	evidence.sampled(A, mapped(40003), asked, 1);
	EXPECT_EQ(evidence.verdict().ports.back(), 40010);
	EXPECT_EQ(told(), (Told{SEQUENTIAL, 1}));
}

TEST_F(NatEvidenceTest, theLatestPortsAreKept)
{
	for (std::uint16_t first = 40000; first < 40100; first = static_cast<std::uint16_t>(first + 10))
		sequence({first, static_cast<std::uint16_t>(first + 1), static_cast<std::uint16_t>(first + 2)});
	const auto ports = evidence.verdict().ports;
	EXPECT_EQ(ports.size(), NatBehaviour::MAX_PORTS);
	EXPECT_EQ(ports.back(), 40092);
}

TEST_F(NatEvidenceTest, theWorseFilterIsBelieved)
{
	evidence.filteredAtMostByAddress();
	EXPECT_EQ(evidence.verdict().filtering, FilteringBehaviour::AddressDependent);
	evidence = NatEvidence{LOCAL_PORT};
	evidence.filtered(FilteringBehaviour::EndpointIndependent);
	evidence.filteredAtMostByAddress();
	EXPECT_EQ(evidence.verdict().filtering, FilteringBehaviour::EndpointIndependent) << "both are true of it";
	evidence.filtered(FilteringBehaviour::AddressAndPortDependent);
	evidence.filtered(FilteringBehaviour::EndpointIndependent);
	EXPECT_EQ(evidence.verdict().filtering, FilteringBehaviour::AddressAndPortDependent);
}

TEST_F(NatEvidenceTest, anotherAddressAfterAChangeOfTheNetworkIsAnotherNat)
{
	sequence({40000, 40001, 40002});
	evidence.filtered(FilteringBehaviour::AddressAndPortDependent);
	evidence.hairpinned(false);
	evidence.mayHaveMoved();
	see(A, mapped(40003));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::AddressDependent) << "it did not move";
	evidence.mayHaveMoved();
	evidence.asked(A, now);
	evidence.asked(B, now);
	evidence.answered(A, endpoint("203.0.113.99:8081"), now);
	evidence.answered(B, endpoint("203.0.113.99:8081"), now);
	const auto verdict = evidence.verdict();
	EXPECT_EQ(verdict.mapping, MappingBehaviour::EndpointIndependent);
	EXPECT_EQ(verdict.filtering, FilteringBehaviour::Unknown);
	EXPECT_EQ(verdict.assignment, PortAssignment::Preserving);
	EXPECT_EQ(verdict.hairpin, std::nullopt);
}

TEST_F(NatEvidenceTest, severalPublicAddressesMakeNoSequence)
{
	see(A, mapped(LOCAL_PORT));
	see(B, endpoint("203.0.113.8:0").withPort(LOCAL_PORT));
	EXPECT_EQ(evidence.verdict().mapping, MappingBehaviour::AddressDependent);
	EXPECT_EQ(evidence.verdict().assignment, PortAssignment::Preserving);
}

TEST_F(NatEvidenceTest, knowsForWhomTheFilterMayBeOpen)
{
	see(A, mapped(40001));
	evidence.asked(B, now);
	EXPECT_TRUE(evidence.mayBeLetIn(mapped(40001), A_OTHER_PORT, now)) << "by its address";
	EXPECT_FALSE(evidence.mayBeLetInExactly(mapped(40001), A_OTHER_PORT, now));
	EXPECT_TRUE(evidence.mayBeLetIn(mapped(40001), B, now)) << "whose mapping is not known yet";
	evidence.answered(B, mapped(40002), now);
	EXPECT_FALSE(evidence.mayBeLetIn(mapped(40001), B, now)) << "it was sent to by another mapping";
	EXPECT_FALSE(evidence.mayBeLetIn(mapped(40001), A, now + 11min)) << "long ago";
}

TEST_F(NatEvidenceTest, itsMemoryIsBounded)
{
	for (std::uint16_t port = 1; port < 5000; ++port)
		see(A.withPort(port), mapped(port));
	EXPECT_LE(evidence.verdict().ports.size(), NatBehaviour::MAX_PORTS);
	EXPECT_FALSE(evidence.wasAsked(A.withPort(1)));
}
