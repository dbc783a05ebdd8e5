#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <termios.h>

namespace gimlet::console
{

/// A terminal whose input comes key by key, unechoed, so that what a person types can be kept below what
/// comes in. Restored when destroyed; the signals of Ctrl-C and Ctrl-\ stay.
class Terminal
{
public:
	/// Whether both are terminals that can move their cursor.
	static bool usable(int input, int output);

	/// @throws Poco::SystemException if it cannot be set up.
	Terminal(int input, int output);
	Terminal(const Terminal&) = delete;
	Terminal& operator=(const Terminal&) = delete;
	~Terminal();

	/// How wide it is now.
	std::size_t columns() const;

	/// What writes lines above the line that is being typed: takes that one away, writes, shows it again.
	static std::string above(const std::vector<std::string>& lines, const std::string& typed);

	/// Takes the line that is being typed away.
	static std::string cleared();

private:
	int _input;
	int _output;
	termios _before{};
};

}
