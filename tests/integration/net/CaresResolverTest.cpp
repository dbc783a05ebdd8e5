#include "node/core/net/CaresResolver.h"

#include <gmock/gmock.h>

#include <optional>

#include "tests/integration/net/LoopTest.h"
#include "tests/integration/net/NameServer.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

std::vector<std::string> texts(const Resolver::Result& result)
{
	std::vector<std::string> out;
	for (const auto& endpoint : result.endpoints)
		out.push_back(endpoint.toString());
	return out;
}

class CaresResolverTest : public test::LoopTest
{
protected:
	Resolver::Result resolve(CaresResolver& resolver, const std::string& host, int family = AF_UNSPEC)
	{
		std::optional<Resolver::Result> answer;
		const auto query = resolver.resolve(
			host, 80, family, [&answer](const Resolver::Result& result) { answer = result; });
		EXPECT_FALSE(answer) << "the callback came inside the call";
		runUntil([&answer] { return answer.has_value(); });
		return answer.value_or(Resolver::Result{});
	}

	Resolver::Result resolve(const std::string& host, int family = AF_UNSPEC)
	{
		return resolve(_resolver, host, family);
	}

	CaresResolver withTimeout(std::chrono::milliseconds timeout)
	{
		return {_loop, {.servers = {_server.endpoint()}, .timeout = timeout}};
	}

	test::NameServer _server{_loop};
	CaresResolver _resolver{_loop, {.servers = {_server.endpoint()}}};
};

TEST_F(CaresResolverTest, LiteralsAskNobody)
{
	EXPECT_THAT(texts(resolve("192.0.2.7")), testing::ElementsAre("192.0.2.7:80"));
	EXPECT_THAT(texts(resolve("2001:db8::7", AF_INET6)), testing::ElementsAre("[2001:db8::7]:80"));
	const auto wrongFamily = resolve("192.0.2.7", AF_INET6);
	EXPECT_TRUE(wrongFamily.endpoints.empty());
	EXPECT_EQ(wrongFamily.error, "192.0.2.7 has no IPv6 address");
	EXPECT_EQ(_server.questions(), 0U);
}

TEST_F(CaresResolverTest, NamesOfTheHostsFileAskNobody)
{
	const test::TempFolder folder;
	CaresResolver resolver{_loop,
		{.servers = {_server.endpoint()}, .hostsFile = folder.write("hosts", "192.0.2.7 node.example\n")}};
	EXPECT_THAT(texts(resolve(resolver, "Node.Example")), testing::ElementsAre("192.0.2.7:80"));
	EXPECT_EQ(resolve(resolver, "node.example", AF_INET6).error, "node.example has no IPv6 address");
	EXPECT_EQ(_server.questions(), 0U);
}

TEST_F(CaresResolverTest, LocalhostIsLoopbackWithoutAsking)
{
	EXPECT_THAT(texts(resolve("localhost")), testing::ElementsAre("[::1]:80", "127.0.0.1:80"));
	EXPECT_THAT(texts(resolve("My.LocalHost.", AF_INET)), testing::ElementsAre("127.0.0.1:80"));
	EXPECT_EQ(_server.questions(), 0U);
	EXPECT_EQ(resolve("notlocalhost").error, "no such name: notlocalhost");
}

TEST_F(CaresResolverTest, BothFamiliesV6First)
{
	_server.add("example.test", "192.0.2.1");
	_server.add("example.test", "192.0.2.2");
	_server.add("example.test", "2001:db8::1");
	const auto both = texts(resolve("example.test"));
	ASSERT_EQ(both.size(), 3U);
	EXPECT_EQ(both[0], "[2001:db8::1]:80");
	EXPECT_THAT(both, testing::UnorderedElementsAre("[2001:db8::1]:80", "192.0.2.1:80", "192.0.2.2:80"));
	EXPECT_THAT(texts(resolve("example.test", AF_INET6)), testing::ElementsAre("[2001:db8::1]:80"));
	EXPECT_EQ(resolve("example.test", AF_INET).endpoints.size(), 2U);
}

TEST_F(CaresResolverTest, OneFamilyIsEnough)
{
	_server.add("four.test", "192.0.2.1");
	EXPECT_THAT(texts(resolve("four.test")), testing::ElementsAre("192.0.2.1:80"));
	EXPECT_EQ(resolve("four.test", AF_INET6).error, "four.test has no IPv6 address");
}

