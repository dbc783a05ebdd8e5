// The simulated network itself: links, routers on the wire, hosts, signaling, virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/Seeds.h"
#include "tests/sim/net/SignalingRoom.h"
#include "tests/sim/net/StunServer.h"
#include "tests/sim/net/World.h"

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace
{

Endpoint at(std::string_view text)
{
	return Endpoint::parse(text).value();
}

/// A socket that remembers.
struct Ear
{
	Ear(World& inWorld, Host& host, std::string_view local) : world(inWorld), port(host.open(local))
	{
		port->receiver = [this](ByteView datagram, const Path& path, TimePoint)
		{
			texts.emplace_back(asText(datagram));
			times.push_back(world.elapsed());
			lastPath = path;
		};
	}

	bool say(std::string_view text, const Endpoint& to)
	{
		return port->send(asBytes(text), to);
	}

	World& world;
	std::unique_ptr<SimPort> port;
	std::vector<std::string> texts;
	std::vector<Duration> times;
	Path lastPath;
};

/// What a STUN server says; invalid if nothing came within a second.
Endpoint mapped(World& world, SimPort& port, const Endpoint& server)
{
	Endpoint result;
	port.receiver = [&](ByteView datagram, const Path&, TimePoint)
	{ result = stun::MessageView::parse(datagram).value().xorAddress().value(); };
	std::array<std::uint8_t, 64> buffer{};
	const stun::TransactionId id{1, 2, 3};
	port.send(stun::MessageBuilder(buffer, stun::MessageClass::Request, stun::method::BINDING, id).finish(),
		server);
	world.run(1s);
	port.receiver = {};
	return result;
}

class SimNetworkTest : public testing::Test
{
protected:
	World world{1};
	Host& anna = world.host("anna", world.internet(), {"198.51.100.1", "2001:db8::1"});
	Host& ben = world.host("ben", world.internet(), {"198.51.100.2", "2001:db8::2"});
	Link& annaUp = anna.interfaces().front().up;
	Ear ear{world, ben, "198.51.100.2:7000"};
	std::unique_ptr<SimPort> port = anna.open("198.51.100.1:5000");

	void send(int count, std::size_t size = 10)
	{
		for (int number = 0; number < count; ++number)
		{
			auto text = std::to_string(number);
			text.resize(size, '.');
			port->send(asBytes(text), at("198.51.100.2:7000"));
		}
	}

	std::vector<int> numbers() const
	{
		std::vector<int> result;
		for (const auto& text : ear.texts)
			result.push_back(std::stoi(text));
		return result;
	}
};

}

TEST_F(SimNetworkTest, aDatagramArrivesAfterItsDelay)
{
	annaUp.settings.delay = 12ms;
	ben.interfaces().front().down.settings.delay = 30ms;
	send(1);
	world.run(1h);
	EXPECT_THAT(ear.times, ElementsAre(42ms));
	EXPECT_EQ(ear.lastPath.local, at("198.51.100.2:7000"));
	EXPECT_EQ(ear.lastPath.remote, at("198.51.100.1:5000"));
	EXPECT_EQ(ear.lastPath.port, ear.port.get());
}

TEST_F(SimNetworkTest, jitterSpreadsAndDoesNotReorder)
{
	annaUp.settings = {.delay = 10ms, .jitter = 20ms};
	for (int number = 0; number < 200; ++number)
		world.agenda().at(world.now() + number * 1ms,
			[this, number] { port->send(asBytes(std::to_string(number)), at("198.51.100.2:7000")); });
	world.run(1h);
	const auto got = numbers();
	ASSERT_EQ(got.size(), 200U);
	EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
	std::set<Duration> delays;
	for (std::size_t number = 0; number < ear.times.size(); ++number)
		delays.insert(ear.times[number] - number * 1ms);
	EXPECT_GE(*delays.begin(), 10ms);
	EXPECT_LT(*delays.rbegin(), 30ms);
	EXPECT_GT(*delays.rbegin() - *delays.begin(), 10ms);
}

