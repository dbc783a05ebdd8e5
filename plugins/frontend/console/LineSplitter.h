#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace gimlet::console
{

/// Cuts a stream of bytes into lines, ended by LF or CR LF. Lines over the limit are dropped whole.
class LineSplitter
{
public:
	using OnLine = std::function<void(std::string_view line)>;
	using OnTooLong = std::function<void()>;

	LineSplitter(std::size_t maxLine, OnLine onLine, OnTooLong onTooLong);

	void feed(std::string_view bytes);

	/// The end of the stream: what stands behind the last LF is a line too.
	void end();

private:
	void append(std::string_view part);
	void finishLine();

	std::size_t _maxLine;
	OnLine _onLine;
	OnTooLong _onTooLong;
	std::string _line;
	bool _tooLong = false;
};

}
