#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>

#include "node/api/EventLoop.h"

namespace gimlet::rendezvous_client
{

/// Runs a shell command beside the loop and collects what it prints. Destroying it kills the command with
/// all that it has started, and calls nobody. Loop thread only.
class CommandRunner
{
public:
	struct Result
	{
		std::string output; ///< of stdout
		/// A sentence if it could not be run, ended with another code than 0, took or printed too much; with
		/// the last line that it wrote to stderr.
		std::string error;
	};

	using Done = std::function<void(const Result&)>;

	static constexpr std::size_t MAX_OUTPUT = 64 * 1024;

	/// Starts it by /bin/sh. @param done Comes once, never inside this call; it may destroy the runner.
	CommandRunner(EventLoop& loop, const std::string& command, std::chrono::milliseconds timeout, Done done);
	CommandRunner(const CommandRunner&) = delete;
	CommandRunner& operator=(const CommandRunner&) = delete;
	~CommandRunner();

private:
	struct Pipe
	{
		Pipe() = default;
		Pipe(const Pipe&) = delete;
		Pipe& operator=(const Pipe&) = delete;
		~Pipe();
		void open();
		void closeWriting();
		void close();
		/// Reads some of what is there. @return False at the end.
		bool fill();

		int reading = -1;
		int writing = -1;
		Watch watch;
		std::string text;
	};

	void start(const std::string& command);
	void watch(Pipe& pipe);
	void read(Pipe& pipe);
	void awaitExit();
	void kill();
	std::string failure(int status) const;
	void finish(std::string error);

	EventLoop& _loop;
	Done _done;
	Pipe _stdout;
	Pipe _stderr;
	pid_t _child = -1;
	Timer _deadline;
	Timer _next;
};

}