TEST_F(SimNetworkTest, lossDuplicationAndReorderingHaveTheirProbabilities)
{
	annaUp.settings.loss = 0.05;
	send(10'000);
	world.run(1s);
	EXPECT_NEAR(double(ear.texts.size()), 9'500, 100);
	EXPECT_EQ(world.log().count("lost"), 10'000 - ear.texts.size());

	ear.texts.clear();
	annaUp.settings = {.duplication = 0.1};
	send(10'000);
	world.run(1s);
	EXPECT_NEAR(double(ear.texts.size()), 11'000, 150);

	ear.texts.clear();
	annaUp.settings = {.reordering = 0.03, .reorderDelay = 10ms};
	for (int number = 0; number < 10'000; ++number)
		world.agenda().at(world.now() + number * 1ms,
			[this, number] { port->send(asBytes(std::to_string(number)), at("198.51.100.2:7000")); });
	world.run(11s);
	const auto got = numbers();
	ASSERT_EQ(got.size(), 10'000U);
	int overtaken = 0;
	for (std::size_t index = 1; index < got.size(); ++index)
		overtaken += got[index] < got[index - 1] ? 1 : 0;
	EXPECT_NEAR(overtaken, 300, 60);
}

TEST_F(SimNetworkTest, aRateTakesTimeAndItsQueueIsBounded)
{
	// 972 bytes and 28 of headers are 8,000 bits: a millisecond each.
	annaUp.settings = {.rate = 8'000'000, .queue = 10'000};
	send(15, 972);
	world.run(1s);
	ASSERT_EQ(ear.times.size(), 10U);
	EXPECT_EQ(ear.times.front(), 1ms);
	EXPECT_EQ(ear.times.back(), 10ms);
	EXPECT_EQ(world.log().count("queue full"), 5U);
}

TEST_F(SimNetworkTest, whatIsTooLargeIsRefusedNearAndDroppedFar)
{
	annaUp.settings.mtu = 1500;
	ben.interfaces().front().down.settings.mtu = 1280;
	const auto to = at("198.51.100.2:7000");
	EXPECT_FALSE(port->send(Buffer(1473), to));
	EXPECT_TRUE(port->send(Buffer(1472), to));
	EXPECT_TRUE(port->send(Buffer(1253), to));
	EXPECT_TRUE(port->send(Buffer(1252), to));
	world.run(1s);
	ASSERT_EQ(ear.texts.size(), 1U);
	EXPECT_EQ(ear.texts.front().size(), 1252U);
	EXPECT_EQ(world.log().count("too large"), 2U);
}

TEST_F(SimNetworkTest, aPathCanBeUnpluggedOrBlocked)
{
	ben.interfaces().front().plug(false);
	send(1);
	world.run(1s);
	ben.interfaces().front().plug(true);
	world.internet().blocks = [](const Packet& packet) { return packet.destination.port() == 7000; };
	send(1);
	world.run(1s);
	EXPECT_THAT(ear.texts, IsEmpty());
	world.internet().blocks = {};
	send(1);
	world.run(1s);
	EXPECT_EQ(ear.texts.size(), 1U);
}

TEST_F(SimNetworkTest, hostsBindLikeKernels)
{
	EXPECT_THROW(anna.open("198.51.100.1:5000"), std::invalid_argument);
	EXPECT_THROW(anna.open("198.51.100.2:5000"), std::invalid_argument);
	const auto some = anna.open("198.51.100.1:0");
	EXPECT_GE(some->localEndpoint().port(), 32768);
	EXPECT_TRUE(port->supports(AF_INET));
	EXPECT_FALSE(port->supports(AF_INET6));
	EXPECT_FALSE(port->send(asBytes("x"), at("[2001:db8::2]:7000")));

	Ear dual{world, ben, "[::]:7000"};
	const auto both = anna.open("[::]:6000");
	EXPECT_TRUE(both->supports(AF_INET));
	both->send(asBytes("six"), at("[2001:db8::2]:7000"));
	both->send(asBytes("four"), at("198.51.100.2:7000"));
	world.run(1s);
	EXPECT_THAT(dual.texts, ElementsAre("six"));
	EXPECT_EQ(dual.lastPath.local, at("[2001:db8::2]:7000"));
	EXPECT_EQ(dual.lastPath.remote, at("[2001:db8::1]:6000"));
	EXPECT_THAT(ear.texts, ElementsAre("four")) << "the particular socket first";

	ear.port.reset();
	both->send(asBytes("four"), at("198.51.100.2:7000"));
	both->send(asBytes("nobody"), at("198.51.100.2:7009"));
	EXPECT_TRUE(both->send(asBytes("self"), at("198.51.100.1:5000")));
	world.run(1s);
	EXPECT_THAT(dual.texts, ElementsAre("six", "four"));
	EXPECT_EQ(world.log().count("no socket"), 1U);
}

TEST_F(SimNetworkTest, aHostMayHaveSeveralNetworks)
{
	auto& lan = world.network("lan");
	world.plug(anna, lan, {"10.0.0.1"});
	auto& carl = world.host("carl", lan, {"10.0.0.2"});
	Ear near{world, carl, "10.0.0.2:9"};
	const auto any = anna.open("0.0.0.0:6000");
	any->send(asBytes("near"), at("10.0.0.2:9"));
	any->send(asBytes("far"), at("198.51.100.2:7000"));
	world.run(1s);
	EXPECT_EQ(near.lastPath.remote, at("10.0.0.1:6000"));
	EXPECT_EQ(ear.lastPath.remote, at("198.51.100.1:6000"));

	world.plug(anna, world.internet(), {"198.51.100.7"});
	any->send(asBytes("the first"), at("198.51.100.2:7000"));
	world.run(1s);
	EXPECT_EQ(ear.lastPath.remote, at("198.51.100.1:6000"));
	EXPECT_TRUE(any->sendFrom(at("198.51.100.7:6000"), asBytes("that one"), at("198.51.100.2:7000")));
	world.run(1s);
	EXPECT_EQ(ear.lastPath.remote, at("198.51.100.7:6000"));
	EXPECT_FALSE(any->sendFrom(at("198.51.100.8:6000"), asBytes("not ours"), at("198.51.100.2:7000")));
	EXPECT_FALSE(port->sendFrom(at("198.51.100.7:6000"), asBytes("bound"), at("198.51.100.2:7000")));
}

TEST_F(SimNetworkTest, timersAndPostsKeepTheirOrder)
{
	std::vector<std::string> order;
	auto& loop = anna.loop();
	const auto late = loop.after(20ms, [&] { order.emplace_back("late"); });
	const auto early = loop.after(10ms, [&] { order.emplace_back("early"); });
	auto never = loop.after(15ms, [&] { order.emplace_back("never"); });
	loop.post([&] { order.emplace_back("posted"); });
	const auto past = loop.at(TimePoint{}, [&] { order.emplace_back("past"); });
	EXPECT_THAT(order, IsEmpty());
	never.cancel();
	world.run(1s);
	EXPECT_THAT(order, ElementsAre("posted", "past", "early", "late"));
	EXPECT_THROW(std::ignore = loop.watch(0, 0, {}), std::logic_error);
}

class SimRouterTest : public testing::Test
{
protected:
	SimRouterTest()
	{
		server = std::make_unique<StunServer>(stunHost);
	}

	World world{2};
	Host& stunHost = world.host("stun", world.internet(), {"192.0.2.1", "192.0.2.2"});
	std::unique_ptr<StunServer> server;
	Host& far = world.host("far", world.internet(), {"198.51.100.9", "2001:db8:9::9"});
};

TEST(SimRouter, aStunServerSeesTheMappingAndItsBehaviour)
{
	for (const auto mapping : {Dependence::EndpointIndependent, Dependence::AddressAndPortDependent})
	{
		World other{3};
		StunServer stun{other.host("stun", other.internet(), {"192.0.2.1", "192.0.2.2"})};
		auto& home = other.nat("home", other.internet(), {"203.0.113.1"},
			{.mapping = mapping, .allocation = PortAllocation::Random});
		auto& anna = other.host("anna", home.inside().network(), {"192.168.1.2"});
		const auto port = anna.open("192.168.1.2:5000");
		const auto first = mapped(other, *port, at("192.0.2.1:3478"));
		const auto second = mapped(other, *port, at("192.0.2.2:3478"));
		EXPECT_TRUE(first.sameAddress(at("203.0.113.1:1")));
		EXPECT_EQ(first == second, mapping == Dependence::EndpointIndependent);
		EXPECT_EQ(stun.answered(), 2U);
	}
}

TEST(SimRouter, hairpinLeadsBackInWithAnExternalSource)
{
	for (const bool hairpin : {false, true})
	{
		World other{4};
		StunServer stun{other.host("stun", other.internet(), {"192.0.2.1"})};
		auto& home = other.nat("home", other.internet(), {"203.0.113.1"},
			{.filtering = Dependence::EndpointIndependent, .hairpin = hairpin});
		auto& lan = home.inside().network();
		Ear ear{other, other.host("ben", lan, {"192.168.1.3"}), "192.168.1.3:6000"};
		const auto receiver = ear.port->receiver;
		const auto ben = mapped(other, *ear.port, at("192.0.2.1:3478"));
		ear.port->receiver = receiver;
		const auto port = other.host("anna", lan, {"192.168.1.2"}).open("192.168.1.2:5000");
		port->send(asBytes("round"), ben);
		other.run(1s);
		EXPECT_EQ(ear.texts.size(), hairpin ? 1U : 0U);
		EXPECT_EQ(ear.lastPath.remote, hairpin ? at("203.0.113.1:5000") : Endpoint{});
	}
}

TEST_F(SimRouterTest, routersStandBehindEachOther)
{
	auto& carrier = world.nat("carrier", world.internet(), {"203.0.113.1"}, {});
	auto& home = world.nat("home", carrier.inside().network(), {"100.64.0.5"}, {});
	auto& anna = world.host("anna", home.inside().network(), {"192.168.1.2"});
	const auto port = anna.open("192.168.1.2:5000");
	EXPECT_EQ(mapped(world, *port, at("192.0.2.1:3478")), at("203.0.113.1:5000"));
	Ear ear{world, far, "198.51.100.9:9"};
	port->send(asBytes("out"), at("198.51.100.9:9"));
	world.run(1s);
	EXPECT_EQ(ear.lastPath.remote, at("203.0.113.1:5000"));
	Ear inner{world, anna, "0.0.0.0:5000"};
	// The more particular socket has it.
	std::string answer;
	port->receiver = [&](ByteView datagram, const Path&, TimePoint) { answer = asText(datagram); };
	ear.say("back", at("203.0.113.1:5000"));
	ear.say("elsewhere", at("203.0.113.1:5001"));
	world.run(1s);
	EXPECT_EQ(answer, "back");
	EXPECT_EQ(world.log().count("filtered"), 1U);
}

TEST_F(SimRouterTest, aPacketOfLowTtlDiesBetweenTheNats)
{
	NatModel linux{.stray = Stray::Planted};
	auto& one = world.nat("one", world.internet(), {"203.0.113.1"}, linux);
	auto& two = world.nat("two", world.internet(), {"203.0.113.2"}, linux);
	Ear anna{world, world.host("anna", one.inside().network(), {"192.168.1.2"}), "192.168.1.2:5000"};
	Ear ben{world, world.host("ben", two.inside().network(), {"192.168.1.2"}), "192.168.1.2:5000"};
	// Without: the first one's packet poisons the second one's router, whose answer comes from another port.
	const auto annaAddress = at("203.0.113.1:5000");
	const auto benAddress = at("203.0.113.2:5000");
	ben.say("to have a mapping", at("192.0.2.1:3478"));
	world.run(1s);
	anna.say("early", benAddress);
	world.run(1s);
	ben.say("answer", annaAddress);
	anna.say("again", benAddress);
	world.run(1s);
	EXPECT_THAT(anna.texts, IsEmpty());
	EXPECT_THAT(ben.texts, IsEmpty());

	// With: the first packet opens its own NAT and dies on the way.
	one.nat().restart();
	two.nat().restart();
	anna.port->ttl = 5;
	anna.say("opens", benAddress);
	anna.port->ttl = 64;
	world.run(1s);
	EXPECT_EQ(world.log().count("ttl"), 1U);
	ben.say("answer", annaAddress);
	world.run(1s);
	anna.say("again", benAddress);
	world.run(1s);
	EXPECT_THAT(anna.texts, ElementsAre("answer"));
	EXPECT_THAT(ben.texts, ElementsAre("again"));
}

TEST_F(SimRouterTest, version6PassesAFirewall)
{
	auto& home = world.nat("home", world.internet(), {"203.0.113.1"}, {});
	auto& anna = world.host("anna", home.inside().network(), {"192.168.1.2", "2001:db8:1::2"});
	Ear near{world, anna, "[2001:db8:1::2]:5000"};
	Ear ear{world, far, "[2001:db8:9::9]:9"};
	ear.say("unasked", at("[2001:db8:1::2]:5000"));
	world.run(1s);
	EXPECT_THAT(near.texts, IsEmpty());
	near.say("asked", at("[2001:db8:9::9]:9"));
	world.run(1s);
	EXPECT_EQ(ear.lastPath.remote, at("[2001:db8:1::2]:5000"));
	ear.say("answer", at("[2001:db8:1::2]:5000"));
	world.run(1s);
	EXPECT_THAT(near.texts, ElementsAre("answer"));
}

TEST_F(SimRouterTest, privateAddressesLeadNowhereElse)
{
	auto& home = world.nat("home", world.internet(), {"203.0.113.1"}, {});
	world.host("anna", home.inside().network(), {"192.168.1.2"});
	const auto port = far.open("198.51.100.9:9");
	port->send(asBytes("x"), at("192.168.1.2:5000"));
	world.run(1s);
	EXPECT_EQ(world.log().count("no route"), 1U);
}
