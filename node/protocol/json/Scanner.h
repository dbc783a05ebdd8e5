#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gimlet::json
{

enum class Kind
{
	Null,
	Boolean,
	Number,
	String,
	Array,
	Object,
};

/// Walks over JSON text (RFC 8259) and says where values begin and end, building nothing.
///
/// It is the one place that decides what is JSON. Stricter than most parsers: the text must be UTF-8
/// throughout, escapes must be complete, and "\ud800" without its other half is refused. Recursion is
/// bounded by the depth that it is given.
class Scanner
{
public:
	struct Item
	{
		Kind kind = Kind::Null;
		std::string_view raw; ///< the value as it stands, without white space around it
	};

	/// @param maxDepth How deep arrays and objects may be nested; 1 allows "[1]" but not "[[1]]".
	Scanner(std::string_view text, unsigned maxDepth) : _text(text), _maxDepth(maxDepth) {}

	/// Scans one value with the white space around it.
	/// @return False with error() set if there is none.
	bool value(Item& item);

	/// Consumes the character and the white space around it if it comes next.
	bool take(char character);

	/// Sets error() to "expected ..." with the position. Always false.
	bool fail(std::string_view expected);

	bool atEnd() const
	{
		return _at == _text.size();
	}

	const std::string& error() const
	{
		return _error;
	}

private:
	bool valueAt(Kind& kind);
	bool string();
	bool escape();
	bool hex4(unsigned& value);
	bool number();
	bool digits();
	bool literal(std::string_view word);
	bool array();
	bool object();
	bool nextIs(char character);
	bool close();
	void skipSpace();

	std::string_view _text;
	std::size_t _at = 0;
	unsigned _maxDepth;
	unsigned _depth = 0;
	std::string _error;
};

/// The content of a string value: "raw" is a scanned one, with its quotes.
std::string unescape(std::string_view raw);

}
