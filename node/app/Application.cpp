#include "node/app/Application.h"

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <iostream>

#include "node/app/AskCommands.h"
#include "node/app/CheckCommand.h"
#include "node/app/ExitCodes.h"
#include "node/app/Help.h"
#include "node/app/IdCommand.h"
#include "node/app/Load.h"
#include "node/app/NetcheckCommand.h"
#include "node/app/PluginsCommand.h"
#include "node/app/RunCommand.h"

namespace gimlet::app
{

namespace
{

/// POCO's Application takes over the signals of a crash and turns them into C++ exceptions, which hides where
/// a crash happened from core dumps and sanitizers. Their handlers are put back as they were.
class CrashSignals
{
public:
	CrashSignals()
	{
		for (std::size_t index = 0; index < SIGNALS.size(); ++index)
			sigaction(SIGNALS[index], nullptr, &_actions[index]);
	}

	void restore() const
	{
		for (std::size_t index = 0; index < SIGNALS.size(); ++index)
			sigaction(SIGNALS[index], &_actions[index], nullptr);
	}

private:
	static constexpr std::array SIGNALS{SIGILL, SIGBUS, SIGSEGV, SIGSYS};
	std::array<struct sigaction, SIGNALS.size()> _actions{};
};

int usage(const std::string& message)
{
	std::cerr << "gimlet: " << message << "\nTry gimlet --help.\n";
	return EXIT_CODE_USAGE;
}

}

Application::Application(CommandLine line) : _line(std::move(line)) {}

int Application::main(const std::vector<std::string>&)
{
	try
	{
		return runChosen();
	}
	catch (const UsageError& error)
	{
		return usage(error.what());
	}
	catch (const LoadError& error)
	{
		std::cerr << error.what() << '\n';
		return EXIT_CODE_CONFIGURATION;
	}
}

int Application::runChosen() const
{
	switch (_line.command)
	{
	case CommandLine::Command::Run:
		return runCommand(_line);
	case CommandLine::Command::Check:
		return checkCommand(_line);
	case CommandLine::Command::Plugins:
		return pluginsCommand(_line);
	case CommandLine::Command::Id:
		return idCommand(_line);
	case CommandLine::Command::Health:
		return healthCommand(_line);
	case CommandLine::Command::Netcheck:
		return netcheckCommand(_line);
	case CommandLine::Command::Help:
		std::cout << (_line.about ? helpText(*_line.about) : helpText());
		break;
	case CommandLine::Command::Version:
		std::cout << versionText();
		break;
	}
	return EXIT_CODE_OK;
}

int runApplication(const std::vector<std::string>& arguments)
{
	try
	{
		const CrashSignals crashSignals;
		Poco::AutoPtr<Application> application{
			new Application{CommandLine::parse({arguments.begin() + 1, arguments.end()})}};
		crashSignals.restore();
		// The command line has been read; POCO's own options (its --daemon says nothing about a failed
		// start) are kept away from it.
		return application->ServerApplication::run(std::vector<std::string>{arguments.front()});
	}
	catch (const UsageError& error)
	{
		return usage(error.what());
	}
	catch (const Poco::Exception& error)
	{
		std::cerr << "gimlet: " << error.displayText() << '\n';
	}
	catch (const std::exception& error)
	{
		std::cerr << "gimlet: " << error.what() << '\n';
	}
	return EXIT_CODE_SOFTWARE;
}

}
