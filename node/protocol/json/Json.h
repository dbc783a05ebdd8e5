#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/protocol/json/Scanner.h"
#include "node/protocol/json/Writer.h"

/// JSON messages from strangers: checked once as a whole, then read through views.
///
/// Parsing makes no tree. It walks over the text once, checks all of it (see Scanner) and remembers where the
/// members of the outer object are; values are decoded when they are asked for. Thus a message of which only
/// three members matter costs three strings, and a value that is passed on (Value::raw) is neither decoded
/// nor written again. Nothing throws.
///
/// Why not Poco::JSON::Parser, which stays the yardstick in the tests: a tree and its text again take 6.5 us
/// for a signal of 400 bytes, and a relay has 16 us for everything; it has no text of a part; it throws.
///
/// All views are into the parsed text, which must outlive them.
namespace gimlet::json
{

/// What a text may be at most; beyond it is not parsed.
struct Limits
{
	std::size_t size = 64 * 1024;
	unsigned depth = 16;
	/// Of the outer object.
	std::size_t members = 64;
};

class Object;

/// One value, known to be valid JSON.
class Value
{
public:
	Value() = default;
	Value(Kind kind, std::string_view raw) : _kind(kind), _raw(raw) {}

	Kind kind() const
	{
		return _kind;
	}

	/// The value as it stands in the text; it can be put into another message (Writer::raw).
	std::string_view raw() const
	{
		return _raw;
	}

	bool isNull() const
	{
		return _kind == Kind::Null;
	}

	/// The string, decoded; empty if it is no string or has more characters (code points). It may contain
	/// NUL and other control characters.
	std::optional<std::string> text(std::size_t maxLength) const;

	std::optional<bool> boolean() const;

	/// The number, if it is written without fraction and exponent and is in range.
	std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max) const;

	/// The number, if a double can hold its magnitude.
	std::optional<double> number() const;

	/// The strings of an array; empty if it is no array, has more elements, or one that text() refuses.
	std::optional<std::vector<std::string>> texts(std::size_t maxCount, std::size_t maxLength) const;

	/// The elements of an array; empty if it is none or has more.
	std::optional<std::vector<Value>> elements(std::size_t maxCount) const;

	/// The object; empty if it is none, or one that Object::parse refuses.
	std::optional<Object> object(std::size_t maxMembers = 64) const;

private:
	Kind _kind = Kind::Null;
	std::string_view _raw{"null"};
};

/// An object's members. Getters return empty when the member is absent or null, and when it is not what they
/// ask for; has() tells the one from the other.
class Object
{
public:
	struct Member
	{
		std::string_view rawName; ///< with its quotes
		Value value;

		std::string name() const
		{
			return unescape(rawName);
		}
	};

	/// Parses a text that must be one object with nothing behind it. An object that names one member twice
	/// is refused: which of the two counts would depend on the reader. (Inside nested values names are not
	/// compared until those are opened by Value::object.)
	/// @return Empty with a sentence in error, which names no part of the text.
	static std::optional<Object> parse(std::string_view text, std::string& error, const Limits& limits = {});

	const std::vector<Member>& members() const
	{
		return _members;
	}

	/// The member, or null.
	const Value* find(std::string_view name) const;

	/// Whether there is such a member that is not null.
	bool has(std::string_view name) const;

	std::optional<std::string> text(std::string_view name, std::size_t maxLength) const;
	std::optional<bool> boolean(std::string_view name) const;
	std::optional<std::int64_t> integer(std::string_view name,
		std::int64_t min = std::numeric_limits<std::int64_t>::min(),
		std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
	std::optional<double> number(std::string_view name) const;
	std::optional<std::vector<std::string>> texts(
		std::string_view name, std::size_t maxCount, std::size_t maxLength) const;
	std::optional<std::vector<Value>> elements(std::string_view name, std::size_t maxCount) const;
	std::optional<Object> object(std::string_view name, std::size_t maxMembers = 64) const;

	/// The text of any value, null included; empty only if the member is absent.
	std::optional<std::string_view> raw(std::string_view name) const;

private:
	bool add(Scanner& scanner, std::size_t maxMembers);

	std::vector<Member> _members;
};

/// Whether a text is one valid JSON value within the limits (of which members does not apply).
bool isValue(std::string_view text, const Limits& limits = {});

}
