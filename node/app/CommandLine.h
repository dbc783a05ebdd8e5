#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gimlet::app
{

/// What the user typed is no command; the sentence says what would be one.
class UsageError : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
};

/// A command line, taken apart.
struct CommandLine
{
	enum class Command
	{
		Run,
		Check,
		Plugins,
		Id,
		Health,
		Netcheck,
		Help,
		Version,
	};

	Command command = Command::Run;
	std::optional<Command> about; ///< of Help: `help COMMAND`, `COMMAND --help`; empty for all
	std::string config;
	std::vector<std::string> overrides; ///< "section.key=value"
	std::string plugin;                 ///< of `plugins NAME`; "" for all
	bool ini = false;                   ///< `plugins --ini`
	bool json = false;                  ///< `id --json`, `netcheck --json`
	bool verbose = false;               ///< `id --verbose`, `netcheck --verbose`
	bool daemon = false;
	std::string pidFile;

	/// @param arguments Without the program's name.
	/// @throws UsageError
	static CommandLine parse(const std::vector<std::string>& arguments);
};

}
