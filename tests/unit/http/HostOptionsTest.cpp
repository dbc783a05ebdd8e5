#include "node/http/HostOptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/http/HttpKeys.h"
#include "tests/support/FakeContext.h"

using namespace gimlet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace
{

/// The declared defaults with some values of the test's own.
Settings settingsWith(const std::map<std::string, std::string>& values)
{
	std::map<std::string, std::string> all;
	for (const auto& key : http::KEYS)
		all[key.name] = key.defaultValue;
	for (const auto& [name, value] : values)
		all.at(name) = value;
	return test::settings("http", all);
}

}

TEST(HttpHostOptions, TheDefaultsListenOnLoopback)
{
	test::FakeProblems problems;
	const auto options = http::hostOptions(settingsWith({}), problems);
	EXPECT_THAT(problems.all, IsEmpty());
	EXPECT_TRUE(options.enabled);
	EXPECT_EQ(options.listen.endpoint->toString(), "127.0.0.1:8080");
	EXPECT_EQ(options.threads, 2U);
	EXPECT_EQ(options.requestTimeout, std::chrono::seconds{10});
	EXPECT_FALSE(http::hostOptions(settingsWith({{"listen", "none"}}), problems).enabled);
}

TEST(HttpHostOptions, AllThatIsWrongIsTold)
{
	test::FakeProblems problems;
	http::hostOptions(settingsWith({{"private_key", "key.pem"},
						  {"trusted_proxies", "10.0.0.0/8, proxy.example"}, {"metrics_token", "short"}}),
		problems);
	EXPECT_THAT(problems.all,
		ElementsAre(HasSubstr("private_key: is given without"), HasSubstr("\"proxy.example\" is neither"),
			HasSubstr("metrics_token: is too short")));
}
