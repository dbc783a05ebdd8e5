#include "node/protocol/json/Writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "node/protocol/json/Utf8.h"

namespace gimlet::json
{

namespace
{

constexpr std::string_view REPLACEMENT = "\xef\xbf\xbd"; // U+FFFD

void appendEscape(std::string& out, unsigned char byte)
{
	switch (byte)
	{
	case '"':
		out += "\\\"";
		break;
	case '\\':
		out += "\\\\";
		break;
	case '\b':
		out += "\\b";
		break;
	case '\f':
		out += "\\f";
		break;
	case '\n':
		out += "\\n";
		break;
	case '\r':
		out += "\\r";
		break;
	case '\t':
		out += "\\t";
		break;
	default:
		out += fmt::format("\\u{:04x}", byte);
	}
}

/// DEL needs no escape (RFC 8259, section 7) but is a control character in a terminal.
bool mustEscape(unsigned char byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

}

Writer& Writer::beginObject()
{
	separate();
	_text += '{';
	_comma = false;
	return *this;
}

Writer& Writer::endObject()
{
	_text += '}';
	_comma = true;
	return *this;
}

Writer& Writer::beginArray()
{
	separate();
	_text += '[';
	_comma = false;
	return *this;
}

Writer& Writer::endArray()
{
	_text += ']';
	_comma = true;
	return *this;
}

Writer& Writer::key(std::string_view name)
{
	separate();
	appendQuoted(name);
	_text += ':';
	_comma = false;
	return *this;
}

Writer& Writer::rawKey(std::string_view json)
{
	separate();
	_text += json;
	_text += ':';
	_comma = false;
	return *this;
}

Writer& Writer::value(std::string_view text)
{
	separate();
	appendQuoted(text);
	_comma = true;
	return *this;
}

Writer& Writer::value(std::nullptr_t)
{
	return raw("null");
}

Writer& Writer::value(double number)
{
	if (!std::isfinite(number))
		return raw("null");
	std::array<char, 32> digits;
	const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
	return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::raw(std::string_view json)
{
	separate();
	_text += json;
	_comma = true;
	return *this;
}

void Writer::separate()
{
	if (_comma)
		_text += ',';
}

void Writer::appendQuoted(std::string_view text)
{
	_text += '"';
	std::size_t copied = 0;
	std::size_t at = 0;
	const auto flush = [&] { _text += text.substr(copied, at - copied); };
	while (at < text.size())
	{
		const auto byte = static_cast<unsigned char>(text[at]);
		const std::size_t length = byte < 0x80 ? 1 : utf8Sequence(text, at);
		if (length != 0 && !mustEscape(byte))
		{
			at += length;
			continue;
		}
		flush();
		if (length == 0)
			_text += REPLACEMENT;
		else
			appendEscape(_text, byte);
		copied = ++at;
	}
	flush();
	_text += '"';
}

std::string quote(std::string_view text)
{
	Writer out{text.size() + 2};
	out.value(text);
	return out.take();
}

}
