#include "node/protocol/json/Json.h"

#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "node/protocol/json/Utf8.h"

using namespace std::string_literals;

namespace gimlet::json
{

namespace
{

std::optional<Object> parse(std::string_view text, const Limits& limits = {})
{
	std::string error;
	auto object = Object::parse(text, error, limits);
	EXPECT_EQ(object.has_value(), error.empty()) << text << ": " << error;
	return object;
}

std::string refusal(std::string_view text, const Limits& limits = {})
{
	std::string error;
	EXPECT_FALSE(Object::parse(text, error, limits)) << text;
	return error;
}

/// Values after the grammar of RFC 8259; the same are wrapped into an object below.
const std::vector<std::string> VALID{"null", "true", "false", "0", "-0", "-1", "12.5", "1e5", "1E+5",
	"1.25e-3", "123456789012345678901234567890", R"("")", R"("a")", R"("\"\\\/\b\f\n\r\t")", R"("\u0000")",
	R"("\u00e4\u20AC")", R"("\ud83d\ude00")", "\"\xc3\xa4\"", "\"\xe2\x82\xac\"", "\"\xf0\x9f\x98\x80\"",
	"\"\x7f\"", "\"\xf4\x8f\xbf\xbf\"", "[]", "[ ]", "[1]", "[1,2]", " [ 1 , [ ] , { } ] ", "{}", "{ }",
	R"({"a":1})", "\t{ \"a\" : [ 1 ] ,\r\n \"b\" : { } }\n"};

const std::vector<std::string> INVALID{"", " ", "nul", "nulls", "True", "tru", "01", "-", "+1", "1.", ".5",
	"1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1 2", "'a'", "\"", "\"a", R"("\)", R"("\x41")",
	R"("\u12")", R"("\u12g4")", R"("\ud800")", R"("\ud800\u0041")", R"("\ud800x")", R"("\udc00")",
	R"("\ude00\ud83d")", R"("\ud83d\ud83d")", "\"\x01\"", "\"\n\"", "\"a\0b\""s, "\"\x80\"", "\"\xc3\"",
	"\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
	"\"\xf8\x88\x80\x80\x80\"", "\"\xff\"", "\"\xe2\x82\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
	"[1}", "{", "}", "{,}", "{a:1}", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({"a" 1})", R"({1:2})",
	R"({"a":1]})", R"({"a":1}})", "// c\n1", "/**/1", "1 //",
	"\xef\xbb\xbf"
	"1",
	"\0"s, "1\0"s,
	"\xc2\xa0"
	"1"};

TEST(JsonTest, acceptsWhatTheGrammarAllows)
{
	for (const std::string& value : VALID)
	{
		EXPECT_TRUE(isValue(value)) << value;
		EXPECT_TRUE(parse("{\"v\":" + value + ",\"w\":[" + value + "]}")) << value;
	}
}

TEST(JsonTest, refusesEverythingElse)
{
	for (const std::string& value : INVALID)
	{
		EXPECT_FALSE(isValue(value)) << value;
		EXPECT_NE("", refusal("{\"v\":" + value + "}")) << value;
		EXPECT_NE("", refusal("{\"v\":{\"w\":[" + value + "]}, \"x\":1 ]")) << value;
	}
}

TEST(JsonTest, wantsOneObjectAndNothingBehindIt)
{
	for (const char* text : {"[]", "1", "\"a\"", "null", "", "{} {}", "{},", "{}x"})
		EXPECT_NE("", refusal(text)) << text;
	EXPECT_EQ(
		"not the JSON that is understood here: expected nothing after the object at byte 3", refusal("{} x"));
}

TEST(JsonTest, refusesATextWithinEveryPrefixOfIt)
{
	const std::string text = R"({"type":"signal","n":[-1.5e3,{"k":"\ud83d\ude00"}],"t":true,"u":"ä"})";
	ASSERT_TRUE(parse(text));
	for (std::size_t length = 0; length < text.size(); ++length)
		EXPECT_NE("", refusal(std::string_view{text}.substr(0, length))) << length;
}

