#include "node/app/Logging.h"

#include <Poco/Exception.h>
#include <Poco/Message.h>
#include <Poco/Timestamp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "node/api/Log.h"
#include "node/protocol/json/Json.h"

namespace gimlet::app
{

namespace
{

Poco::Message message(const std::string& text)
{
	Poco::Message result{"stun", text, Poco::Message::PRIO_WARNING};
	result.setTime(Poco::Timestamp{1'700'000'000'123'456}); // 2023-11-14T22:13:20.123456Z
	result.set("server", "192.0.2.1:3478");
	result.set("tries", "7");
	result.set(LOG_FIELDS, "server,tries");
	return result;
}

template <typename Formatter, typename... Arguments>
std::string format(const Poco::Message& input, Arguments... arguments)
{
	Formatter formatter{arguments...};
	std::string text;
	formatter.format(input, text);
	return text;
}

}

TEST(Logging, TextIsForPeople)
{
	EXPECT_THAT(format<TextFormatter>(message("no answer in 7 tries"), false),
		testing::MatchesRegex(
			"[0-9][0-9]:[0-9][0-9]:20\\.123 warning  stun              no answer in 7 tries "
			"\\(server=192\\.0\\.2\\.1:3478\\)"));
	EXPECT_THAT(format<TextFormatter>(message("no answer"), true),
		testing::MatchesRegex("2023-11-1[45] .* warning  stun              no answer "
							  "\\(server=192\\.0\\.2\\.1:3478 tries=7\\)"));
}

TEST(Logging, JsonIsOneObjectALine)
{
	EXPECT_EQ(format<JsonFormatter>(message("no \"answer\"\n")),
		R"({"severity":"WARNING","message":"no \"answer\"\n","time":"2023-11-14T22:13:20.123456Z","logger":"stun",)"
		R"("server":"192.0.2.1:3478","tries":"7"})");
}

TEST(Logging, JsonStaysValidWhateverTheTextIs)
{
	auto input = message("\xff\x01\xc3");
	input.set("severity", "EMERGENCY");
	input.set(LOG_FIELDS, "severity,missing");
	std::string error;
	const auto text = format<JsonFormatter>(input);
	const auto object = json::Object::parse(text, error);
	ASSERT_TRUE(object) << text << error;
	EXPECT_EQ(object->text("severity", 20), "WARNING");
}

/// Counts what reaches it.
class Counting final : public Poco::Channel
{
public:
	explicit Counting(std::atomic<int>& count) : _count(count) {}

	void log(const Poco::Message&) override
	{
		++_count;
	}

private:
	std::atomic<int>& _count;
};

/// A file on a full disk.
class Broken final : public Poco::Channel
{
public:
	void log(const Poco::Message&) override
	{
		throw Poco::WriteFileException("no space left");
	}
};

// Reopening a log file and a change of where lines go happen while HTTP workers and threads of plugins log.
// The thread sanitizer runs this too.
TEST(Logging, NoLineIsLostWhileTheTargetChanges)
{
	constexpr int LINES = 2000;
	std::atomic<int> count{0};
	Poco::AutoPtr<Outlet> outlet{new Outlet};
	outlet->leadTo(new Counting{count});
	std::atomic<int> running{2};
	std::vector<std::thread> threads;
	for (int i = 0; i < 2; ++i)
		threads.emplace_back(
			[&]
			{
				for (int line = 0; line < LINES; ++line)
					outlet->log(message("x"));
				--running;
			});
	while (running > 0)
		outlet->leadTo(new Counting{count});
	for (auto& thread : threads)
		thread.join();
	EXPECT_EQ(count, 2 * LINES);
}

TEST(Logging, WhatCannotBeWrittenGoesToStandardErrorAndThrowsNothing)
{
	Poco::AutoPtr<Outlet> outlet{new Outlet};
	outlet->leadTo(new Broken);
	testing::internal::CaptureStderr();
	EXPECT_NO_THROW(outlet->log(message("no answer")));
	EXPECT_THAT(testing::internal::GetCapturedStderr(),
		testing::AllOf(testing::HasSubstr("no answer"), testing::HasSubstr("not in the log: ")));
}

}
