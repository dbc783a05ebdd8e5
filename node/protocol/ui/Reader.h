#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/protocol/json/Json.h"

namespace gimlet::ui
{

inline constexpr std::size_t MAX_TYPE = 64;
inline constexpr std::size_t MAX_ID = 128;
inline constexpr std::size_t MAX_SENTENCE = 4096;
inline constexpr std::size_t MAX_LIST = 4096;

/// Reads members, remembering the first that is absent or not what it should be.
class Reader
{
public:
	explicit Reader(const json::Object& object) : _object(object) {}

	/// A text that must be there; may be empty.
	std::string text(std::string_view name, std::size_t maxLength)
	{
		return required(name, _object.text(name, maxLength));
	}

	/// A text that may be absent or null, but nothing else.
	std::optional<std::string> optionalText(std::string_view name, std::size_t maxLength)
	{
		auto value = _object.text(name, maxLength);
		if (!value && _object.has(name))
			fail(name);
		return value;
	}

	std::string textOr(std::string_view name, std::size_t maxLength)
	{
		return optionalText(name, maxLength).value_or(std::string{});
	}

	bool boolean(std::string_view name)
	{
		return required(name, _object.boolean(name));
	}

	std::int64_t integer(std::string_view name)
	{
		return required(name, _object.integer(name, 0));
	}

	std::int64_t integerOrZero(std::string_view name)
	{
		return _object.has(name) ? integer(name) : 0;
	}

	/// At most so large as a port, up or down.
	int smallInteger(std::string_view name)
	{
		constexpr std::int64_t MOST = 65'535;
		const auto value = required(name, _object.integer(name, -MOST, MOST));
		return static_cast<int>(value);
	}

	std::vector<std::string> texts(std::string_view name, std::size_t maxLength = MAX_ID)
	{
		return required(name, _object.texts(name, MAX_LIST, maxLength));
	}

	/// One of the words of an enumeration, all of whose values are given.
	template <typename Enum, std::size_t SIZE>
	Enum word(std::string_view name, const std::array<Enum, SIZE>& values)
	{
		const auto text = _object.text(name, MAX_TYPE);
		for (const auto value : values)
			if (text && *text == toString(value))
				return value;
		fail(name);
		return values.front();
	}

	template <typename T>
	T object(std::string_view name, T (*read)(Reader&))
	{
		const auto inner = _object.object(name);
		return inner ? nested(*inner, read) : (fail(name), T{});
	}

	/// An array of objects.
	template <typename T>
	std::vector<T> objects(std::string_view name, T (*read)(Reader&))
	{
		std::vector<T> result;
		const auto elements = _object.elements(name, MAX_LIST);
		if (!elements)
			fail(name);
		else
			for (const auto& element : *elements)
			{
				const auto inner = element.object();
				result.push_back(inner ? nested(*inner, read) : (fail(name), T{}));
			}
		return result;
	}

	std::optional<bool> optionalBoolean(std::string_view name)
	{
		const auto value = _object.boolean(name);
		if (!value && _object.has(name))
			fail(name);
		return value;
	}

	std::optional<double> number(std::string_view name)
	{
		const auto value = _object.number(name);
		if (!value && _object.has(name))
			fail(name);
		return value;
	}

	bool has(std::string_view name) const
	{
		return _object.has(name);
	}

	void fail(std::string_view name)
	{
		if (_error.empty())
			_error = "\"" + std::string{name} + "\" is missing or not what it should be";
	}

	const std::string& error() const
	{
		return _error;
	}

private:
	template <typename T>
	T required(std::string_view name, std::optional<T> value)
	{
		if (!value)
			fail(name);
		return value ? std::move(*value) : T{};
	}

	template <typename T>
	T nested(const json::Object& inner, T (*read)(Reader&))
	{
		Reader reader{inner};
		T value = read(reader);
		if (_error.empty())
			_error = reader._error;
		return value;
	}

	const json::Object& _object;
	std::string _error;
};

}
