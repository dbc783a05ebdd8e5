// The program as a process: signals, reloading, daemon, pid file, commands, exit codes.
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/api/Endpoint.h"
#include "node/api/Plugin.h"
#include "node/protocol/json/Json.h"
#include "tests/plugins/Fixtures.h"

using namespace std::chrono_literals;

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// Sends a signal and returns how long the process took to end with exit code 0.
std::chrono::milliseconds endBy(Process& process, int signal)
{
	const auto begin = std::chrono::steady_clock::now();
	process.signal(signal);
	EXPECT_EQ(process.waitForExit(), 0);
	return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

/// A name server that takes questions and never answers.
class SilentNameServer
{
public:
	SilentNameServer() : _socket(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
	{
		sockaddr_storage address{};
		const auto length = Endpoint::loopback(AF_INET, 0).toSockaddr(address);
		EXPECT_EQ(bind(_socket, reinterpret_cast<const sockaddr*>(&address), length), 0);
		socklen_t size = sizeof address;
		EXPECT_EQ(getsockname(_socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
		_endpoint = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address));
	}
	SilentNameServer(const SilentNameServer&) = delete;
	SilentNameServer& operator=(const SilentNameServer&) = delete;
	~SilentNameServer()
	{
		close(_socket);
	}

	/// Waits for a question.
	bool asked() const
	{
		const timeval patience{10, 0};
		setsockopt(_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		char byte = 0;
		return recv(_socket, &byte, 1, 0) == 1;
	}

	std::string address() const
	{
		return _endpoint.toString();
	}

private:
	int _socket;
	Endpoint _endpoint;
};

/// A daemon that holds a pid file.
class RunningDaemon
{
public:
	explicit RunningDaemon(const std::string& pidFile) :
		_file(open(pidFile.c_str(), O_RDONLY | O_CLOEXEC)),
		_id(static_cast<pid_t>(std::stol(readFile(pidFile))))
	{
	}
	RunningDaemon(const RunningDaemon&) = delete;
	RunningDaemon& operator=(const RunningDaemon&) = delete;

	/// A test that failed leaves no daemon behind; that it still runs is known by the lock.
	~RunningDaemon()
	{
		if (flock(_file, LOCK_EX | LOCK_NB) != 0)
			kill(_id, SIGKILL);
		close(_file);
	}

	pid_t id() const
	{
		return _id;
	}

	void signal(int number) const
	{
		EXPECT_EQ(kill(_id, number), 0);
	}

	/// The lock goes with the process.
	void waitForEnd() const
	{
		EXPECT_EQ(flock(_file, LOCK_EX), 0);
	}

private:
	int _file;
	pid_t _id;
};

/// An HTTP port that was free a moment ago.
std::string freePort()
{
	const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sockaddr_storage address{};
	const auto length = Endpoint::loopback(AF_INET, 0).toSockaddr(address);
	EXPECT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length), 0);
	socklen_t size = sizeof address;
	EXPECT_EQ(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
	close(descriptor);
	return std::to_string(Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address)).port());
}

/// The status and body of a page of this machine.
std::pair<unsigned, std::string> get(const std::string& port, const std::string& path)
{
	Poco::Net::HTTPClientSession session{"127.0.0.1", static_cast<Poco::UInt16>(std::stoul(port))};
	Poco::Net::HTTPRequest request{"GET", path, Poco::Net::HTTPMessage::HTTP_1_1};
	session.sendRequest(request);
	Poco::Net::HTTPResponse response;
	std::string body;
	Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
	return {response.getStatus(), body};
}

/// The bound is a second; a loaded machine is granted more, but not what a hang would take.
constexpr auto END_BOUND = 4s;

}

TEST(Program, EachSignalToEndDoesSo)
{
	for (const int signal : {SIGTERM, SIGINT, SIGQUIT})
	{
		const FixtureNode node{"[node]\nplugins = probe\n"};
		Process process{node.command({})};
		process.waitForError("says hello");
		EXPECT_LT(endBy(process, signal), END_BOUND);
		EXPECT_THAT(process.error(), HasSubstr("falls silent"));
	}
}

