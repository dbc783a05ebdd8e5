#include "node/app/RunCommand.h"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "node/api/Log.h"
#include "node/app/Daemon.h"
#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/app/Logging.h"
#include "node/app/PidFile.h"
#include "node/app/Signals.h"
#include "node/app/State.h"
#include "node/core/Runtime.h"

namespace gimlet::app
{

namespace
{

class Run
{
public:
	explicit Run(const CommandLine& line) : _line(line)
	{
		if (line.daemon)
			_daemon.emplace();
		_guard.emplace();
	}

	int run()
	{
		const auto sources = readSources(_line);
		core::Setup setup{sources, core::standardPluginFolders()};
		beginLogging(setup);
		std::optional<core::StateError> stateError;
		core::Runtime runtime{setup, {.version = version(),
										 .dataDirectory = core::standardDataFolder(),
										 .state = openState(setup, sources.environment, stateError),
										 .ending = [this](int exitCode) { _guard->endSoon(exitCode); }}};
		if (const auto failure = configure(runtime, setup))
			return *failure;
		if (stateError)
			throw *stateError;
		std::optional<PidFile> pidFile;
		if (!_line.pidFile.empty())
			pidFile.emplace(_line.pidFile);
		const SignalWatch signals{runtime.loop(), [&](int signal) { onSignal(runtime, setup, signal); }};
		runtime.start([&] { started(setup); });
		return runtime.run();
	}

private:
	void beginLogging(core::Setup& setup)
	{
		if (!setup.configuration().sound("log"))
			return;
		const auto& log = setup.configuration().section("log");
		try
		{
			_logging.configure(log, false);
		}
		catch (const Poco::Exception& error)
		{
			setup.problems().addValue(
				"log", "file", log.value("file"), fmt::format("cannot be opened: {}", error.displayText()));
		}
	}

	/// Null, with the error, if there is none; what is wrong with the configuration is then told first.
	static std::unique_ptr<core::NodeState> openState(
		core::Setup& setup, const core::Environment& environment, std::optional<core::StateError>& error)
	{
		// What this process starts (a token_command, say) has no business with the key.
		unsetenv(core::NodeState::KEY_VARIABLE);
		if (!setup.problems().empty())
			return nullptr;
		try
		{
			return core::NodeState::open(stateRequest(setup, environment));
		}
		catch (const core::StateError& failure)
		{
			error = failure;
			return nullptr;
		}
	}

	std::optional<int> configure(core::Runtime& runtime, core::Setup& setup)
	{
		std::optional<int> exitCode;
		try
		{
			runtime.configure();
		}
		catch (const core::PluginManager::Failure& error)
		{
			logError(Poco::Logger::get("node"), error.what());
			exitCode = EXIT_CODE_UNAVAILABLE;
		}
		printProblems(setup);
		if (!setup.problems().empty())
			exitCode = EXIT_CODE_CONFIGURATION;
		for (const auto& warning : setup.warnings())
			logWarning(Poco::Logger::get("node"), warning);
		return exitCode;
	}

	void started(core::Setup& setup)
	{
		if (!_daemon)
			return;
		_logging.configure(setup.configuration().section("log"), true);
		_daemon->started();
	}

	void onSignal(core::Runtime& runtime, core::Setup& setup, int signal)
	{
		if (signal == SIGHUP)
			return reload(runtime, setup);
		if (signal == SIGCONT)
			return runtime.continued();
		runtime.requestStop(EXIT_CODE_OK, fmt::format("{} was received", signal == SIGTERM  ? "SIGTERM"
																		 : signal == SIGINT ? "SIGINT"
																							: "SIGQUIT"));
	}

	void reload(core::Runtime& runtime, core::Setup& setup)
	{
		_logging.reopen();
		try
		{
			core::Setup newer{readSources(_line), core::standardPluginFolders()};
			if (runtime.reload(newer))
				_logging.setLevels(setup.configuration().section("log"));
		}
		catch (const LoadError& error)
		{
			logError(Poco::Logger::get("node"),
				fmt::format("{}; the node runs on with the configuration it has", error.what()));
		}
	}

	CommandLine _line;
	Logging _logging;
	std::optional<Daemon> _daemon;
	std::optional<EndGuard> _guard;
};

}

int runCommand(const CommandLine& line)
{
	try
	{
		return Run{line}.run();
	}
	catch (const PidFileError& error)
	{
		logError(Poco::Logger::get("node"), error.what());
		return EXIT_CODE_UNAVAILABLE;
	}
	catch (const core::StateError& error)
	{
		logError(Poco::Logger::get("node"), error.what());
		return error.exitCode();
	}
}

}