TEST(JsonTest, findsWhatPocoFinds)
{
	for (const std::string& value : VALID)
	{
		if (value.size() == 30)
			continue; // POCO refuses integers over 64 bits
		const std::string text = "{\"v\":" + value + "}";
		const auto theirs = Poco::JSON::Parser{}.parse(text).extract<Poco::JSON::Object::Ptr>();
		const auto ours = parse(text);
		ASSERT_TRUE(ours);
		const Value& found = *ours->find("v");
		if (found.kind() == Kind::String)
		{
			EXPECT_EQ(theirs->getValue<std::string>("v"), found.text(100)) << value;
		}
		if (found.kind() == Kind::Boolean)
		{
			EXPECT_EQ(theirs->getValue<bool>("v"), found.boolean()) << value;
		}
		EXPECT_EQ(theirs->isArray("v"), found.kind() == Kind::Array) << value;
		EXPECT_EQ(theirs->isObject("v"), found.kind() == Kind::Object) << value;
		EXPECT_EQ(theirs->isNull("v"), found.isNull()) << value;
	}
}

TEST(JsonTest, refusesWhatPocoRefuses)
{
	for (const std::string& value : INVALID)
	{
		const std::string text = "{\"v\":" + value + "}";
		EXPECT_THROW(Poco::JSON::Parser{}.parse(text), Poco::Exception) << value;
	}
}

TEST(JsonTest, boundsSizeDepthAndMembers)
{
	const std::string three = R"({"a":[{}]})";
	EXPECT_TRUE(parse(three, {.depth = 3}));
	EXPECT_NE("", refusal(three, {.depth = 2}));
	EXPECT_NE("", refusal("{}", {.depth = 0}));
	EXPECT_TRUE(parse(three, {.size = three.size()}));
	EXPECT_EQ("the text has 10 bytes and 9 are allowed", refusal(three, {.size = 9}));
	EXPECT_TRUE(parse(R"({"a":1,"b":2})", {.members = 2}));
	EXPECT_NE("", refusal(R"({"a":1,"b":2,"c":3})", {.members = 2}));

	const std::string abyss(1'000'000, '[');
	EXPECT_NE("", refusal("{\"a\":" + abyss, {.size = 2'000'000}));
}

TEST(JsonTest, refusesAMemberNamedTwice)
{
	EXPECT_NE("", refusal(R"({"to":1,"to":2})"));
	EXPECT_NE("", refusal(R"({"to":1,"t\u006f":2})"));
	const auto outer = parse(R"({"in":{"a":1,"a":2}})");
	ASSERT_TRUE(outer);
	EXPECT_FALSE(outer->object("in"));
}

TEST(JsonTest, decodesStrings)
{
	const auto object = parse(R"({"s":"a\u0000\"\\\/\b\f\n\r\t\u00e4\u20ac\ud83d\ude00z","k\u0065y":"x"})");
	ASSERT_TRUE(object);
	EXPECT_EQ("a\0\"\\/\b\f\n\r\tä€😀z"s, object->text("s", 100));
	EXPECT_EQ("x", object->text("key", 1));
	EXPECT_EQ("key", object->members()[1].name());
}

TEST(JsonTest, countsCharactersNotBytes)
{
	const auto object = parse(R"({"plain":"abc","wide":"ää€😀","escaped":"\ud83d\ude00\ud83d\ude00"})");
	ASSERT_TRUE(object);
	EXPECT_TRUE(object->text("plain", 3));
	EXPECT_FALSE(object->text("plain", 2));
	EXPECT_TRUE(object->text("wide", 4));
	EXPECT_FALSE(object->text("wide", 3));
	EXPECT_TRUE(object->text("escaped", 2));
	EXPECT_FALSE(object->text("escaped", 1));
	EXPECT_FALSE(object->text("plain", 0));
}

TEST(JsonTest, tellsAbsentFromWrong)
{
	const auto object = parse(R"({"nothing":null,"number":1})");
	ASSERT_TRUE(object);
	EXPECT_FALSE(object->has("absent"));
	EXPECT_FALSE(object->has("nothing"));
	EXPECT_TRUE(object->has("number"));
	EXPECT_FALSE(object->text("number", 10));
	EXPECT_EQ("null", object->raw("nothing"));
	EXPECT_FALSE(object->raw("absent"));
}

