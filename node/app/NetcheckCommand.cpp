#include "node/app/NetcheckCommand.h"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/app/Logging.h"
#include "node/app/NetcheckHints.h"
#include "node/app/NetcheckPatience.h"
#include "node/app/NetcheckReport.h"
#include "node/app/NetcheckSources.h"
#include "node/app/Signals.h"
#include "node/core/Runtime.h"

namespace gimlet::app
{

namespace
{

using namespace std::chrono_literals;

/// Whatever is broken, people have their answer in 5 s, the start and the end of the node included.
constexpr auto PATIENCE = 4'300ms;

/// Everything was answered, and for so long nothing more was said.
constexpr auto QUIET = 300ms;

static_assert(PATIENCE + QUIET < 5s, "the start and the end of the node need some of it");

/// Listens to a node that only looks, until it has seen everything or the time is over.
class Netcheck final : public NodeObserver
{
public:
	Netcheck(const CommandLine& line, core::Setup& setup, core::Runtime& runtime, TimePoint begin) :
		_line(line), _setup(setup), _runtime(runtime), _begin(begin)
	{
		_runtime.node().addObserver(*this);
	}
	Netcheck(const Netcheck&) = delete;
	Netcheck& operator=(const Netcheck&) = delete;
	~Netcheck() override
	{
		_runtime.node().removeObserver(*this);
	}

	int run()
	{
		// A signal ends the looking, not the telling of what was seen.
		const SignalWatch signals{_runtime.loop(), [this](int signal)
			{
				if (signal != SIGHUP && signal != SIGCONT)
					finish();
			}};
		_deadline = _runtime.loop().at(_begin + PATIENCE, [this] { finish(); });
		_runtime.start([this] { waitForQuiet(); });
		return _runtime.run();
	}

	void peerChanged(const PeerInfo&) override {}
	void messageReceived(const PeerId&, const ChatMessage&, WallTime) override {}

	void signalingChanged(SignalingState, const std::string&) override
	{
		waitForQuiet();
	}

	void pluginChanged(const PluginInfo&) override
	{
		waitForQuiet();
	}

	void candidatesChanged() override
	{
		waitForQuiet();
	}

	void networkChanged() override
	{
		waitForQuiet();
	}

private:
	void waitForQuiet()
	{
		_quiet = _runtime.loop().after(QUIET,
			[this]
			{
				const auto& node = _runtime.node();
				if (isEverythingKnown(ui::networkKnowledge(node), node.plugins()))
					finish();
			});
	}

	/// Tells before anything is stopped: what does not end in time costs nobody the answer.
	void finish()
	{
		if (std::exchange(_finished, true))
			return;
		_quiet.cancel();
		_deadline.cancel();
		const auto& node = _runtime.node();
		NetcheckReport report{.network = ui::networkStatus(node, true),
			.signaling = {node.signalingState(), node.signalingDetail()},
			.plugins = node.plugins(),
			.usable = ui::judge(ui::networkKnowledge(node, true)).usable,
			.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - _begin)};
		for (auto& hint : netcheckHints(_setup, report.network))
			report.network.verdict.push_back(std::move(hint));
		std::cout << (_line.json ? toJson(report) : toText(report)) << std::flush;
		_runtime.requestStop(report.usable ? EXIT_CODE_OK : EXIT_CODE_UNAVAILABLE, "");
	}

	const CommandLine& _line;
	core::Setup& _setup;
	core::Runtime& _runtime;
	TimePoint _begin;
	Timer _deadline;
	Timer _quiet;
	bool _finished = false;
};

/// A worker id that nobody has or ever will: its key is forgotten at once.
std::string nobodysId()
{
	return core::NodeState::ephemeral()->identity().id();
}

core::Sources sourcesOf(const CommandLine& line)
{
	auto sources = readSources(line);
	// What the plugins would log is what is told at the end, in better order.
	if (!line.verbose)
		sources.overrides.insert(sources.overrides.begin(), "log.level=critical");
	return sources;
}

int refuse(core::Setup& setup)
{
	printProblems(setup);
	return EXIT_CODE_CONFIGURATION;
}

int look(const CommandLine& line, core::Setup& setup, TimePoint begin)
{
	Logging logging;
	logging.configure(setup.configuration().section("log"), false);
	EndGuard guard;
	core::Runtime runtime{setup, {.version = version(),
									 .dataDirectory = core::standardDataFolder(),
									 .state = nullptr,
									 .ending = [&guard](int exitCode) { guard.endSoon(exitCode); }}};
	runtime.configure();
	if (!setup.problems().empty())
		return refuse(setup);
	return Netcheck{line, setup, runtime, begin}.run();
}

}

int netcheckCommand(const CommandLine& line)
{
	const auto begin = Clock::now();
	unsetenv(core::NodeState::KEY_VARIABLE);
	const auto sources = sourcesOf(line);
	core::Setup configured{sources, core::standardPluginFolders()};
	if (!configured.problems().empty())
		return refuse(configured);
	const auto changed = netcheckSources(configured, sources, "netcheck-" + nobodysId(), nobodysId());
	if (!changed)
	{
		std::cerr << fmt::format("{} runs no plugin that looks at the network (discovery, signaling, "
								 "transport); name the configuration of a node\n",
			line.config);
		return EXIT_CODE_CONFIGURATION;
	}
	core::Setup setup{*changed, core::standardPluginFolders()};
	if (!setup.problems().empty())
		return refuse(setup);
	return look(line, setup, begin);
}

}
