#include "node/app/Logging.h"

#include <Poco/Message.h>
#include <Poco/Timestamp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}