TEST(JsonTest, readsIntegersInRange)
{
	const auto object = parse(
		R"({"port":40001,"min":-9223372036854775808,"over":9223372036854775808,"float":1.0,"exp":1e3,"text":"1"})");
	ASSERT_TRUE(object);
	EXPECT_EQ(40001, object->integer("port", 1, 65535));
	EXPECT_FALSE(object->integer("port", 1, 40000));
	EXPECT_EQ(std::numeric_limits<std::int64_t>::min(), object->integer("min"));
	for (const char* name : {"over", "float", "exp", "text", "absent"})
		EXPECT_FALSE(object->integer(name)) << name;
	EXPECT_EQ(1000.0, object->number("exp"));
	EXPECT_EQ(9223372036854775808.0, object->number("over"));
	EXPECT_FALSE(parse(R"({"n":1e999})")->number("n"));
}

TEST(JsonTest, readsArrays)
{
	const auto object = parse(R"({"names":["a", "b\n"],"mixed":["a",1],"empty":[ ],"in":[[1],{"k":"]"}]})");
	ASSERT_TRUE(object);
	EXPECT_EQ((std::vector<std::string>{"a", "b\n"}), object->texts("names", 2, 2));
	EXPECT_FALSE(object->texts("names", 1, 2));
	EXPECT_FALSE(object->texts("names", 2, 1));
	EXPECT_FALSE(object->texts("mixed", 9, 9));
	EXPECT_EQ(std::vector<std::string>{}, object->texts("empty", 0, 0));
	const auto elements = object->elements("in", 2);
	ASSERT_TRUE(elements);
	ASSERT_EQ(2U, elements->size());
	EXPECT_EQ("[1]", (*elements)[0].raw());
	EXPECT_EQ("]", (*elements)[1].object()->text("k", 1));
	EXPECT_FALSE(object->elements("absent", 2));
}

TEST(JsonTest, givesTheTextOfAValueUntouched)
{
	const auto object = parse("{ \"data\" :  {\"b\" : [1, 2.50 ],\"b\":\"\\u0041\"}  ,\"e\":[ ] }");
	ASSERT_TRUE(object);
	EXPECT_EQ("{\"b\" : [1, 2.50 ],\"b\":\"\\u0041\"}", object->raw("data"));
	EXPECT_EQ("[ ]", object->raw("e"));
}

TEST(JsonWriterTest, writesNestedValues)
{
	Writer out;
	out.beginObject().member("type", "x").member("n", -5).member("u", std::uint64_t{1} << 63U);
	out.member("yes", true).member("none", nullptr).member("half", 0.5).member("s", std::string{"t"});
	out.key("list").beginArray().value(1).value("two").beginObject().endObject().beginArray().endArray();
	out.endArray().rawMember("raw", "[1, 2]").rawKey("\"k\"").value(std::numeric_limits<double>::infinity());
	EXPECT_EQ(R"({"type":"x","n":-5,"u":9223372036854775808,"yes":true,"none":null,"half":0.5,"s":"t",)"
			  R"("list":[1,"two",{},[]],"raw":[1, 2],"k":null})",
		out.endObject().take());
}

TEST(JsonWriterTest, escapesWhatMustBe)
{
	EXPECT_EQ(R"("\"\\/\b\f\n\r\t\u0000\u001b\u007f")", quote("\"\\/\b\f\n\r\t\0\x1b\x7f"s));
	EXPECT_EQ("\"ä€😀\"", quote("ä€😀"));
	EXPECT_EQ("\"a\xef\xbf\xbd"
			  "b\xef\xbf\xbd\xef\xbf\xbd\"",
		quote("a\xff"
			  "b\xe2\x82"));
}

TEST(JsonWriterTest, whatIsWrittenReadsBackEqual)
{
	std::string all;
	for (std::uint32_t point : {0x1U, 0x1fU, 0x22U, 0x5cU, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U,
			 0xffffU, 0x10000U, 0x10ffffU})
		appendUtf8(all, point);
	all += '\0';
	ASSERT_TRUE(isUtf8(all));
	const std::string text = Writer{}.beginObject().member(all, all).endObject().take();
	EXPECT_EQ(all, parse(text)->text(all, 14));
	EXPECT_FALSE(parse(text)->text(all, 13));
	for (const double number : {0.1, -1e300, 5e-324, 123456789.0})
		EXPECT_EQ(number, parse(Writer{}.beginObject().member("n", number).endObject().take())->number("n"));
}

}

}
