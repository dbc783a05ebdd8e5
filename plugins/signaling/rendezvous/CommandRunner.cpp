#include "plugins/signaling/rendezvous/CommandRunner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "node/api/Log.h"

extern char** environ;

namespace gimlet::rendezvous_client
{

namespace
{

/// A command that has closed its output ends soon; how often that is looked at.
constexpr std::chrono::milliseconds EXIT_POLL{10};

/// What a child process begins with: our pipes, no blocked signals (the node blocks those that it takes by
/// descriptor), and a process group of its own, so that all it starts can be ended with it.
class SpawnPlan
{
public:
	SpawnPlan(int output, int errors)
	{
		posix_spawn_file_actions_init(&_actions);
		posix_spawn_file_actions_addopen(&_actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&_actions, output, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&_actions, errors, STDERR_FILENO);
		posix_spawnattr_init(&_attributes);
		sigset_t signals;
		sigemptyset(&signals);
		posix_spawnattr_setsigmask(&_attributes, &signals);
		sigfillset(&signals);
		posix_spawnattr_setsigdefault(&_attributes, &signals);
		posix_spawnattr_setpgroup(&_attributes, 0);
		posix_spawnattr_setflags(
			&_attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	}
	SpawnPlan(const SpawnPlan&) = delete;
	SpawnPlan& operator=(const SpawnPlan&) = delete;
	~SpawnPlan()
	{
		posix_spawn_file_actions_destroy(&_actions);
		posix_spawnattr_destroy(&_attributes);
	}

	/// @return 0 or an errno.
	int run(const std::string& command, pid_t& child) const
	{
		std::string shell = "sh";
		std::string option = "-c";
		std::string text = command;
		std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
		return posix_spawn(&child, "/bin/sh", &_actions, &_attributes, arguments.data(), environ);
	}

private:
	posix_spawn_file_actions_t _actions{};
	posix_spawnattr_t _attributes{};
};

std::string lastLine(const std::string& text)
{
	const auto end = text.find_last_not_of("\r\n");
	if (end == std::string::npos)
		return {};
	const auto begin = text.find_last_of('\n', end);
	return printable(text.substr(begin + 1, end - begin), 200);
}

}

CommandRunner::Pipe::~Pipe()
{
	close();
}

void CommandRunner::Pipe::open()
{
	std::array<int, 2> ends{};
	if (::pipe2(ends.data(), O_CLOEXEC) != 0)
		throw std::runtime_error(std::strerror(errno));
	reading = ends[0];
	writing = ends[1];
	::fcntl(reading, F_SETFL, O_NONBLOCK);
}

void CommandRunner::Pipe::closeWriting()
{
	if (writing >= 0)
		::close(std::exchange(writing, -1));
}

void CommandRunner::Pipe::close()
{
	watch.cancel();
	closeWriting();
	if (reading >= 0)
		::close(std::exchange(reading, -1));
}

bool CommandRunner::Pipe::fill()
{
	std::array<char, 4096> bytes{};
	const auto length = reading < 0 ? 0 : ::read(reading, bytes.data(), bytes.size());
	if (length > 0)
		text.append(bytes.data(), static_cast<std::size_t>(length));
	return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

CommandRunner::CommandRunner(
	EventLoop& loop, const std::string& command, std::chrono::milliseconds timeout, Done done) :
	_loop(loop), _done(std::move(done))
{
	try
	{
		start(command);
		_deadline = _loop.after(timeout,
			[this, timeout] {
				finish(fmt::format("did not end within {:g} s", static_cast<double>(timeout.count()) / 1000));
			});
	}
	catch (const std::exception& error)
	{
		_next = _loop.after(Duration::zero(),
			[this, text = fmt::format("could not be started: {}", error.what())] { finish(text); });
	}
}

CommandRunner::~CommandRunner()
{
	kill();
}

void CommandRunner::start(const std::string& command)
{
	_stdout.open();
	_stderr.open();
	const SpawnPlan plan(_stdout.writing, _stderr.writing);
	if (const int error = plan.run(command, _child); error != 0)
	{
		_child = -1;
		throw std::runtime_error(std::strerror(error));
	}
	watch(_stdout);
	watch(_stderr);
}

void CommandRunner::watch(Pipe& pipe)
{
	pipe.closeWriting();
	pipe.watch = _loop.watch(pipe.reading, EventLoop::READABLE, [this, &pipe](unsigned) { read(pipe); });
}

void CommandRunner::read(Pipe& pipe)
{
	if (!pipe.fill())
	{
		pipe.close();
		if (_stdout.reading < 0)
			awaitExit();
	}
	else if (pipe.text.size() > MAX_OUTPUT)
		finish(fmt::format("printed more than {} bytes", MAX_OUTPUT));
}

/// The end of its output is seen before its end; what it left running in the background is not waited for.
void CommandRunner::awaitExit()
{
	int status = 0;
	if (::waitpid(_child, &status, WNOHANG) == 0)
	{
		_next = _loop.after(EXIT_POLL, [this] { awaitExit(); });
		return;
	}
	_stderr.fill(); // an error's last words may still be in the pipe
	::kill(-std::exchange(_child, -1), SIGKILL);
	finish(failure(status));
}

std::string CommandRunner::failure(int status) const
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return {};
	const auto words = lastLine(_stderr.text);
	const auto how = WIFEXITED(status) ? fmt::format("ended with exit code {}", WEXITSTATUS(status))
									   : fmt::format("was ended by signal {}", WTERMSIG(status));
	return words.empty() ? how : fmt::format("{}: {}", how, words);
}

void CommandRunner::kill()
{
	if (_child <= 0)
		return;
	::kill(-_child, SIGKILL);
	::waitpid(std::exchange(_child, -1), nullptr, 0);
}

void CommandRunner::finish(std::string error)
{
	kill();
	_stdout.close();
	_stderr.close();
	_deadline.cancel();
	_next.cancel();
	const Result result{.output = std::move(_stdout.text), .error = std::move(error)};
	const auto done = std::move(_done);
	done(result);
}

}