TEST(Program, ASignalAtAnyMomentOfTheStartEndsItInAnOrderlyWay)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	for (int step = 0; step < 12; ++step)
	{
		Process process{node.command({})};
		// Each round a little later, from before main() to after the start. Only the moment differs, not
		// what is expected, so that a slow machine moves the moments and nothing else.
		const auto until = std::chrono::steady_clock::now() + step * 5ms;
		while (std::chrono::steady_clock::now() < until)
		{
		}
		const bool last = step == 11;
		if (last)
			process.waitForError("this node is");
		process.signal(SIGTERM);
		const int exitCode = process.waitForExit();
		// Before the program's own first instruction nobody can hold the signal back.
		const bool neverBegan = !last && exitCode == 128 + SIGTERM && process.error().empty();
		EXPECT_TRUE(exitCode == 0 || neverBegan) << exitCode << process.error();
	}
}

TEST(Program, EndsWhileAPluginHangsInItsStart)
{
	const FixtureNode node{"[node]\nplugins = hangs-in-start\n"};
	Process process{node.command({})};
	process.waitForError("hangs-in-start +hangs");
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
	EXPECT_THAT(process.error(), HasSubstr("something did not end in time; ending without it"));
}

TEST(Program, EndsThoughAPluginThatCannotStartHangsInItsStop)
{
	const FixtureNode node{"[node]\nplugins = hangs-in-stop\n"};
	Process process{node.command({})};
	EXPECT_EQ(process.waitForExit(), 69);
	EXPECT_THAT(process.error(), HasSubstr("hangs-in-stop cannot start: it does not start"));
	EXPECT_THAT(process.error(), HasSubstr("something did not end in time; ending without it"));
}

TEST(Program, EndsWhileAResolverHangs)
{
	const SilentNameServer server;
	const FixtureNode node{"[node]\nplugins = resolving\n"};
	Process process{node.command({"--set", "node.name_servers=" + server.address()})};
	ASSERT_TRUE(server.asked());
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
	EXPECT_THAT(process.error(), Not(HasSubstr("did not end in time")));
}

TEST(Program, IsNotStoppedByATerminalOrABrokenPipe)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	Process process{node.command({})};
	process.waitForError("says hello");
	process.signal(SIGTSTP);
	process.signal(SIGPIPE);
	process.signal(SIGHUP);
	process.waitForError("configuration read again: nothing to take over");
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Program, ReadsItsConfigurationAgain)
{
	FixtureNode node{"[node]\nplugins = probe\n"};
	Process process{node.command({})};
	process.waitForError("says hello");

	node.rewrite("[node]\nplugins = probe\n[probe]\ngreeting = ahoy\nleast = 5\n[log]\nlevel = debug\n");
	process.signal(SIGHUP);
	process.waitForError("probe +says ahoy instead, least 1");
	process.waitForError("configuration read again: took over \\[log\\] level, \\[probe\\] greeting");
	process.waitForError("warning +node +these changes need a restart: \\[probe\\] least");

	node.rewrite("[node]\nplugins = probe\n[probe]\ngreting = x\n");
	process.signal(SIGHUP);
	process.waitForError(
		"error +node +.*:5: \\[probe\\] greting = x: there is no such key; did you mean \"greeting\"\\?");
	process.waitForError("error +node +the configuration was not taken");

	// What is wrong between two keys is seen before the plugin hears of them.
	node.rewrite("[node]\nplugins = probe\n[probe]\ngreeting = adieu\nfarewell = adieu\n");
	process.signal(SIGHUP);
	process.waitForError("error +node +.*:6: \\[probe\\] farewell = adieu: is the greeting");
	process.waitForError("error +node +the configuration was not taken");
	EXPECT_THAT(process.error(), Not(HasSubstr("says adieu")));

	std::filesystem::remove(node.file());
	process.signal(SIGHUP);
	process.waitForError("error +node +cannot read .*; the node runs on with the configuration it has");
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Program, APluginThatCannotTakeItsNewSettingsGoesOn)
{
	FixtureNode node{"[node]\nplugins = throws-in-reconfigure\n"};
	Process process{node.command({})};
	process.waitForError("starts");
	node.rewrite("[node]\nplugins = throws-in-reconfigure\n[throws-in-reconfigure]\nword = x\n");
	process.signal(SIGHUP);
	process.waitForError("could not take its new settings and goes on as before: it broke in reconfigure");
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Program, RaisesItsDescriptorLimit)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	auto options = node.command({});
	options.arguments.insert(
		options.arguments.begin(), {"/bin/sh", "-c", "ulimit -S -n 64; exec \"$0\" \"$@\""});
	Process process{options};
	process.waitForError("says hello");
	rlimit limit{};
	ASSERT_EQ(prlimit(process.id(), RLIMIT_NOFILE, nullptr, &limit), 0);
	EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
	endBy(process, SIGTERM);
}

