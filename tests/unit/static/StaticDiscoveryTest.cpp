#include "plugins/discovery/static/StaticDiscovery.h"

#include <gtest/gtest.h>

#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::fixed
{

namespace
{

class StaticDiscoveryTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	test::RecordingDiscoveryHost _host;
	test::FakeContext _context{_loop, "static"};
	test::RecordingPort _port{Endpoint::any(AF_INET, 8081)};
	StaticDiscovery _discovery{_context};
	test::FakeProblems _problems;

	const std::vector<std::string>& reports() const
	{
		return _host.reports;
	}

	void SetUp() override
	{
		_context.discoveries = &_host;
	}

	void configure(const std::string& addresses)
	{
		_discovery.configure(test::settings("static", {{"addresses", addresses}}), _problems);
		_discovery.start();
	}
};

TEST_F(StaticDiscoveryTest, ReportsEachAddressOnceAndIsDone)
{
	configure("203.0.113.7, 203.0.113.8:40001");
	_discovery.portOpened(_port);
	EXPECT_EQ(reports(), (std::vector<std::string>{"found server-reflexive 203.0.113.7:8081",
							 "found server-reflexive 203.0.113.8:40001", "done"}));
	EXPECT_TRUE(_problems.all.empty());
}

TEST_F(StaticDiscoveryTest, LeavesOutAddressesThatThePortCannotHave)
{
	configure("2001:db8::1");
	_discovery.portOpened(_port);
	EXPECT_EQ(reports(), std::vector<std::string>{"done"});
	test::RecordingPort dual(Endpoint::any(AF_INET6, 9), true);
	_discovery.portOpened(dual);
	EXPECT_EQ(reports()[1], "found server-reflexive [2001:db8::1]:9");
}

TEST_F(StaticDiscoveryTest, SaysWhichAddressIsNotOne)
{
	configure("name.example, 0.0.0.0, 224.0.0.1:5, 169.254.169.254:80, 203.0.113.7");
	ASSERT_EQ(_problems.all.size(), 4U);
	EXPECT_NE(_problems.all[0].find("name.example"), std::string::npos);
}

TEST_F(StaticDiscoveryTest, AChangedAddressReplacesTheOldOne)
{
	configure("203.0.113.7:1, 203.0.113.8:1");
	_discovery.portOpened(_port);
	_discovery.reconfigure(test::settings("static", {{"addresses", "203.0.113.8:1, 203.0.113.9:2"}}));
	EXPECT_EQ(reports(), (std::vector<std::string>{"found server-reflexive 203.0.113.7:1",
							 "found server-reflexive 203.0.113.8:1", "done",
							 "found server-reflexive 203.0.113.9:2", "lost server-reflexive 203.0.113.7:1"}))
		<< "at no moment is there none";
}

TEST_F(StaticDiscoveryTest, AClosedPortIsForgotten)
{
	configure("203.0.113.7:1");
	_discovery.portOpened(_port);
	_discovery.portClosed(_port);
	_discovery.reconfigure(test::settings("static", {{"addresses", "203.0.113.9:2"}}));
	EXPECT_EQ(reports().size(), 2U);
	EXPECT_FALSE(_discovery.onDatagram({}, {}, _loop.now()));
}

}

}
