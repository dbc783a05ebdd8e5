#include "node/app/Daemon.h"

#include <Poco/Exception.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/app/ExitCodes.h"
#include "node/app/Signals.h"

namespace gimlet::app
{

namespace
{

[[noreturn]] void waitForDaemon(pid_t daemon, int pipe)
{
	// Whoever waits may be interrupted; the daemon is in a session of its own and goes on.
	restoreSignals();
	char byte = 0;
	ssize_t length = 0;
	do
		length = read(pipe, &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length == 1)
		_exit(EXIT_CODE_OK);
	int status = 0;
	waitpid(daemon, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CODE_SOFTWARE);
}

void redirect(int descriptor, int flags)
{
	const int null = open("/dev/null", flags | O_CLOEXEC);
	if (null < 0)
		return;
	dup2(null, descriptor);
	close(null);
}

}

Daemon::Daemon()
{
	std::array<int, 2> ends{};
	if (pipe2(ends.data(), O_CLOEXEC) != 0)
		throw Poco::SystemException("pipe", std::strerror(errno), errno);
	const auto child = fork();
	if (child < 0)
		throw Poco::SystemException("fork", std::strerror(errno), errno);
	close(ends[child == 0 ? 0 : 1]);
	if (child > 0)
		waitForDaemon(child, ends[0]);
	_pipe = ends[1];
	setsid();
	umask(027);
	redirect(STDIN_FILENO, O_RDONLY);
}

Daemon::~Daemon()
{
	if (_pipe >= 0)
		close(_pipe);
}

void Daemon::started()
{
	redirect(STDOUT_FILENO, O_WRONLY);
	redirect(STDERR_FILENO, O_WRONLY);
	const char byte = 1;
	[[maybe_unused]] const auto written = write(_pipe, &byte, 1);
	close(_pipe);
	_pipe = -1;
}

}