TEST(Program, LogsJsonWhenAsked)
{
	const FixtureNode node{"[node]\nplugins = probe\n[log]\nformat = json\ndebug = probe\n"};
	Process process{node.command({})};
	process.waitForError("thinks hello");
	endBy(process, SIGTERM);
	std::istringstream lines{process.error()};
	std::string line;
	std::string error;
	int count = 0;
	for (; std::getline(lines, line); ++count)
	{
		const auto object = json::Object::parse(line, error);
		ASSERT_TRUE(object) << line;
		EXPECT_TRUE(object->has("severity") && object->has("message") && object->has("time")) << line;
	}
	EXPECT_GE(count, 4);
	EXPECT_THAT(process.error(), HasSubstr(R"("logger":"probe","greeting":"hello"})"));
	EXPECT_THAT(process.error(), HasSubstr(R"({"severity":"DEBUG","message":"thinks hello")"));
}

TEST(Program, AppendsToItsLogFileAndOpensItAnew)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	const auto log = node.folder().write("gimlet.log", "before\n");
	const auto pidFile = node.folder().path() + "/pid";
	Process process{node.command({"--daemon", "--pidfile", pidFile, "--set", "log.file=" + log})};
	ASSERT_EQ(process.waitForExit(), 0) << process.error();
	const RunningDaemon daemon{pidFile};
	std::filesystem::rename(log, log + ".1");
	// Of two waiting signals the lower number is heard first.
	daemon.signal(SIGHUP);
	daemon.signal(SIGTERM);
	daemon.waitForEnd();
	EXPECT_THAT(readFile(log + ".1"),
		MatchesRegex("before\n20[0-9-]+ [0-9:.]+ info +node +gimlet (.|\n)*running: probe\n"));
	EXPECT_THAT(readFile(log), MatchesRegex("20[^\n]*configuration read again(.|\n)*falls silent\n"));
}

TEST(Program, GoesOnWhenItsLogFileCannotBeOpenedAnew)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	const auto log = node.folder().write("logs/gimlet.log", "");
	Process process{node.command({"--set", "log.file=" + log})};
	process.waitForOutput("probe started");
	std::filesystem::remove_all(node.folder().path() + "/logs");
	process.signal(SIGHUP);
	process.waitForError("cannot open the log file again, so lines go to stderr: ");
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Program, ALogFileThatCannotBeOpenedIsAProblem)
{
	const FixtureNode node{"[node]\nplugins = probe\n[log]\nfile = /nowhere/gimlet.log\n"};
	Process process{node.command({})};
	EXPECT_EQ(process.waitForExit(), 78);
	EXPECT_THAT(process.error(), HasSubstr(":5: [log] file = /nowhere/gimlet.log: cannot be opened"));
}

TEST(Program, ADaemonReturnsWhenItHasStarted)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	const auto pidFile = node.folder().path() + "/pid";
	const auto log = node.folder().path() + "/log";
	const auto options = node.command({"--daemon", "--pidfile", pidFile, "--set", "log.file=" + log});
	Process process{options};
	EXPECT_EQ(process.waitForExit(), 0);
	EXPECT_EQ(process.error(), "");
	EXPECT_THAT(readFile(log), HasSubstr("says hello"));
	const RunningDaemon daemon{pidFile};
	EXPECT_NE(daemon.id(), process.id());
	EXPECT_EQ(getsid(daemon.id()), daemon.id());

	Process second{options};
	EXPECT_EQ(second.waitForExit(), 69);
	EXPECT_THAT(
		readFile(log), HasSubstr("is held by process " + std::to_string(daemon.id()) + ", which runs"));

	daemon.signal(SIGTERM);
	daemon.waitForEnd();
	EXPECT_FALSE(std::filesystem::exists(pidFile));
}

