// JSON texts: what is accepted, and that it is what another parser accepts and reads.
#include <Poco/JSON/Parser.h>

#include "node/protocol/json/Json.h"
#include "node/protocol/json/Utf8.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;

namespace
{

constexpr json::Limits LIMITS{.size = 4096, .depth = 16, .members = 64};

/// POCO makes every number a 64-bit integer or a double, and throws when it cannot.
bool hasUncommonNumber(std::string_view text)
{
	std::size_t digits = 0;
	for (const char character : text)
	{
		const bool digit = character >= '0' && character <= '9';
		if (digits > 0 && (character == 'e' || character == 'E'))
			return true;
		digits = digit || character == '.' ? digits + 1 : 0;
		if (digits > 15)
			return true;
	}
	return false;
}

bool pocoAccepts(std::string_view text)
{
	try
	{
		Poco::JSON::Parser parser;
		return parser.parse(std::string{text}).type() == typeid(Poco::JSON::Object::Ptr);
	}
	catch (const Poco::Exception&)
	{
		return false;
	}
}

void requireReadable(const json::Value& value);

/// Strings read back equal when they are written again, at any depth.
void requireReadable(const json::Object& object)
{
	for (const auto& member : object.members())
	{
		REQUIRE(object.find(member.name()) == &member.value);
		REQUIRE(json::isUtf8(member.name()));
		requireReadable(member.value);
	}
}

void requireReadable(const json::Value& value)
{
	REQUIRE(json::isValue(value.raw(), LIMITS));
	switch (value.kind())
	{
	case json::Kind::String:
	{
		const auto text = value.text(4096);
		REQUIRE(text && json::isUtf8(*text));
		const std::string again = json::quote(*text);
		REQUIRE(json::isValue(again) && json::unescape(again) == *text);
		break;
	}
	case json::Kind::Array:
	{
		const auto elements = value.elements(4096);
		REQUIRE(elements);
		for (const auto& element : *elements)
			requireReadable(element);
		break;
	}
	case json::Kind::Object:
		if (const auto object = value.object(64))
			requireReadable(*object);
		break;
	default:
		value.integer(0, 100);
		value.number();
	}
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const std::string_view text{reinterpret_cast<const char*>(data), size};
	std::string error;
	const auto object = json::Object::parse(text, error, LIMITS);
	REQUIRE(object.has_value() == error.empty());
	// Whatever bytes are written as a string, JSON comes of it.
	REQUIRE(json::isValue(json::quote(text), {.size = 6 * size + 2}));
	if (!object)
		return 0;
	requireReadable(*object);
	REQUIRE(hasUncommonNumber(text) || pocoAccepts(text));
	return 0;
}
