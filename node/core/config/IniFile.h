#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gimlet::core
{

/// What an ini file says, line by line, before anybody asks what it means.
///
/// The syntax is a small one, and what lies outside of it is an error, not a guess: `[section]`,
/// `key = value`, empty lines, and comments on lines of their own that begin with `;`. Sections may be
/// reopened, keys may not be repeated. POCO's reader is not used because it forgets line numbers, takes
/// `# x = y` for a key and lets the last duplicate win.
struct IniFile
{
	struct Section
	{
		std::string name;
		unsigned line = 0;
	};

	struct Entry
	{
		std::string section;
		std::string key;
		std::string value;
		unsigned line = 0;
	};

	/// A line that cannot be read.
	struct Fault
	{
		unsigned line = 0;
		std::string message;
	};

	static constexpr std::size_t MAX_SIZE = 1024 * 1024;
	static constexpr std::size_t MAX_LINE = 8192;
	/// A binary file is not worth ten thousand complaints.
	static constexpr std::size_t MAX_FAULTS = 20;

	std::vector<Section> sections;
	std::vector<Entry> entries;
	std::vector<Fault> faults;

	/// Never throws for bad input: what is wrong is in faults, and the rest is read all the same.
	static IniFile parse(std::string_view text);

	/// The entry, or null.
	const Entry* find(std::string_view section, std::string_view key) const;
};

}
