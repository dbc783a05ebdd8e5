#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace gimlet::json
{

/// Writes compact JSON, member by member:
///
///     json::Writer out;
///     out.beginObject().member("type", "peer").key("peer").beginObject().member("id", id).endObject();
///     const std::string text = std::move(out.endObject()).take();
///
/// Keeps UTF-8 as it is, escapes quotes, backslashes and control characters, and puts U+FFFD where bytes are
/// not UTF-8, so the outcome is valid JSON whatever the values are. Commas are set by it; that every begin
/// has its end, and that members stand in objects, is the caller's part.
class Writer
{
public:
	/// @param reserve A guess of the size.
	explicit Writer(std::size_t reserve = 256)
	{
		_text.reserve(reserve);
	}

	Writer& beginObject();
	Writer& endObject();
	Writer& beginArray();
	Writer& endArray();

	/// The name of the member whose value is written next.
	Writer& key(std::string_view name);

	Writer& value(std::string_view text);
	Writer& value(const char* text)
	{
		return value(std::string_view{text});
	}
	Writer& value(const std::string& text)
	{
		return value(std::string_view{text});
	}
	Writer& value(std::nullptr_t);
	Writer& value(std::same_as<bool> auto boolean)
	{
		return raw(boolean ? "true" : "false");
	}
	Writer& value(std::integral auto number) requires(!std::same_as<decltype(number), bool>)
	{
		return raw(std::to_string(number));
	}
	/// The shortest form that reads back equal; null if not finite.
	Writer& value(double number);

	/// A value that is JSON already (Value::raw); it is not checked.
	Writer& raw(std::string_view json);

	template <typename T>
	Writer& member(std::string_view name, const T& content)
	{
		return key(name).value(content);
	}

	Writer& rawMember(std::string_view name, std::string_view json)
	{
		return key(name).raw(json);
	}

	/// A name that is JSON already, with its quotes (Object::Member::rawName).
	Writer& rawKey(std::string_view json);

	const std::string& text() const
	{
		return _text;
	}

	/// The text, moved out.
	std::string take()
	{
		return std::move(_text);
	}

private:
	void separate();
	void appendQuoted(std::string_view text);

	std::string _text;
	bool _comma = false;
};

/// The text as a JSON string with its quotes.
std::string quote(std::string_view text);

}
