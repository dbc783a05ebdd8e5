#include "node/app/Load.h"

#include <Poco/Logger.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include <sys/stat.h>
#include <unistd.h>

#include "node/api/Log.h"
#include "node/app/Logging.h"

namespace gimlet::app
{

namespace
{

std::string readFile(const std::string& path)
{
	struct stat status
	{
	};
	if (stat(path.c_str(), &status) != 0)
		throw LoadError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
	if (S_ISDIR(status.st_mode))
		throw LoadError(fmt::format("cannot read {}: it is a folder", path));
	std::ifstream file{path, std::ios::binary};
	if (!file)
		throw LoadError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
	// One byte more than is allowed, so that the reader notices; an endless file must not fill the memory.
	std::string text(core::IniFile::MAX_SIZE + 1, '\0');
	file.read(text.data(), static_cast<std::streamsize>(text.size()));
	text.resize(static_cast<std::size_t>(file.gcount()));
	if (file.bad())
		throw LoadError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
	return text;
}

std::map<std::string, std::string> readEnvironment()
{
	std::map<std::string, std::string> result;
	for (char** entry = environ; *entry; ++entry)
	{
		const std::string text = *entry;
		if (const auto equals = text.find('='); equals != std::string::npos)
			result.emplace(text.substr(0, equals), text.substr(equals + 1));
	}
	return result;
}

}

core::Sources readSources(const CommandLine& line)
{
	return {.file = line.config,
		.text = line.config.empty() ? std::string{} : readFile(line.config),
		.overrides = line.overrides,
		.environment = readEnvironment()};
}

std::string version()
{
	return GIMLET_VERSION;
}

void printProblems(core::Setup& setup)
{
	const bool json = Logging::wantsJson(setup.configuration().section("log"));
	for (const auto& line : setup.problems().lines())
	{
		if (json)
			logError(Poco::Logger::get("configuration"), line);
		else
			std::cerr << line << '\n';
	}
}

}
