// The watch on real links, addresses and routes, in a network of its own.
#include "node/core/net/NetworkWatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/integration/net/LoopTest.h"
#include "tests/support/OwnNetwork.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto CHANGED = "the addresses of this machine have changed";
constexpr auto SLEPT = "this machine has slept";

/// Runs a program in the network of this thread.
void run(const std::string& command)
{
	ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

class NetworkWatchTest : public test::LoopTest
{
protected:
	void SetUp() override
	{
		if (!test::OwnNetwork::permitted())
			GTEST_SKIP() << "needs a network of its own: run as root";
		_network.emplace();
		run("ip link add eth0 type veth peer name far");
		run("ip link set far up && ip link set eth0 up && ip address add 10.7.0.2/24 dev eth0");
		run("ip route add default via 10.7.0.1");
	}

	void watch(NetworkWatch::Options options = {})
	{
		options.metrics = &_metrics;
		_watch = std::make_unique<NetworkWatch>(_loop, _logger, options,
			NetworkWatch::Listener{.changed = [this](const std::string& what) { _told.push_back(what); },
				.fact = [this](const NetworkFact& fact) { _facts[fact.topic] = fact; }});
	}

	/// Waits for as long as the watch would at most take to tell.
	void settle(Duration time = 1500ms)
	{
		bool over = false;
		const auto timer = _loop.after(time, [&over] { over = true; });
		runUntil([&over] { return over; });
	}

	void expectChange()
	{
		runUntil([this] { return !_told.empty(); });
		settle(400ms);
		EXPECT_THAT(_told, ElementsAre(CHANGED)) << "a burst is one event";
		_told.clear();
	}

	std::string metrics() const
	{
		return prometheus::TextSerializer{}.Serialize(_metrics.Collect());
	}

	std::optional<test::OwnNetwork> _network;
	prometheus::Registry _metrics;
	std::vector<std::string> _told;
	std::map<std::string, NetworkFact> _facts;
	std::unique_ptr<NetworkWatch> _watch;
};

}

TEST_F(NetworkWatchTest, TellsOfAddressesThatComeAndGo)
{
	watch();
	EXPECT_FALSE(_watch->polling());
	EXPECT_EQ(_facts.at("ipv4").text, "sends from 10.7.0.2 by eth0");
	EXPECT_EQ(_facts.at("ipv6").verdict, NetworkFact::Verdict::Unknown);
	EXPECT_EQ(_facts.at("mtu").value, "1500");
	EXPECT_THAT(_told, IsEmpty());
	run("ip address add 10.7.0.3/24 dev eth0");
	expectChange();
	run("ip address del 10.7.0.3/24 dev eth0");
	expectChange();
	// All that moving to another network does, in one go.
	run("ip address flush dev eth0 && ip address add 192.168.9.2/24 dev eth0 && ip route add default via "
		"192.168.9.1");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").value, "192.168.9.2");
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_network_changes_total{reason=\"addresses\"} 3"));
}

TEST_F(NetworkWatchTest, AnAddressOfIPv6CountsWhenItIsKnownToBeFree)
{
	watch();
	run("ip address add 2001:db8::2/64 dev eth0 && ip route add default via 2001:db8::1");
	runUntil([this] { return _facts.at("ipv6").value == "2001:db8::2"; });
	EXPECT_THAT(_told, Contains(CHANGED));
}

TEST_F(NetworkWatchTest, TellsOfAnotherWayOut)
{
	watch();
	run("ip route replace default via 10.7.0.9");
	expectChange();
	run("ip route del default");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").verdict, NetworkFact::Verdict::Bad);
	// A tunnel that takes everything by two halves.
	run("ip route add 0.0.0.0/1 via 10.7.0.7 && ip route add 128.0.0.0/1 via 10.7.0.7");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").verdict, NetworkFact::Verdict::Good);
}

TEST_F(NetworkWatchTest, TellsOfACableThatIsDrawnAndPutBack)
{
	watch();
	run("ip link set far down");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").verdict, NetworkFact::Verdict::Bad);
	run("ip link set far up");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").verdict, NetworkFact::Verdict::Good);
	run("ip link set eth0 down");
	expectChange();
}

TEST_F(NetworkWatchTest, WhatContainersDoIsNoNews)
{
	watch();
	run("ip link add veth1 type veth peer name veth2 && ip link set veth1 up && ip link set veth2 up");
	run("ip route add 10.99.0.0/16 via 10.7.0.1 && ip route del 10.99.0.0/16");
	run("ip route add default via 10.7.0.5 metric 500");
	run("ip link del veth1");
	settle();
	EXPECT_THAT(_told, IsEmpty());
	// What comes and goes within the moment in which a burst settles neither.
	run("ip address add 10.7.0.3/24 dev eth0 && ip address del 10.7.0.3/24 dev eth0");
	settle();
	EXPECT_THAT(_told, IsEmpty());
}

TEST_F(NetworkWatchTest, WithoutNetlinkItLooksNowAndThen)
{
	watch({.poll = 20ms, .netlink = false});
	EXPECT_TRUE(_watch->polling());
	EXPECT_EQ(_facts.at("ipv4").text, "sends from 10.7.0.2");
	EXPECT_THAT(_facts.at("changes").text, HasSubstr("are looked for every 0.02 s"));
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_network_polled 1"));
	settle(100ms);
	EXPECT_THAT(_told, IsEmpty());
	run("ip address add 10.7.0.3/24 dev eth0");
	expectChange();
	run("ip route del default");
	expectChange();
	EXPECT_EQ(_facts.at("ipv4").verdict, NetworkFact::Verdict::Bad);
}

TEST_F(NetworkWatchTest, TellsThatItHasSlept)
{
	watch({.sleep = {.interval = 20ms, .late = 200ms, .stopped = 50ms}});
	settle(100ms);
	EXPECT_THAT(_told, IsEmpty());
	std::this_thread::sleep_for(300ms); // the loop stands still, as a stopped process does
	runUntil([this] { return !_told.empty(); });
	EXPECT_THAT(_told, ElementsAre(SLEPT));
	_told.clear();
	std::this_thread::sleep_for(100ms); // too short but for one who knows
	_loop.post([this] { _watch->continued(); });
	runUntil([this] { return !_told.empty(); });
	EXPECT_THAT(metrics(), HasSubstr("gimlet_node_network_changes_total{reason=\"slept\"} 2"));
}

}
