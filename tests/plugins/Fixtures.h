#pragma once

#include <string>
#include <vector>

#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::test
{

/// `gimlet --config FILE` with an ini file of the test's, which finds the fixtures as plugins.
class FixtureNode
{
public:
	/// @param ini What the file says; `plugin_path` is put under its first line, which must be "[node]".
	explicit FixtureNode(const std::string& ini)
	{
		rewrite(ini);
	}

	/// Replaces the file.
	void rewrite(const std::string& ini)
	{
		const std::string first = "[node]\n";
		const auto path =
			std::string{"plugin_path = "} + GIMLET_FIXTURES + "/good, " + GIMLET_FIXTURES + "/broken\n";
		_file = _folder.write("node.ini", first + path + ini.substr(first.size()));
	}

	const std::string& file() const
	{
		return _file;
	}

	const TempFolder& folder() const
	{
		return _folder;
	}

	/// The program with arguments and this file, and no HTTP listener.
	Process::Options command(std::vector<std::string> arguments) const
	{
		arguments.insert(arguments.end(), {"--config", _file, "--set", "http.listen=none"});
		return gimlet(std::move(arguments));
	}

private:
	TempFolder _folder;
	std::string _file;
};

}
