#include "plugins/transport/udp-punch/Interfaces.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace gimlet;
using namespace gimlet::udp_punch;

namespace
{

using Names = std::vector<std::string>;

std::vector<std::string> choose(const std::vector<std::pair<const char*, const char*>>& machine,
	const Names& names, HostChoice choice = {})
{
	std::vector<HostAddress> addresses;
	for (const auto& [interface, address] : machine)
		addresses.push_back({interface, Endpoint::parseAddress(address, 7).value()});
	std::vector<std::string> result;
	for (const auto& endpoint : chooseHostAddresses(addresses, InterfaceFilter{names}, choice))
	{
		EXPECT_EQ(endpoint.port(), 0);
		result.push_back(endpoint.addressString());
	}
	return result;
}

const std::vector<std::pair<const char*, const char*>> LAPTOP{{"docker0", "172.17.0.1"}, {"tun0", "10.8.0.2"},
	{"wlan0", "192.168.1.7"}, {"wlan0", "2001:db8::7"}, {"wlan0", "2001:db8::8"}, {"wlan0", "2001:db8::9"},
	{"wlan0", "fe80::7"}, {"eth0", "203.0.113.7"}, {"br-1a2b", "172.18.0.1"}, {"veth12", "172.19.0.1"},
	{"lo", "127.0.0.1"}, {"lo", "::1"}};

const Names SHIPPED{"!docker*", "!br-*", "!veth*", "!virbr*"};

}

TEST(InterfaceFilter, MatchesNames)
{
	struct Row
	{
		Names names;
		const char* interface;
		bool used;
	};
	const Row rows[]{
		{{}, "eth0", true},
		{{"eth0"}, "eth0", true},
		{{"eth0"}, "eth01", false},
		{{"eth0"}, "eth", false},
		{{"eth*"}, "eth", true},
		{{"eth*"}, "eth0", true},
		{{"eth?"}, "eth", false},
		{{"eth?"}, "eth12", false},
		{{"*"}, "anything", true},
		{{"*0"}, "eth10", true},
		{{"*0"}, "eth01", false},
		{{"e*h*1"}, "enp0h2x1", true},
		{{"e*h*1"}, "enp0h2x12", false},
		{{"**"}, "x", true},
		{{"wlan0", "eth0"}, "eth0", true},
		{{"!docker*"}, "eth0", true},
		{{"!docker*"}, "docker0", false},
		{{"!docker*"}, "docker", false},
		{{"eth*", "!eth1"}, "eth0", true},
		{{"eth*", "!eth1"}, "eth1", false},
		{{"!eth1", "eth1"}, "eth1", false},
		{{"eth*", "!eth1"}, "wlan0", false},
		{{"Eth0"}, "eth0", false},
	};
	for (const auto& row : rows)
		EXPECT_EQ(InterfaceFilter{row.names}.uses(row.interface), row.used)
			<< (row.names.empty() ? "" : row.names.front()) << " " << row.interface;
}

TEST(InterfaceFilter, NamesWhatCanMatchNothing)
{
	EXPECT_EQ(InterfaceFilter::problemOf({}), "");
	EXPECT_EQ(InterfaceFilter::problemOf({"eth0", "!docker*", "wl?p*s0", "abcdefghijklmno", "*"}), "");
	for (const char* name : {"", "!", "abcdefghijklmnop", "eth 0", "a/b", "****************"})
		EXPECT_NE(
			InterfaceFilter::problemOf({"eth0", name}).find('"' + std::string{name} + '"'), std::string::npos)
			<< name;
}

TEST(HostAddresses, TheBestOfALaptop)
{
	EXPECT_EQ(choose(LAPTOP, SHIPPED),
		(Names{"192.168.1.7", "2001:db8::7", "203.0.113.7", "2001:db8::8", "10.8.0.2"}));
}

TEST(HostAddresses, LoopbackOnlyWhereThePeerMayBeHere)
{
	EXPECT_EQ(choose(LAPTOP, {"eth0"}), Names{"203.0.113.7"});
	EXPECT_EQ(choose(LAPTOP, {"eth0"}, {.loopback = true}), (Names{"203.0.113.7", "127.0.0.1", "::1"}));
	EXPECT_EQ(choose(LAPTOP, {"eth0", "!lo"}, {.loopback = true}), Names{"203.0.113.7"});
	EXPECT_EQ(choose(LAPTOP, {"lo"}), Names{}) << "its name alone does not offer it to others";
}

TEST(HostAddresses, FamiliesThatAreOffAreLeftOut)
{
	EXPECT_EQ(choose(LAPTOP, SHIPPED, {.ipv6 = false}), (Names{"192.168.1.7", "203.0.113.7", "10.8.0.2"}));
	EXPECT_EQ(choose(LAPTOP, SHIPPED, {.ipv4 = false}), (Names{"2001:db8::7", "2001:db8::8"}));
	EXPECT_EQ(choose(LAPTOP, SHIPPED, {.ipv4 = false, .ipv6 = false, .loopback = true}), Names{});
}

TEST(HostAddresses, ACapLeavesSomeOfBothFamiliesAndTheBest)
{
	EXPECT_EQ(choose(LAPTOP, {}, {.most = 3}), (Names{"172.17.0.1", "2001:db8::7", "192.168.1.7"}));
	EXPECT_EQ(choose(LAPTOP, SHIPPED, {.most = 2}), (Names{"192.168.1.7", "2001:db8::7"}));
	EXPECT_EQ(choose(LAPTOP, SHIPPED, {.most = 0}), Names{});
	EXPECT_EQ(choose(LAPTOP, {"wlan0"}, {.mostOfInterface = 3}),
		(Names{"192.168.1.7", "2001:db8::7", "2001:db8::8", "2001:db8::9"}));
}

TEST(HostAddresses, NeverWhatNobodyCanReach)
{
	EXPECT_EQ(
		choose({{"eth0", "0.0.0.0"}, {"eth0", "169.254.169.254"}, {"eth0", "fe80::1"}, {"eth0", "224.0.0.1"},
				   {"eth0", "ff02::1"}, {"eth0", "255.255.255.255"}, {"eth1", "10.0.0.1"}},
			{}),
		Names{"10.0.0.1"});
}

TEST(HostAddresses, OfThisMachineHaveNames)
{
	const auto hosts = interfaceAddresses();
	const auto plain = hostAddresses();
	ASSERT_EQ(hosts.size(), plain.size());
	for (std::size_t i = 0; i < hosts.size(); ++i)
	{
		EXPECT_EQ(hosts[i].address, plain[i]);
		EXPECT_NE(hosts[i].interface, "");
	}
	EXPECT_TRUE(std::any_of(hosts.begin(), hosts.end(),
		[](const HostAddress& host) { return host.interface == "lo" && host.address.isLoopback(); }));
}
