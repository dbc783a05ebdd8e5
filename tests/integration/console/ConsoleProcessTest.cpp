// The console as scripts and people have it: real processes, real pipes, a real terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "plugins/frontend/console/Console.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeNode.h"
#include "tests/support/ManualLoop.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;
using testing::Not;

class ConsoleProcess : public testing::Test
{
protected:
	/// A rendezvous that both nodes know.
	void startRendezvous()
	{
		_rendezvous = std::make_unique<Process>(gimlet({"run", "--config",
			_folder.write(
				"rendezvous.ini", "[node]\nplugins = rendezvous-server\n[http]\nlisten = 127.0.0.1:0\n")}));
		_url = _rendezvous->waitForError("listening on (http://[0-9.:]+)");
	}

	/// The ini file of a node with nothing but a console and what it takes to link.
	std::string nodeIni(const std::string& name, const std::string& format)
	{
		return _folder.write(name + ".ini",
			fmt::format("[node]\nplugins = udp-plain, rendezvous, console\nname = {}\n[http]\nlisten = none\n"
						"[rendezvous]\nurl = {}\n[udp-plain]\nlisten = 127.0.0.1:0\n[console]\nformat = {}\n",
				name, _url, format));
	}

	std::unique_ptr<Process> startNode(const std::string& name, const std::string& format = "json")
	{
		return std::make_unique<Process>(gimlet({"run", "--config", nodeIni(name, format)}));
	}

	/// Runs a node with its input from a file; gives the exit code.
	int runWithInput(const std::string& file)
	{
		auto options = gimlet({"run", "--config", nodeIni("reader", "json")});
		options.arguments.insert(
			options.arguments.begin(), {"/bin/sh", "-c", "input=$1; shift; exec \"$@\" <$input", "sh", file});
		Process process{options};
		return process.waitForExit();
	}

	TempFolder _folder;
	std::unique_ptr<Process> _rendezvous;
	std::string _url = "http://127.0.0.1:1";
};

TEST_F(ConsoleProcess, TwoScriptsTalkAndEndWithTheirInput)
{
	startRendezvous();
	const auto ann = startNode("ann");
	const auto bob = startNode("bob");
	ann->waitForOutput(R"("type":"p2p_status_update".*"state":"up")");
	bob->waitForOutput(R"("type":"p2p_status_update".*"state":"up")");
	ann->write("{\"type\":\"send_p2p_message\",\"content\":\"from a script\",\"id\":\"m1\"}\n");
	bob->waitForOutput(R"("type":"p2p_message_received".*"content":"from a script")");
	ann->waitForOutput(R"("type":"delivery","id":"m1".*"state":"delivered")");
	bob->write("{\"type\":\"send_p2p_message\",\"content\":\"the last word\"}"); // no line feed
	bob->closeInput();
	EXPECT_EQ(bob->waitForExit(), 0);
	EXPECT_THAT(bob->output(), HasSubstr("\"state\":\"delivered\""));
	EXPECT_THAT(bob->output(), Not(testing::ContainsRegex("\n[^{]"))) << "stdout carries objects alone";
	ann->waitForOutput("the last word");
}

TEST_F(ConsoleProcess, AReaderThatTakesItsTimeStopsNobodyAndLosesNothing)
{
	constexpr int MESSAGES = 300;
	startRendezvous();
	const auto ann = startNode("ann");
	const auto bob = startNode("bob");
	ann->waitForOutput(R"("type":"p2p_status_update".*"state":"up")");
	bob->waitForOutput(R"("type":"p2p_status_update".*"state":"up")");
	// Nobody reads bob's output, which is more than a pipe holds, and yet he acknowledges everything.
	for (int i = 0; i < MESSAGES; ++i)
	{
		ann->write(fmt::format("{{\"type\":\"send_p2p_message\",\"content\":\"{}\",\"id\":\"m{}\"}}\n",
			std::string(900, 'x'), i));
		ann->waitForOutput(fmt::format(R"("type":"delivery","id":"m{}".*"state":"delivered")", i));
	}
	bob->waitForOutput(fmt::format(R"("id":"m{}")", MESSAGES - 1));
	for (int i = 0; i < MESSAGES; ++i)
		EXPECT_THAT(bob->output(), HasSubstr(fmt::format("\"id\":\"m{}\"", i)));
}

