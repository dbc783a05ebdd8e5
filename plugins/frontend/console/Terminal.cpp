#include "plugins/frontend/console/Terminal.h"

#include <Poco/Error.h>
#include <Poco/Exception.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace gimlet::console
{

namespace
{

constexpr std::size_t USUAL_COLUMNS = 80;

}

bool Terminal::usable(int input, int output)
{
	const char* type = std::getenv("TERM");
	return isatty(input) == 1 && isatty(output) == 1 && type && *type && std::string_view{type} != "dumb";
}

Terminal::Terminal(int input, int output) : _input(input), _output(output)
{
	if (tcgetattr(_input, &_before) != 0)
		throw Poco::SystemException("the terminal cannot be asked", Poco::Error::getMessage(errno));
	auto raw = _before;
	raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(_input, TCSADRAIN, &raw) != 0)
		throw Poco::SystemException("the terminal cannot be set up", Poco::Error::getMessage(errno));
}

Terminal::~Terminal()
{
	tcsetattr(_input, TCSADRAIN, &_before);
}

std::size_t Terminal::columns() const
{
	winsize size{};
	return ioctl(_output, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

std::string Terminal::cleared()
{
	return "\r\x1b[K"; // ECMA-48: CR, erase in line
}

std::string Terminal::above(const std::vector<std::string>& lines, const std::string& typed)
{
	auto text = cleared();
	for (const auto& line : lines)
		text += line + '\n';
	return text + typed;
}

}