TEST(Program, ADaemonThatCannotStartSaysSo)
{
	const FixtureNode wrong{"[node]\nplugins = prob\n"};
	Process first{wrong.command({"--daemon"})};
	EXPECT_EQ(first.waitForExit(), 78);
	EXPECT_THAT(first.error(), HasSubstr("there is no plugin \"prob\"; did you mean \"probe\"?"));

	const FixtureNode broken{"[node]\nplugins = throws-in-start\n"};
	Process second{broken.command({"--daemon"})};
	EXPECT_EQ(second.waitForExit(), 69);
	EXPECT_THAT(second.error(), HasSubstr("the plugin throws-in-start cannot start"));
}

TEST(Program, APidFileLeftBehindIsTakenOver)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	const auto pidFile = node.folder().write("pid", "1\n");
	Process process{node.command({"--pidfile", pidFile})};
	process.waitForError("says hello");
	EXPECT_EQ(readFile(pidFile), std::to_string(process.id()) + "\n");
	endBy(process, SIGTERM);

	Process nowhere{node.command({"--pidfile", "/nowhere/pid"})};
	EXPECT_EQ(nowhere.waitForExit(), 69);
	EXPECT_THAT(
		nowhere.error(), HasSubstr("cannot write the pid file /nowhere/pid: No such file or directory"));
}

TEST(Commands, HelpAndVersionAreOnStdout)
{
	Process help{gimlet({"--help"})};
	EXPECT_EQ(help.waitForExit(), 0);
	for (const auto* word : {"--config", "--set", "--daemon", "--pidfile", "check", "plugins", "health",
			 "Exit codes", "Examples", "RENDEZVOUS_SERVICE_URL"})
		EXPECT_THAT(help.output(), HasSubstr(word));
	EXPECT_EQ(help.error(), "");
	Process version{gimlet({"--version"})};
	EXPECT_EQ(version.waitForExit(), 0);
	EXPECT_THAT(version.output(),
		MatchesRegex(
			"gimlet [0-9.]+\nplugin API " + std::to_string(GIMLET_API_VERSION) + ", built with gxx-abi.*\n"));
}

TEST(Commands, AWrongCommandLineIsExplained)
{
	Process option{gimlet({"--confi", "x", "--daemn"})};
	EXPECT_EQ(option.waitForExit(), 64);
	EXPECT_EQ(option.error(),
		"gimlet: there is no option --daemn; did you mean \"--daemon\"?\nTry gimlet --help.\n");
	Process command{gimlet({"runn"})};
	EXPECT_EQ(command.waitForExit(), 64);
	EXPECT_EQ(
		command.error(), "gimlet: there is no command runn; did you mean \"run\"?\nTry gimlet --help.\n");
	Process plugin{gimlet({"plugins", "logg"})};
	EXPECT_EQ(plugin.waitForExit(), 64);
	EXPECT_THAT(plugin.error(), HasSubstr("there is no plugin logg; did you mean \"log\"?"));
}

TEST(Commands, PluginsListsAndExplains)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	Process list{node.command({"plugins"})};
	EXPECT_EQ(list.waitForExit(), 0);
	EXPECT_THAT(
		list.output(), HasSubstr("probe              service    1.0    Logs what is done with it.\n"));
	EXPECT_THAT(list.output(), HasSubstr("foreign-api        cannot be used: "));

	Process one{node.command({"plugins", "probe"})};
	EXPECT_EQ(one.waitForExit(), 0);
	EXPECT_THAT(one.output(),
		HasSubstr("  greeting = hello\n      What it says.\n      takes        text\n      environment  "
				  "GIMLET_PROBE_GREETING, PROBE_GREETING\n      note         SIGHUP applies a change\n"));

	Process ini{node.command({"plugins", "--ini", "probe"})};
	EXPECT_EQ(ini.waitForExit(), 0);
	EXPECT_THAT(ini.output(), HasSubstr("; The least.\n; Takes a whole number, 0 to 100. Environment: "
										"GIMLET_PROBE_LEAST.\n;least = 1\n"));

	Process core{gimlet({"plugins", "log"})};
	EXPECT_EQ(core.waitForExit(), 0);
	EXPECT_THAT(core.output(), HasSubstr("  level = information\n"));

	Process broken{node.command({"plugins", "foreign-api"})};
	EXPECT_EQ(broken.waitForExit(), 69);
	EXPECT_THAT(broken.error(), HasSubstr("was built for plugin API version 99"));
}

