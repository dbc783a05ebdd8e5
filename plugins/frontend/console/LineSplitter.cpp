#include "plugins/frontend/console/LineSplitter.h"

#include <utility>

namespace gimlet::console
{

LineSplitter::LineSplitter(std::size_t maxLine, OnLine onLine, OnTooLong onTooLong) :
	_maxLine(maxLine), _onLine(std::move(onLine)), _onTooLong(std::move(onTooLong))
{
}

void LineSplitter::feed(std::string_view bytes)
{
	while (!bytes.empty())
	{
		const auto end = bytes.find('\n');
		append(bytes.substr(0, end));
		if (end == std::string_view::npos)
			return;
		finishLine();
		bytes.remove_prefix(end + 1);
	}
}

void LineSplitter::end()
{
	if (!_line.empty() || _tooLong)
		finishLine();
}

void LineSplitter::append(std::string_view part)
{
	if (_tooLong)
		return;
	if (_line.size() + part.size() <= _maxLine)
	{
		_line += part;
		return;
	}
	_tooLong = true;
	_line.clear();
}

void LineSplitter::finishLine()
{
	// Emptied first: a line may be the one that ends it all.
	auto line = std::exchange(_line, {});
	if (std::exchange(_tooLong, false))
		return _onTooLong();
	if (line.ends_with('\r'))
		line.pop_back();
	_onLine(line);
}

}
