#include "node/app/CommandLine.h"

#include <Poco/Util/Option.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <Poco/Util/OptionSet.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "node/core/config/Suggestion.h"

namespace gimlet::app
{

namespace
{

using Poco::Util::Option;
using Poco::Util::OptionSet;
using Command = CommandLine::Command;

constexpr std::array<std::pair<const char*, Command>, 7> COMMANDS{
	{{"run", Command::Run}, {"check", Command::Check}, {"plugins", Command::Plugins}, {"id", Command::Id},
		{"health", Command::Health}, {"netcheck", Command::Netcheck}, {"help", Command::Help}}};

/// Said where a word looks like one.
constexpr auto NAME_IT = "; a configuration is named with --config FILE";

OptionSet options()
{
	OptionSet set;
	set.addOption(Option("config", "c").argument("FILE"));
	set.addOption(Option("set", "s").repeatable(true).argument("SECTION.KEY=VALUE"));
	set.addOption(Option("daemon", ""));
	set.addOption(Option("pidfile", "").argument("FILE"));
	set.addOption(Option("ini", ""));
	set.addOption(Option("json", ""));
	set.addOption(Option("verbose", "v"));
	set.addOption(Option("help", "h"));
	set.addOption(Option("version", "V"));
	return set;
}

[[noreturn]] void refuseOption(const std::string& argument)
{
	std::vector<std::string> names;
	for (const auto& option : options())
		names.push_back("--" + option.fullName());
	const auto name = argument.substr(0, argument.find('='));
	throw UsageError(fmt::format("there is no option {}{}", name, core::didYouMean(name, names)));
}

std::optional<Command> findCommand(const std::string& word)
{
	for (const auto& [name, command] : COMMANDS)
		if (word == name)
			return command;
	return std::nullopt;
}

Command commandNamed(const std::string& word)
{
	if (const auto command = findCommand(word))
		return *command;
	std::vector<std::string> names;
	for (const auto& [name, command] : COMMANDS)
		names.emplace_back(name);
	throw UsageError(fmt::format(
		"there is no command {}{}", word, word.ends_with(".ini") ? NAME_IT : core::didYouMean(word, names)));
}

void take(CommandLine& line, const std::string& name, const std::string& value, bool& explicitCommand)
{
	if (name == "config")
		line.config = value;
	else if (name == "set")
		line.overrides.push_back(value);
	else if (name == "daemon")
		line.daemon = true;
	else if (name == "pidfile")
		line.pidFile = value;
	else if (name == "ini")
		line.ini = true;
	else if (name == "json")
		line.json = true;
	else if (name == "verbose")
		line.verbose = true;
	else
	{
		line.command = name == "help" ? Command::Help : Command::Version;
		explicitCommand = true;
	}
}

/// Whether a word too many may be meant as the file.
bool mayBeConfiguration(const CommandLine& line)
{
	return line.config.empty() && line.command != Command::Plugins && line.command != Command::Help;
}

void takeWords(CommandLine& line, const std::vector<std::string>& words)
{
	if (words.empty())
		return;
	line.command = commandNamed(words.front());
	std::size_t used = 1;
	if (line.command == Command::Plugins && words.size() > 1)
		line.plugin = words[used++];
	if (line.command == Command::Help && words.size() > 1)
		line.about = commandNamed(words[used++]);
	if (words.size() > used)
		throw UsageError(fmt::format("\"{}\" is one word too many for the command {}{}", words[used],
			words.front(), mayBeConfiguration(line) ? NAME_IT : ""));
}

void checkTogether(const CommandLine& line)
{
	const bool asksForOne =
		line.command != Command::Plugins && line.command != Command::Help && line.command != Command::Version;
	if (asksForOne && line.config.empty())
		throw UsageError("which configuration? Name it with --config FILE, such as --config etc/node.ini");
	if (line.command != Command::Run && (line.daemon || !line.pidFile.empty()))
		throw UsageError("--daemon and --pidfile belong to the command run");
	if (line.ini && line.command != Command::Plugins)
		throw UsageError("--ini belongs to the command plugins");
	if (line.command != Command::Id && line.command != Command::Netcheck && (line.json || line.verbose))
		throw UsageError("--json and --verbose belong to the commands id and netcheck");
	for (const auto& text : line.overrides)
		if (const auto dot = text.find('.');
			dot == std::string::npos || text.find('=') == std::string::npos || dot > text.find('='))
			throw UsageError(fmt::format("--set {}: write it as --set section.key=value", text));
}

}

CommandLine CommandLine::parse(const std::vector<std::string>& arguments)
{
	CommandLine line;
	const auto set = options();
	Poco::Util::OptionProcessor processor{set};
	std::vector<std::string> words;
	bool asksForText = false;
	std::string current;
	try
	{
		for (const auto& argument : arguments)
		{
			current = argument;
			std::string name;
			std::string value;
			if (!processor.process(argument, name, value))
				words.push_back(argument);
			else if (!name.empty())
				take(line, name, value, asksForText);
		}
		processor.checkRequired();
	}
	catch (const Poco::Util::UnknownOptionException&)
	{
		refuseOption(current);
	}
	catch (const Poco::Util::MissingArgumentException&)
	{
		throw UsageError(fmt::format("{} wants something behind it", current));
	}
	catch (const Poco::Util::UnexpectedArgumentException&)
	{
		throw UsageError(fmt::format("{} takes no value", current.substr(0, current.find('='))));
	}
	catch (const Poco::Util::OptionException& error)
	{
		throw UsageError(fmt::format("{}: {}", current, error.displayText()));
	}
	// --help and --version answer wherever they stand, whatever else is there.
	if (asksForText)
	{
		line.about = words.empty() ? std::nullopt : findCommand(words.front());
		return line;
	}
	takeWords(line, words);
	checkTogether(line);
	return line;
}

}
