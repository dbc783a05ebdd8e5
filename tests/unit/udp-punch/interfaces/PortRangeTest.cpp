#include "plugins/transport/udp-punch/PortRange.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

using namespace gimlet;
using namespace gimlet::udp_punch;

TEST(PortRange, IsTwoPortsOrOne)
{
	EXPECT_EQ(parsePortRange("40000-40100"), (PortRange{40000, 40100}));
	EXPECT_EQ(parsePortRange("1-1"), (PortRange{1, 1}));
	EXPECT_EQ(parsePortRange("65535"), (PortRange{65535, 65535}));
	EXPECT_EQ(parsePortRange("1000-5095"), (PortRange{1000, 5095}));
	for (const char* text : {"", "-", "0", "0-5", "5-", "-5", "5-4", "1000-5096", "65535-65536", "a-b",
			 "1-2-3", "1 - 2", "+1-2", "40000,40001"})
		EXPECT_FALSE(parsePortRange(text)) << text;
}

namespace
{

/// Ports below one are taken.
struct Machine
{
	std::uint16_t operator()(const ListenAddress& address)
	{
		tried.push_back(address.port);
		EXPECT_TRUE(!address.endpoint || address.endpoint->port() == address.port);
		if (address.port < free)
			throw std::system_error(std::make_error_code(fault), "as the kernel does");
		return address.port;
	}

	std::uint16_t free;
	std::errc fault = std::errc::address_in_use;
	std::vector<std::uint16_t> tried{};
};

}

TEST(PortRange, TheFirstFreePortIsOpened)
{
	const ListenAddress any{};
	const ListenAddress one{Endpoint::parse("192.0.2.1:9"), 9};
	for (const auto& address : {any, one})
	{
		Machine machine{7};
		EXPECT_EQ(openFirstFree(address, {5, 9}, std::ref(machine)), 7);
		EXPECT_EQ(machine.tried, (std::vector<std::uint16_t>{5, 6, 7}));
	}
	Machine end{65535};
	EXPECT_EQ(openFirstFree(any, {65533, 65535}, std::ref(end)), 65535);
}

TEST(PortRange, SaysWhyNoneIs)
{
	Machine full{10};
	try
	{
		openFirstFree({}, {5, 9}, std::ref(full));
		FAIL() << "all are taken";
	}
	catch (const std::system_error& error)
	{
		EXPECT_EQ(error.code(), std::errc::address_in_use);
	}
	EXPECT_EQ(full.tried.size(), 5U);
	Machine forbidden{10, std::errc::permission_denied};
	EXPECT_THROW(openFirstFree({}, {5, 9}, std::ref(forbidden)), std::system_error);
	EXPECT_EQ(forbidden.tried.size(), 1U) << "another port would not help";
}
