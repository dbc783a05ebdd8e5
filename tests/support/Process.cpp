#include "tests/support/Process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <regex>
#include <stdexcept>

namespace gimlet::test
{

namespace
{

bool steersNode(const std::string& name)
{
	static const std::array<std::string, 12> names{"PORT", "RENDEZVOUS_SERVICE_URL", "STUN_HOST", "STUN_PORT",
		"INTERNAL_UDP_PORT", "PING_INTERVAL_SEC", "PING_TIMEOUT_SEC", "K_SERVICE", "STATE_DIRECTORY",
		"XDG_STATE_HOME", "https_proxy", "http_proxy"};
	return name.starts_with("GIMLET_") || std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> childEnvironment(const std::map<std::string, std::optional<std::string>>& changes)
{
	std::vector<std::string> result;
	for (char** entry = environ; *entry; ++entry)
	{
		const std::string variable = *entry;
		const auto name = variable.substr(0, variable.find('='));
		if (!steersNode(name) && !changes.contains(name))
			result.push_back(variable);
	}
	// Nodes of tests share a default state directory as those of a machine do, but not with the machine's.
	if (!changes.contains("XDG_STATE_HOME"))
		result.push_back("XDG_STATE_HOME=" GIMLET_BUILD_DIR "/state");
	for (const auto& [name, value] : changes)
		if (value)
			result.push_back(name + "=" + *value);
	return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
	std::vector<char*> result;
	for (auto& text : texts)
		result.push_back(text.data());
	result.push_back(nullptr);
	return result;
}

}

Process::Process(const Options& options)
{
	std::array<std::array<int, 2>, 3> pipes{};
	for (auto& ends : pipes)
		if (pipe2(ends.data(), O_CLOEXEC) != 0)
			throw std::runtime_error("pipe2 failed");
	auto arguments = options.arguments;
	auto environment = childEnvironment(options.environment);
	auto argv = pointers(arguments);
	auto envp = pointers(environment);
	_id = fork();
	if (_id < 0)
		throw std::runtime_error("fork failed");
	if (_id == 0)
	{
		dup2(pipes[0][0], 0);
		dup2(pipes[1][1], 1);
		dup2(pipes[2][1], 2);
		if (!options.folder.empty() && chdir(options.folder.c_str()) != 0)
			::_exit(126);
		execvpe(argv[0], argv.data(), envp.data());
		::_exit(127);
	}
	::close(pipes[0][0]);
	::close(pipes[1][1]);
	::close(pipes[2][1]);
	_input = pipes[0][1];
	_outputPipe = pipes[1][0];
	_errorPipe = pipes[2][0];
	fcntl(_outputPipe, F_SETFL, O_NONBLOCK);
	fcntl(_errorPipe, F_SETFL, O_NONBLOCK);
}

Process::~Process()
{
	if (!_exit)
	{
		kill(_id, SIGKILL);
		waitpid(_id, nullptr, 0);
	}
	closeInput();
	for (const int end : {_outputPipe, _errorPipe})
		if (end >= 0)
			::close(end);
}

void Process::signal(int number) const
{
	kill(_id, number);
}

void Process::write(const std::string& text)
{
	std::size_t written = 0;
	while (written < text.size())
	{
		const auto count = ::write(_input, text.data() + written, text.size() - written);
		if (count < 0)
			throw std::runtime_error(
				std::string{"cannot write to the process: "} + std::strerror(errno) + "\n" + everything());
		written += static_cast<std::size_t>(count);
	}
}

void Process::closeInput()
{
	if (_input >= 0)
		::close(_input);
	_input = -1;
}

std::string Process::waitForOutput(const std::string& pattern, std::chrono::milliseconds timeout)
{
	return waitFor(_output, _outputSeen, pattern, timeout);
}

std::string Process::waitForError(const std::string& pattern, std::chrono::milliseconds timeout)
{
	return waitFor(_error, _errorSeen, pattern, timeout);
}

std::string Process::waitFor(
	const std::string& text, std::size_t& seen, const std::string& pattern, std::chrono::milliseconds timeout)
{
	const std::regex expression(pattern);
	const auto deadline = std::chrono::steady_clock::now() + timeout;
	for (bool more = true;;)
	{
		for (auto end = text.find('\n', seen); end != std::string::npos; end = text.find('\n', seen))
		{
			const auto line = text.substr(seen, end - seen);
			seen = end + 1;
			std::smatch match;
			if (std::regex_search(line, match, expression))
				return match.size() > 1 ? match[1].str() : line;
		}
		const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
			deadline - std::chrono::steady_clock::now());
		if (left.count() <= 0 || !more)
			throw std::runtime_error("no line like \"" + pattern + "\" came\n" + everything());
		more = readSome(left); // the last words may come together with the end
	}
}

int Process::waitForExit(std::chrono::milliseconds timeout)
{
	const auto deadline = std::chrono::steady_clock::now() + timeout;
	while (!poll())
	{
		if (std::chrono::steady_clock::now() > deadline)
			throw std::runtime_error("the process did not end\n" + everything());
		readSome(std::chrono::milliseconds{10});
	}
	while (readSome(std::chrono::milliseconds{0}))
	{
	}
	return *_exit;
}

bool Process::poll()
{
	int status = 0;
	if (!_exit && waitpid(_id, &status, WNOHANG) == _id)
		_exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return _exit.has_value();
}

bool Process::readSome(std::chrono::milliseconds timeout)
{
	std::array<pollfd, 2> descriptors{pollfd{_outputPipe, POLLIN, 0}, pollfd{_errorPipe, POLLIN, 0}};
	if (_outputPipe < 0 && _errorPipe < 0)
		return false;
	if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(timeout.count())) <= 0)
		return false;
	bool open = false;
	const auto read = [&](int& end, std::string& text)
	{
		if (end < 0)
			return;
		std::array<char, 65536> chunk;
		ssize_t count = 0;
		while ((count = ::read(end, chunk.data(), chunk.size())) > 0)
			text.append(chunk.data(), static_cast<std::size_t>(count));
		if (count == 0)
		{
			::close(end);
			end = -1;
		}
		else
			open = true;
	};
	read(_outputPipe, _output);
	read(_errorPipe, _error);
	return open;
}

std::string Process::everything() const
{
	return "--- stdout\n" + _output + "--- stderr\n" + _error + "---";
}

Process::Options gimlet(std::vector<std::string> arguments)
{
	arguments.insert(arguments.begin(), GIMLET_BUILD_DIR "/bin/gimlet");
	return {.arguments = std::move(arguments), .environment = {}, .folder = {}};
}

}
