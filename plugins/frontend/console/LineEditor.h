#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace gimlet::console
{

/// What a person types into a terminal that does not echo: takes its bytes, keeps the line and says how the
/// line looks, so that it can be shown again below whatever came in between. Pure.
///
/// Known are Enter, Backspace, Ctrl-U (all), Ctrl-W (a word) and Ctrl-D (on an empty line: the end); other
/// control and escape sequences are taken and ignored.
class LineEditor
{
public:
	using OnLine = std::function<void(const std::string& line)>;
	using OnEnd = std::function<void()>;

	LineEditor(std::size_t maxLine, OnLine onLine, OnEnd onEnd);

	void feed(std::string_view bytes);

	/// The prompt and as much of the line's end as fits.
	/// @param columns Of the terminal.
	std::string display(std::size_t columns, const std::string& prompt = "> ") const;

private:
	enum class Escape
	{
		None,
		Begun,    ///< after ESC
		Sequence, ///< after ESC [ or ESC O
	};

	void take(char character);
	bool takeEscape(char character);
	void eraseCharacter();
	void eraseWord();
	void eraseLine();

	std::size_t _maxLine;
	OnLine _onLine;
	OnEnd _onEnd;
	std::string _line;
	Escape _escape = Escape::None;
};

}
