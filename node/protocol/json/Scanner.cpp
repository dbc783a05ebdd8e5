#include "node/protocol/json/Scanner.h"

#include <fmt/format.h>

#include "node/protocol/json/Utf8.h"

namespace gimlet::json
{

namespace
{

bool isDigit(char character)
{
	return character >= '0' && character <= '9';
}

int hexDigit(char character)
{
	if (isDigit(character))
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

bool isHighSurrogate(unsigned unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

bool isLowSurrogate(unsigned unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/// Four digits that were scanned before.
unsigned unitAt(std::string_view text, std::size_t at)
{
	unsigned unit = 0;
	for (std::size_t i = 0; i < 4; ++i)
		unit = unit * 16 + static_cast<unsigned>(hexDigit(text[at + i]));
	return unit;
}

}

bool Scanner::value(Item& item)
{
	skipSpace();
	const std::size_t begin = _at;
	if (!valueAt(item.kind))
		return false;
	item.raw = _text.substr(begin, _at - begin);
	skipSpace();
	return true;
}

bool Scanner::take(char character)
{
	if (!nextIs(character))
		return false;
	++_at;
	skipSpace();
	return true;
}

bool Scanner::fail(std::string_view expected)
{
	// The innermost reason is the useful one.
	if (_error.empty())
		_error = fmt::format("expected {} at byte {}", expected, _at);
	return false;
}

bool Scanner::valueAt(Kind& kind)
{
	if (_at == _text.size())
		return fail("a value");
	switch (_text[_at])
	{
	case '{':
		kind = Kind::Object;
		return object();
	case '[':
		kind = Kind::Array;
		return array();
	case '"':
		kind = Kind::String;
		return string();
	case 't':
		kind = Kind::Boolean;
		return literal("true");
	case 'f':
		kind = Kind::Boolean;
		return literal("false");
	case 'n':
		kind = Kind::Null;
		return literal("null");
	default:
		kind = Kind::Number;
		return number();
	}
}

bool Scanner::string()
{
	++_at;
	while (_at < _text.size())
	{
		const auto byte = static_cast<unsigned char>(_text[_at]);
		if (byte == '"')
		{
			++_at;
			return true;
		}
		if (byte == '\\')
		{
			if (!escape())
				return false;
		}
		else if (byte < 0x20)
		{
			return fail("an escaped control character");
		}
		else if (byte < 0x80)
		{
			++_at;
		}
		else
		{
			const std::size_t length = utf8Sequence(_text, _at);
			if (length == 0)
				return fail("UTF-8");
			_at += length;
		}
	}
	return fail("the end of a string");
}

bool Scanner::escape()
{
	++_at;
	if (_at == _text.size())
		return fail("an escape");
	const char letter = _text[_at];
	if (letter != 'u')
	{
		if (std::string_view{"\"\\/bfnrt"}.find(letter) == std::string_view::npos)
			return fail("a known escape");
		++_at;
		return true;
	}
	++_at;
	unsigned unit = 0;
	if (!hex4(unit))
		return false;
	if (isLowSurrogate(unit))
		return fail("the high surrogate before a low one");
	if (!isHighSurrogate(unit))
		return true;
	if (_text.substr(_at, 2) != "\\u")
		return fail("a low surrogate");
	_at += 2;
	if (!hex4(unit))
		return false;
	return isLowSurrogate(unit) || fail("a low surrogate");
}

bool Scanner::hex4(unsigned& value)
{
	value = 0;
	for (int i = 0; i < 4; ++i, ++_at)
	{
		const int digit = _at < _text.size() ? hexDigit(_text[_at]) : -1;
		if (digit < 0)
			return fail("four hexadecimal digits");
		value = value * 16 + static_cast<unsigned>(digit);
	}
	return true;
}

bool Scanner::number()
{
	if (_text[_at] == '-')
		++_at;
	if (_at == _text.size() || !isDigit(_text[_at]))
		return fail("a value");
	if (_text[_at] == '0')
		++_at;
	else if (!digits())
		return false;
	if (_at < _text.size() && _text[_at] == '.')
	{
		++_at;
		if (!digits())
			return false;
	}
	if (_at < _text.size() && (_text[_at] == 'e' || _text[_at] == 'E'))
	{
		++_at;
		if (_at < _text.size() && (_text[_at] == '+' || _text[_at] == '-'))
			++_at;
		if (!digits())
			return false;
	}
	return true;
}

bool Scanner::digits()
{
	const std::size_t begin = _at;
	while (_at < _text.size() && isDigit(_text[_at]))
		++_at;
	return _at > begin || fail("a digit");
}

bool Scanner::literal(std::string_view word)
{
	if (_text.substr(_at, word.size()) != word)
		return fail("a value");
	_at += word.size();
	return true;
}

bool Scanner::array()
{
	if (++_depth > _maxDepth)
		return fail("less nesting");
	++_at;
	if (nextIs(']'))
		return close();
	Item element;
	do
	{
		if (!value(element))
			return false;
	} while (take(','));
	return nextIs(']') ? close() : fail("',' or ']'");
}

bool Scanner::object()
{
	if (++_depth > _maxDepth)
		return fail("less nesting");
	++_at;
	if (nextIs('}'))
		return close();
	Item item;
	do
	{
		if (!nextIs('"'))
			return fail("a member's name");
		if (!string())
			return false;
		if (!take(':'))
			return fail("':'");
		if (!value(item))
			return false;
	} while (take(','));
	return nextIs('}') ? close() : fail("',' or '}'");
}

bool Scanner::nextIs(char character)
{
	skipSpace();
	return _at < _text.size() && _text[_at] == character;
}

bool Scanner::close()
{
	++_at;
	--_depth;
	return true;
}

void Scanner::skipSpace()
{
	while (_at < _text.size())
	{
		const char character = _text[_at];
		if (character != ' ' && character != '\t' && character != '\n' && character != '\r')
			return;
		++_at;
	}
}

std::string unescape(std::string_view raw)
{
	const std::string_view text = raw.substr(1, raw.size() - 2);
	if (text.find('\\') == std::string_view::npos)
		return std::string{text};
	std::string result;
	result.reserve(text.size());
	for (std::size_t at = 0; at < text.size(); ++at)
	{
		if (text[at] != '\\')
		{
			result += text[at];
			continue;
		}
		switch (const char letter = text[++at])
		{
		case 'b':
			result += '\b';
			break;
		case 'f':
			result += '\f';
			break;
		case 'n':
			result += '\n';
			break;
		case 'r':
			result += '\r';
			break;
		case 't':
			result += '\t';
			break;
		case 'u':
		{
			unsigned unit = unitAt(text, at + 1);
			at += 4;
			if (isHighSurrogate(unit))
			{
				const unsigned low = unitAt(text, at + 3);
				at += 6;
				unit = 0x10000U + ((unit - 0xd800U) << 10U) + (low - 0xdc00U);
			}
			appendUtf8(result, unit);
			break;
		}
		default:
			result += letter;
		}
	}
	return result;
}

}
