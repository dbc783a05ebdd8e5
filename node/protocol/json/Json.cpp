#include "node/protocol/json/Json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "node/protocol/json/Utf8.h"

namespace gimlet::json
{

namespace
{

/// Values inside a parsed text are as deep as that text's limits allowed.
constexpr unsigned ANY_DEPTH = std::numeric_limits<unsigned>::max();

bool sameName(std::string_view rawName, std::string_view name)
{
	if (rawName.find('\\') == std::string_view::npos)
		return rawName.substr(1, rawName.size() - 2) == name;
	return unescape(rawName) == name;
}

}

std::optional<std::string> Value::text(std::size_t maxLength) const
{
	// Escapes only ever shrink, and a character has at most 4 bytes, or 12 when escaped.
	if (_kind != Kind::String || (_raw.size() - 2) / 12 > maxLength)
		return std::nullopt;
	std::string result = unescape(_raw);
	if (result.size() > maxLength && utf8Length(result) > maxLength)
		return std::nullopt;
	return result;
}

std::optional<bool> Value::boolean() const
{
	if (_kind != Kind::Boolean)
		return std::nullopt;
	return _raw == "true";
}

std::optional<std::int64_t> Value::integer(std::int64_t min, std::int64_t max) const
{
	if (_kind != Kind::Number)
		return std::nullopt;
	std::int64_t result = 0;
	const char* end = _raw.data() + _raw.size();
	const auto [rest, failure] = std::from_chars(_raw.data(), end, result);
	if (failure != std::errc{} || rest != end || result < min || result > max)
		return std::nullopt;
	return result;
}

std::optional<double> Value::number() const
{
	if (_kind != Kind::Number)
		return std::nullopt;
	double result = 0;
	const char* end = _raw.data() + _raw.size();
	const auto [rest, failure] = std::from_chars(_raw.data(), end, result);
	if (failure != std::errc{} || rest != end)
		return std::nullopt;
	return result;
}

std::optional<std::vector<std::string>> Value::texts(std::size_t maxCount, std::size_t maxLength) const
{
	const auto values = elements(maxCount);
	if (!values)
		return std::nullopt;
	std::vector<std::string> result;
	result.reserve(values->size());
	for (const Value& value : *values)
	{
		auto one = value.text(maxLength);
		if (!one)
			return std::nullopt;
		result.push_back(std::move(*one));
	}
	return result;
}

std::optional<std::vector<Value>> Value::elements(std::size_t maxCount) const
{
	if (_kind != Kind::Array)
		return std::nullopt;
	std::vector<Value> result;
	Scanner scanner{_raw, ANY_DEPTH};
	scanner.take('[');
	if (scanner.take(']'))
		return result;
	Scanner::Item item;
	do
	{
		if (result.size() == maxCount || !scanner.value(item))
			return std::nullopt;
		result.emplace_back(item.kind, item.raw);
	} while (scanner.take(','));
	return result;
}

std::optional<Object> Value::object(std::size_t maxMembers) const
{
	if (_kind != Kind::Object)
		return std::nullopt;
	std::string error;
	return Object::parse(_raw, error, {.size = _raw.size(), .depth = ANY_DEPTH, .members = maxMembers});
}

std::optional<Object> Object::parse(std::string_view text, std::string& error, const Limits& limits)
{
	if (text.size() > limits.size)
	{
		error = fmt::format("the text has {} bytes and {} are allowed", text.size(), limits.size);
		return std::nullopt;
	}
	if (limits.depth == 0)
	{
		error = "nesting is not allowed";
		return std::nullopt;
	}
	Scanner scanner{text, limits.depth - 1};
	Object result;
	if (!scanner.take('{'))
		scanner.fail("an object");
	else if (scanner.take('}') || result.add(scanner, limits.members))
	{
		if (scanner.atEnd())
			return result;
		scanner.fail("nothing after the object");
	}
	error = "not the JSON that is understood here: " + scanner.error();
	return std::nullopt;
}

bool Object::add(Scanner& scanner, std::size_t maxMembers)
{
	Scanner::Item name;
	Scanner::Item item;
	_members.reserve(std::min<std::size_t>(maxMembers, 8));
	do
	{
		if (!scanner.value(name) || name.kind != Kind::String)
			return scanner.fail("a member's name");
		if (!scanner.take(':'))
			return scanner.fail("':'");
		if (!scanner.value(item))
			return false;
		if (_members.size() == maxMembers)
			return scanner.fail("fewer members");
		if (find(unescape(name.raw)))
			return scanner.fail("each member once");
		_members.push_back({name.raw, Value{item.kind, item.raw}});
	} while (scanner.take(','));
	return scanner.take('}') || scanner.fail("',' or '}'");
}

const Value* Object::find(std::string_view name) const
{
	const auto found = std::find_if(_members.begin(), _members.end(),
		[name](const Member& member) { return sameName(member.rawName, name); });
	return found == _members.end() ? nullptr : &found->value;
}

bool Object::has(std::string_view name) const
{
	const Value* value = find(name);
	return value && !value->isNull();
}

std::optional<std::string> Object::text(std::string_view name, std::size_t maxLength) const
{
	const Value* value = find(name);
	return value ? value->text(maxLength) : std::nullopt;
}

std::optional<bool> Object::boolean(std::string_view name) const
{
	const Value* value = find(name);
	return value ? value->boolean() : std::nullopt;
}

std::optional<std::int64_t> Object::integer(std::string_view name, std::int64_t min, std::int64_t max) const
{
	const Value* value = find(name);
	return value ? value->integer(min, max) : std::nullopt;
}

std::optional<double> Object::number(std::string_view name) const
{
	const Value* value = find(name);
	return value ? value->number() : std::nullopt;
}

std::optional<std::vector<std::string>> Object::texts(
	std::string_view name, std::size_t maxCount, std::size_t maxLength) const
{
	const Value* value = find(name);
	return value ? value->texts(maxCount, maxLength) : std::nullopt;
}

std::optional<std::vector<Value>> Object::elements(std::string_view name, std::size_t maxCount) const
{
	const Value* value = find(name);
	return value ? value->elements(maxCount) : std::nullopt;
}

std::optional<Object> Object::object(std::string_view name, std::size_t maxMembers) const
{
	const Value* value = find(name);
	return value ? value->object(maxMembers) : std::nullopt;
}

std::optional<std::string_view> Object::raw(std::string_view name) const
{
	const Value* value = find(name);
	return value ? std::optional{value->raw()} : std::nullopt;
}

bool isValue(std::string_view text, const Limits& limits)
{
	if (text.size() > limits.size)
		return false;
	Scanner scanner{text, limits.depth};
	Scanner::Item item;
	return scanner.value(item) && scanner.atEnd();
}

}