TEST(Program, TellsByHttpHowItIs)
{
	const auto port = freePort();
	const FixtureNode node{
		"[node]\nname = anna\nplugins = probe, throws-in-start\noptional = throws-in-start\n[http]\n"
		"listen = 127.0.0.1:" +
		port + "\n"};
	Process process{gimlet({"--config", node.file()})};
	process.waitForError("running: probe; without throws-in-start");

	Process health{gimlet({"health", "--config", node.file()})};
	EXPECT_EQ(health.waitForExit(), 0) << health.error();
	EXPECT_EQ(health.output(), "alive\n");

	const auto [status, body] = get(port, "/readyz");
	EXPECT_EQ(status, 200U);
	std::string error;
	const auto ready = json::Object::parse(body, error);
	ASSERT_TRUE(ready) << error << body;
	EXPECT_EQ(ready->boolean("ready"), true);
	EXPECT_EQ(ready->boolean("degraded"), true);
	EXPECT_EQ(ready->text("name", 64), "anna");
	EXPECT_THAT(body,
		HasSubstr(R"({"name":"throws-in-start","role":"service","state":"failed","message":"it broke in )"
				  R"(start","required":false})"));
	EXPECT_EQ(get(port, "/ready").second, body);
	EXPECT_THAT(get(port, "/metrics").second,
		HasSubstr(R"(gimlet_plugin_state{plugin="throws-in-start",state="failed"} 1)"));

	Process id{gimlet({"id", "--config", node.file()})};
	EXPECT_EQ(id.waitForExit(), 0) << id.error();
	EXPECT_EQ(id.output(), ready->text("worker_id", 36).value_or("?") + "\n");

	Process second{gimlet({"--config", node.file()})};
	EXPECT_EQ(second.waitForExit(), 69);
	EXPECT_THAT(second.error(), HasSubstr(port));
	EXPECT_THAT(second.error(), Not(HasSubstr("says hello")));
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Program, IsNotReadyBeforeItsPluginsAre)
{
	const SilentNameServer server;
	const auto port = freePort();
	const FixtureNode node{"[node]\nplugins = resolving\n[http]\nlisten = 127.0.0.1:" + port + "\n"};
	Process process{gimlet({"--config", node.file(), "--set", "node.name_servers=" + server.address()})};
	process.waitForError("running: resolving");
	const auto [status, body] = get(port, "/ready");
	EXPECT_EQ(status, 503U);
	EXPECT_THAT(body, HasSubstr(R"("state":"starting","message":"waiting for an answer")"));
	EXPECT_EQ(get(port, "/healthz").first, 200U);
	EXPECT_LT(endBy(process, SIGTERM), END_BOUND);
}

TEST(Commands, NobodyAnswersWhereNobodyRuns)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	Process health{node.command({"health"})};
	EXPECT_EQ(health.waitForExit(), 69);
	EXPECT_THAT(health.error(), HasSubstr("this configuration has no HTTP listener ([http] listen = none)"));
	Process id{node.command({"id"})};
	EXPECT_EQ(id.waitForExit(), 69);
	EXPECT_THAT(
		id.error(), HasSubstr("This configuration makes a new worker id at each start ([node] identity)"));
	Process anyPort{gimlet({"health", "--config", node.file(), "--set", "http.listen=127.0.0.1:0"})};
	EXPECT_EQ(anyPort.waitForExit(), 69);
	EXPECT_THAT(anyPort.error(), HasSubstr("give [http] listen a port"));
	const FixtureNode wrong{"[node]\nplugin = probe\n"};
	Process config{wrong.command({"health"})};
	EXPECT_EQ(config.waitForExit(), 78);
}

}
