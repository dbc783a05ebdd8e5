// What several links of one node have to do with each other when NATs are hard: one punch at a time, and what
// has worked is remembered. Sockets of loopback, virtual time; nothing arrives before the test says so.
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/hard/HardTiming.h"
#include "tests/integration/udp-punch/NodeSide.h"
#include "tests/support/ManualLoop.h"

using namespace gimlet;
using namespace std::chrono_literals;
using test::NodeSide;

namespace
{

constexpr int DESCRIPTORS = 1024; // more than a test has

class UdpPunchHardTest : public testing::Test
{
protected:
	~UdpPunchHardTest() override
	{
		_nodes.clear();
		_loop.drain();
	}

	/// A node behind a NAT with that mapping, and with a server-reflexive address on loopback by which nobody
	/// can be reached.
	NodeSide& node(MappingBehaviour mapping)
	{
		auto& side = *_nodes.emplace_back(
			std::make_unique<NodeSide>(_loop, std::map<std::string, std::string>{{"punch_sockets", "32"}}));
		side.transport->start();
		NatBehaviour nat;
		nat.mapping = mapping;
		nat.address = Endpoint::parseAddress("203.0.113.1", 0).value();
		if (mapping == MappingBehaviour::AddressDependent)
		{
			nat.assignment = PortAssignment::Random;
			nat.ports = {20'000, 51'000, 3'000, 44'000};
		}
		side.transport->natBehaviour(*side.port, nat);
		side.transport->candidateFound({.type = CandidateType::ServerReflexive,
			.endpoint = PUBLIC.withPort(9),
			.base = side.port->localEndpoint(),
			.port = side.port,
			.source = "test"});
		return side;
	}

	/// Two are offered to each other, and learn what there is to know.
	void offer(NodeSide& one, NodeSide& other)
	{
		for (const auto& [here, there] : {std::pair{&one, &other}, std::pair{&other, &one}})
		{
			auto offered = there->asOffer(true);
			offered.seen = {PUBLIC};
			here->transport->connect(offered);
		}
		pass(0ms);
	}

	/// Time in which signals arrive, and datagrams do not.
	void pass(Duration duration)
	{
		for (const auto end = _loop.now() + duration; _loop.now() <= end; _loop.advance(10ms))
		{
			_loop.drain();
			test::carrySignals(_nodes);
		}
	}

	/// The datagrams that wait in the sockets arrive, and what they bring about.
	void receive()
	{
		for (int descriptor = 0; descriptor < DESCRIPTORS; ++descriptor)
			_loop.fire(descriptor, EventLoop::READABLE);
		pass(10ms);
	}

	static double punches(const NodeSide& side)
	{
		return side.context.metric("gimlet_udp_punch_punches_total");
	}

	static double punched(const NodeSide& side)
	{
		return side.context.metric("gimlet_udp_punch_punched_total");
	}

	const Endpoint PUBLIC = Endpoint::parseAddress("127.0.0.1", 0).value();

	std::shared_ptr<udp_punch::sctp::Engine> _engine =
		udp_punch::sctp::Engine::shared(udp_punch::sctp::Engine::Clock::Manual);
	test::ManualLoop _loop;
	std::vector<std::unique_ptr<NodeSide>> _nodes;
};

}

TEST_F(UdpPunchHardTest, OneLinkPunchesAtATime)
{
	auto& one = node(MappingBehaviour::AddressDependent);
	auto& ben = node(MappingBehaviour::EndpointIndependent);
	auto& carl = node(MappingBehaviour::EndpointIndependent);
	offer(one, ben);
	offer(one, carl);
	pass(udp_punch::hard::PATIENCE + 100ms);
	EXPECT_EQ(punches(one), 1);
	pass(udp_punch::hard::FIRST_PAUSE + 100ms);
	EXPECT_EQ(punches(one), 1) << "the other one has asked again, and the first round still lasts";
	pass(udp_punch::hard::ROUND);
	EXPECT_GE(punches(one), 2);
}

TEST_F(UdpPunchHardTest, WhatHasWorkedIsBegunAtOnceTheNextTime)
{
	auto& one = node(MappingBehaviour::AddressDependent);
	auto& ben = node(MappingBehaviour::EndpointIndependent);
	offer(one, ben);
	pass(udp_punch::hard::PATIENCE_WHEN_KNOWN + 100ms);
	EXPECT_EQ(punches(one), 0) << "the plain checks may do";
	pass(udp_punch::hard::PATIENCE);
	ASSERT_EQ(punches(one), 1);
	for (int round = 0; round < 100 && punched(one) == 0; ++round)
		receive();
	ASSERT_EQ(punched(one), 1);
	auto& carl = node(MappingBehaviour::EndpointIndependent); // behind the same address as ben
	offer(one, carl);
	pass(udp_punch::hard::PATIENCE_WHEN_KNOWN + 100ms);
	EXPECT_EQ(punches(one), 2);
}