TEST_F(CaresResolverTest, AFamilyThatIsNotAnsweredIsNotWaitedForLong)
{
	_server.add("example.test", "192.0.2.1");
	_server.ignore(AF_INET6);
	const auto begun = Clock::now();
	EXPECT_THAT(texts(resolve("example.test")), testing::ElementsAre("192.0.2.1:80"));
	EXPECT_LT(Clock::now() - begun, 2s) << "the bound of a lookup was waited for";
}

TEST_F(CaresResolverTest, ErrorsAreSentences)
{
	_server.add("empty.test", "192.0.2.1");
	EXPECT_EQ(resolve("missing.test").error, "no such name: missing.test");
	EXPECT_EQ(resolve("").error, "a host name is missing");
	EXPECT_EQ(resolve("a b").error, "not a valid host name: a b");
	EXPECT_EQ(resolve(std::string(254, 'x')).error.substr(0, 21), "not a valid host name");
	EXPECT_EQ(resolve("double..dot").error, "not a valid host name: double..dot");
	_server.fail(2);
	EXPECT_EQ(resolve("broken.test").error,
		"no name server could be reached, or none would answer, for broken.test");
}

TEST_F(CaresResolverTest, AServerThatIsNotThere)
{
	Endpoint closed;
	{
		const test::NameServer gone(_loop);
		closed = gone.endpoint();
	}
	CaresResolver resolver(_loop, {.servers = {closed}, .timeout = 500ms});
	const auto result = resolve(resolver, "example.test");
	EXPECT_TRUE(result.endpoints.empty());
	EXPECT_THAT(result.error, testing::HasSubstr("example.test"));
}

TEST_F(CaresResolverTest, TheNextServerIsAskedWhenOneIsDead)
{
	Endpoint closed;
	{
		const test::NameServer gone(_loop);
		closed = gone.endpoint();
	}
	_server.add("example.test", "192.0.2.1");
	CaresResolver resolver(_loop, {.servers = {closed, _server.endpoint()}});
	EXPECT_THAT(texts(resolve(resolver, "example.test")), testing::ElementsAre("192.0.2.1:80"));
}

TEST_F(CaresResolverTest, AHangingServerIsGivenUpAtTheBound)
{
	_server.ignore(AF_UNSPEC);
	auto resolver = withTimeout(100ms);
	EXPECT_EQ(
		resolve(resolver, "example.test").error, "no name server has answered the question for example.test");
}

TEST_F(CaresResolverTest, ADestroyedQueryNeverCallsBack)
{
	_server.add("example.test", "192.0.2.1");
	bool called = false;
	auto resolver = withTimeout(100ms);
	auto query = resolver.resolve("example.test", 80, AF_INET, [&called](const auto&) { called = true; });
	auto literal = resolver.resolve("192.0.2.7", 80, AF_INET, [&called](const auto&) { called = true; });
	query.reset();
	literal.reset();
	bool later = false;
	const auto timer = _loop.after(200ms, [&later] { later = true; });
	runUntil([&later] { return later; });
	EXPECT_FALSE(called);
}

TEST_F(CaresResolverTest, AQueryMayBeDestroyedInItsCallback)
{
	std::unique_ptr<Resolver::Query> query;
	bool called = false;
	query = _resolver.resolve("192.0.2.7", 80, AF_INET,
		[&](const auto&)
		{
			query.reset();
			called = true;
		});
	runUntil([&called] { return called; });
}

TEST_F(CaresResolverTest, DestructionDoesNotWaitForAHangingServer)
{
	_server.ignore(AF_UNSPEC);
	const auto begun = Clock::now();
	{
		CaresResolver resolver(_loop, {.servers = {_server.endpoint()}});
		std::vector<std::unique_ptr<Resolver::Query>> queries;
		for (int index = 0; index < 20; ++index)
			queries.push_back(resolver.resolve("host" + std::to_string(index) + ".test", 80, AF_UNSPEC,
				[](const auto&) { FAIL() << "called back"; }));
		runUntil([this] { return _server.questions() >= 40; });
	}
	EXPECT_LT(Clock::now() - begun, 2s);
}

}

}
