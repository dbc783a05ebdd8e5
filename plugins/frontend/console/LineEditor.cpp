#include "plugins/frontend/console/LineEditor.h"

#include "node/protocol/json/Utf8.h"
#include "plugins/frontend/console/SafeText.h"

namespace gimlet::console
{

namespace
{

constexpr char CTRL_D = 0x04;
constexpr char BACKSPACE = 0x08;
constexpr char CTRL_U = 0x15;
constexpr char CTRL_W = 0x17;
constexpr char ESC = 0x1b;
constexpr char DEL = 0x7f;

bool isContinuation(char character)
{
	return (static_cast<unsigned char>(character) & 0xc0U) == 0x80U;
}

bool isControl(char character)
{
	return static_cast<unsigned char>(character) < 0x20 || character == DEL;
}

}

LineEditor::LineEditor(std::size_t maxLine, OnLine onLine, OnEnd onEnd) :
	_maxLine(maxLine), _onLine(std::move(onLine)), _onEnd(std::move(onEnd))
{
}

void LineEditor::feed(std::string_view bytes)
{
	for (const char character : bytes)
		take(character);
}

void LineEditor::take(char character)
{
	if (takeEscape(character))
		return;
	switch (character)
	{
	case '\r':
	case '\n':
	{
		const auto line = std::move(_line);
		_line.clear();
		_onLine(line);
		return;
	}
	case BACKSPACE:
	case DEL:
		return eraseCharacter();
	case CTRL_U:
		return eraseLine();
	case CTRL_W:
		return eraseWord();
	case CTRL_D:
		if (_line.empty())
			_onEnd();
		return;
	default:
		if ((!isControl(character) || character == '\t') && _line.size() < _maxLine)
			_line += character;
	}
}

/// ECMA-48, section 5.4: a control sequence ends with a byte from 0x40 to 0x7e.
bool LineEditor::takeEscape(char character)
{
	switch (_escape)
	{
	case Escape::None:
		if (character == ESC)
			_escape = Escape::Begun;
		return character == ESC;
	case Escape::Begun:
		_escape = character == '[' || character == 'O' ? Escape::Sequence : Escape::None;
		return true;
	case Escape::Sequence:
		if (character >= 0x40 && character <= 0x7e)
			_escape = Escape::None;
		return true;
	}
	return false;
}

void LineEditor::eraseCharacter()
{
	while (!_line.empty() && isContinuation(_line.back()))
		_line.pop_back();
	if (!_line.empty())
		_line.pop_back();
}

void LineEditor::eraseWord()
{
	while (_line.ends_with(' '))
		_line.pop_back();
	while (!_line.empty() && !_line.ends_with(' '))
		_line.pop_back();
}

void LineEditor::eraseLine()
{
	_line.clear();
}

std::string LineEditor::display(std::size_t columns, const std::string& prompt) const
{
	// One column stays free for the cursor. Wide characters are counted as one: the line may wrap then.
	const auto taken = json::utf8Length(prompt) + 1;
	const auto room = columns > taken ? columns - taken : 1;
	const auto shown = safeText(_line);
	auto length = json::utf8Length(shown);
	std::size_t at = 0;
	for (; length > room; --length)
		at += json::utf8Sequence(shown, at);
	return prompt + shown.substr(at);
}

}
