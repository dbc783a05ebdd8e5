#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gimlet::test
{

/// A child process whose output the test reads while it runs. Killed when destroyed.
class Process
{
public:
	struct Options
	{
		std::vector<std::string> arguments; ///< [0] is the program, by path or found in PATH
		/// Variables set or, with an empty optional, removed. Everything named GIMLET_*, PORT and the
		/// other names that a node reads is removed first, so that a test is not steered from outside.
		std::map<std::string, std::optional<std::string>> environment;
		std::string folder; ///< working directory; "" keeps the test's
	};

	/// @throws std::runtime_error if it cannot be started.
	explicit Process(const Options& options);
	Process(const Process&) = delete;
	Process& operator=(const Process&) = delete;
	~Process();

	pid_t id() const
	{
		return _id;
	}

	void signal(int number) const;
	void write(const std::string& text);
	void closeInput();

	/// Reads until a line of stdout (or stderr) matches an ECMAScript regular expression, and returns its
	/// first group, or the line if it has none. @throws std::runtime_error with all output on time-out, or
	/// when the process ended without it.
	std::string waitForOutput(const std::string& pattern, std::chrono::milliseconds timeout = LONG);
	std::string waitForError(const std::string& pattern, std::chrono::milliseconds timeout = LONG);

	/// Waits for the end, reading on. @return The exit code; 128 + n when killed by signal n.
	/// @throws std::runtime_error with all output on time-out.
	int waitForExit(std::chrono::milliseconds timeout = LONG);

	/// All that was read so far.
	const std::string& output() const
	{
		return _output;
	}
	const std::string& error() const
	{
		return _error;
	}

	static constexpr std::chrono::milliseconds LONG{20'000};

private:
	bool readSome(std::chrono::milliseconds timeout);
	bool poll();
	std::string waitFor(const std::string& text, std::size_t& seen, const std::string& pattern,
		std::chrono::milliseconds timeout);
	std::string everything() const;

	pid_t _id = -1;
	int _input = -1;
	int _outputPipe = -1;
	int _errorPipe = -1;
	std::string _output;
	std::string _error;
	std::size_t _outputSeen = 0;
	std::size_t _errorSeen = 0;
	std::optional<int> _exit;
};

/// The gimlet binary of this build, with arguments.
Process::Options gimlet(std::vector<std::string> arguments);

}