TEST_F(ConsoleProcess, AFileAndNoInputAtAllAreReadToTheirEnd)
{
	EXPECT_EQ(runWithInput(_folder.write("input", "{\"type\":\"ping\"}\n")), 0);
	EXPECT_EQ(runWithInput("/dev/null"), 0);
}

TEST_F(ConsoleProcess, WithoutAReaderItEnds)
{
	auto options = gimlet({"run", "--config", nodeIni("ann", "json")});
	options.arguments.insert(
		options.arguments.begin(), {"/bin/sh", "-c", "{ \"$@\"; echo \"ended with $?\" >&2; } | true", "sh"});
	Process process{options};
	process.waitForError("ended with 0");
}

/// A console in a terminal, whose other side is the test.
class ConsoleTerminal : public testing::Test
{
protected:
	ConsoleTerminal()
	{
		if (openpty(&_person, &_terminal, nullptr, nullptr, nullptr) != 0)
			throw std::runtime_error("no terminals to be had");
		fcntl(_person, F_SETFL, O_NONBLOCK);
		tcgetattr(_terminal, &_before);
		setenv("TERM", "xterm", 1);
		_context.users = &_node;
		_peer = _node.addPeer('a', "Ann", LinkState::Up);
		_console = std::make_unique<console::Console>(_context, _terminal, _terminal);
		FakeProblems problems;
		_console->configure(settings("console", {{"format", "text"}, {"linger", "10"}}), problems);
		_console->start();
		(void)screen();
	}

	~ConsoleTerminal() override
	{
		_console.reset();
		close(_terminal);
		if (_person >= 0)
			close(_person);
	}

	void type(const std::string& keys)
	{
		ASSERT_EQ(write(_person, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
		_loop.fire(_terminal, EventLoop::READABLE);
	}

	/// What came out since the last call.
	std::string screen()
	{
		std::string text;
		std::array<char, 4096> chunk{};
		for (ssize_t count = 0; (count = read(_person, chunk.data(), chunk.size())) > 0;)
			text.append(chunk.data(), static_cast<std::size_t>(count));
		return text;
	}

	int _person = -1;
	int _terminal = -1;
	termios _before{};
	ManualLoop _loop;
	FakeContext _context{_loop, "console"};
	FakeNode _node;
	PeerId _peer;
	std::unique_ptr<console::Console> _console;
};

const std::string CLEARED = "\r\x1b[K";

TEST_F(ConsoleTerminal, WhatIsTypedStaysBelowWhatComesIn)
{
	type("half a sen");
	EXPECT_EQ(screen(), CLEARED + "> half a sen");
	_node.receive(_peer, "hello");
	EXPECT_THAT(screen(), testing::MatchesRegex("\r\x1b\\[K.....? Ann: hello\r\n> half a sen"));
	type("tence\r");
	ASSERT_EQ(_node.requests.size(), 1U);
	EXPECT_EQ(_node.requests[0].content, "half a sentence");
	EXPECT_THAT(screen(), HasSubstr("you: half a sentence\r\n> "));
	type("/to Ann\r");
	EXPECT_THAT(screen(), testing::EndsWith("Ann> "));
}

TEST_F(ConsoleTerminal, TheTerminalIsLeftAsItWas)
{
	termios now{};
	tcgetattr(_terminal, &now);
	EXPECT_EQ(now.c_lflag & ECHO, 0U);
	EXPECT_NE(now.c_lflag & ISIG, 0U) << "Ctrl-C must go on ending the node";
	type("something");
	_console->stop();
	tcgetattr(_terminal, &now);
	EXPECT_EQ(now.c_lflag, _before.c_lflag);
	EXPECT_THAT(screen(), testing::EndsWith(CLEARED));
}

TEST_F(ConsoleTerminal, CtrlDEnds)
{
	type("\x04");
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsoleTerminal, AClosedTerminalEnds)
{
	close(std::exchange(_person, -1));
	_loop.fire(_terminal, EventLoop::READABLE | EventLoop::HANGUP);
	EXPECT_EQ(_context.stopRequested, 0);
}

}

}
