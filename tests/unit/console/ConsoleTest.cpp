#include "plugins/frontend/console/Console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/protocol/ui/Codec.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeNode.h"
#include "tests/support/ManualLoop.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace gimlet::console;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace
{

/// A console whose stdin and stdout are pipes of the test's.
class ConsolePlugin : public testing::Test
{
protected:
	ConsolePlugin()
	{
		_context.users = &_node;
		if (pipe2(_input.data(), O_CLOEXEC) != 0 || pipe2(_output.data(), O_CLOEXEC) != 0)
			throw std::runtime_error("no pipes");
		fcntl(_output[0], F_SETFL, O_NONBLOCK);
	}

	~ConsolePlugin() override
	{
		_console.reset();
		for (const int descriptor : {_input[0], _input[1], _output[0], _output[1]})
			if (descriptor >= 0)
				close(descriptor);
	}

	void start(const std::string& format, int input = -1, int output = -1)
	{
		_console = std::make_unique<Console>(
			_context, input < 0 ? _input[0] : input, output < 0 ? _output[1] : output);
		test::FakeProblems problems;
		_console->configure(test::settings("console", {{"format", format}, {"linger", "10"}}), problems);
		_console->start();
	}

	void type(const std::string& text)
	{
		ASSERT_EQ(write(_input[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
		_loop.fire(_input[0], EventLoop::READABLE);
	}

	void endInput()
	{
		close(std::exchange(_input[1], -1));
		_loop.fire(_input[0], EventLoop::READABLE);
	}

	/// A pipe is opened anew under a number that the test does not know; a socket is not.
	void useSocketForOutput()
	{
		close(_output[0]);
		close(_output[1]);
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, _output.data()) != 0)
			throw std::runtime_error("no sockets");
		fcntl(_output[0], F_SETFL, O_NONBLOCK);
	}

	/// The whole lines that came out since the last call.
	std::vector<std::string> lines()
	{
		auto text = std::exchange(_rest, "");
		std::array<char, 65536> chunk;
		for (ssize_t count = 0; (count = read(_output[0], chunk.data(), chunk.size())) > 0;)
			text.append(chunk.data(), static_cast<std::size_t>(count));
		const auto end = text.rfind('\n') + 1;
		_rest = text.substr(end);
		std::istringstream stream{text.substr(0, end)};
		std::vector<std::string> result;
		for (std::string line; std::getline(stream, line);)
			result.push_back(line);
		return result;
	}

	std::vector<ui::ToPage> objects()
	{
		std::vector<ui::ToPage> result;
		std::string error;
		for (const auto& line : lines())
			result.push_back(ui::decodeToPage(line, error).value());
		return result;
	}

	test::ManualLoop _loop;
	test::FakeContext _context{_loop, "console"};
	test::FakeNode _node;
	std::array<int, 2> _input{};
	std::array<int, 2> _output{};
	std::string _rest;
	std::unique_ptr<Console> _console;
};

}

TEST_F(ConsolePlugin, JsonSpeaksTheObjectsOfThePageOneALine)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start("json");
	EXPECT_EQ(std::get<ui::InitInfo>(objects().at(0)).workerId, _node.ownId);
	type("{\"type\":\"send_p2p_message\",\"content\":\"hello\",\"id\":\"m1\"}\n\n{\"type\":\"ping\"}\n");
	EXPECT_THAT(
		objects(), ElementsAre(ui::ToPage{(ui::MessageSent{"m1", "hello", {peer}, _node.time, 0, {}})},
					   ui::ToPage{ui::Pong{}}));
	_node.receive(peer, "two\nlines");
	EXPECT_EQ(std::get<ui::MessageReceived>(objects().at(0)).content, "two\nlines");
}

TEST_F(ConsolePlugin, JsonAnswersNonsenseWithAnError)
{
	start("json");
	(void)objects();
	type("nonsense\n" + std::string(10, 'x') + '\n');
	const auto told = objects();
	ASSERT_THAT(told, SizeIs(2));
	EXPECT_EQ(std::get<ui::Error>(told[0]).code, "bad_message");
}

TEST_F(ConsolePlugin, JsonOfATypeThatThereIsNotIsAnsweredToo)
{
	start("json");
	(void)objects();
	type("{\"type\":\"chat\",\"text\":\"x\"}\n{\"type\":\"ping\",\"later\":1}\n");
	const auto told = objects();
	ASSERT_THAT(told, SizeIs(2));
	EXPECT_EQ(std::get<ui::Error>(told[0]).code, "bad_message");
	EXPECT_THAT(std::get<ui::Error>(told[0]).message, testing::HasSubstr("no type \"chat\""));
	EXPECT_EQ(told[1], ui::ToPage{ui::Pong{}}) << "members that are not known are ignored";
}

TEST_F(ConsolePlugin, AtTheEndOfInputItWaitsForConfirmationAndEnds)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start("json");
	type(R"({"type":"send_p2p_message","content":"hello","id":"m1"})"); // no line feed
	endInput();
	EXPECT_THAT(_node.requests, SizeIs(1));
	_node.deliver(peer, "m1", Delivery::Sent);
	EXPECT_EQ(_context.stopRequested, std::nullopt);
	_node.deliver(peer, "m1", Delivery::Delivered);
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, ItDoesNotWaitForEver)
{
	_node.addPeer('a', "Ann", LinkState::Up);
	start("json");
	type("{\"type\":\"send_p2p_message\",\"content\":\"hello\"}\n");
	endInput();
	_loop.advance(std::chrono::seconds{9});
	EXPECT_EQ(_context.stopRequested, std::nullopt);
	_loop.advance(std::chrono::seconds{2});
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, WithNothingSentItEndsAtOnce)
{
	start("text");
	endInput();
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, TextIsAChat)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	_node.addPeer('b', "Bob", LinkState::Up);
	start("text");
	EXPECT_THAT(lines().at(0), HasSubstr("this node is kitchen"));
	type("hello\n/to Ann secret\n/to Ann\nmore\n/all\nbye\n");
	ASSERT_THAT(_node.requests, SizeIs(4));
	EXPECT_EQ(_node.requests[0].to, std::nullopt);
	EXPECT_EQ(_node.requests[1].to, peer);
	EXPECT_EQ(_node.requests[1].content, "secret");
	EXPECT_EQ(_node.requests[2].to, peer);
	EXPECT_EQ(_node.requests[3].to, std::nullopt);
	EXPECT_THAT(lines(), ElementsAre("-- you talk with Ann alone", "-- you talk with everybody"))
		<< "a terminal has echoed what was typed";
	type("/peers\n/help\n/nonsense\n");
	EXPECT_THAT(lines(), SizeIs(2 + 11 + 1));
	type("/quit\n");
	_node.deliver(peer, "made-1", Delivery::Delivered);
	_loop.advance(std::chrono::seconds{11});
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, WhatAnotherFrontendSendsIsShown)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start("text");
	(void)lines();
	_node.send(peer, "from the page", "m9", nullptr);
	EXPECT_THAT(lines(), ElementsAre(HasSubstr("you: from the page")));
}

TEST_F(ConsolePlugin, ASlowReaderIsBoundedAndLearnsWhatItMissed)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	useSocketForOutput();
	start("json");
	for (int i = 0; i < 100; ++i)
		_node.receive(peer, std::string(30'000, 'x'));
	std::vector<ui::ToPage> told;
	do
		for (auto& object : objects())
			told.push_back(std::move(object));
	while (_loop.fire(_output[1], EventLoop::WRITABLE));
	for (auto& object : objects())
		told.push_back(std::move(object));

	const auto shown = std::count_if(told.begin(), told.end(),
		[](const auto& object) { return std::holds_alternative<ui::MessageReceived>(object); });
	EXPECT_GT(shown, 10);
	EXPECT_LT(shown, 100);
	EXPECT_EQ(std::get<ui::Notice>(told.back()).message,
		std::to_string(100 - shown) + " objects were not shown: the output was read too slowly");
}

TEST_F(ConsolePlugin, AReaderThatIsGoneEndsTheNode)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	useSocketForOutput();
	start("json");
	close(std::exchange(_output[0], -1));
	_node.receive(peer, "hi");
	_node.receive(peer, "hi");
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, ReadsAFileToItsEnd)
{
	const test::TempFolder folder;
	const auto path = folder.write("input", std::string(40'000, '\n') + "hello\n");
	const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	start("text", file);
	_loop.advance(std::chrono::milliseconds{1});
	close(file);
	ASSERT_THAT(_node.requests, SizeIs(1));
	EXPECT_EQ(_context.stopRequested, 0);
}

TEST_F(ConsolePlugin, LeavesNothingBehind)
{
	start("text");
	_console->stop();
	_console->stop();
	EXPECT_EQ(_loop.watches(), 0U);
	EXPECT_EQ(_loop.timers(), 0U);
	EXPECT_THAT(_node.observers, IsEmpty());
}

TEST_F(ConsolePlugin, TextVerifiesByTheCodeThatTheOtherReadsOut)
{
	const auto ann = _node.addPeer('a', "Ann", LinkState::Up);
	_node.prove(ann);
	start("text");
	(void)lines();
	type("/verify ann\n");
	EXPECT_THAT(lines().at(0), HasSubstr("amber bridge candle delta eagle (01234 56789)"));
	EXPECT_EQ(_node.peer(ann).trust, Trust::Proven) << "showing the code compares nothing";
	type("/verify ann 98765 43210\n");
	EXPECT_THAT(lines().at(0), HasSubstr("!! This is not the code"));
	EXPECT_EQ(_node.peer(ann).trust, Trust::Proven);
	type("/verify ann 0123456789\n");
	EXPECT_EQ(_node.peer(ann).trust, Trust::Verified);
	EXPECT_EQ(lines().back(), "-- Ann is verified: the codes are the same");
	type("/forget ann\n");
	EXPECT_EQ(_node.peer(ann).trust, Trust::Proven);
}

TEST_F(ConsolePlugin, JsonVerifiesAsThePageDoes)
{
	const auto ann = _node.addPeer('a', "Ann", LinkState::Up);
	_node.prove(ann);
	start("json");
	(void)objects();
	type(ui::encode(ui::FromPage{ui::VerifyPeer{ann, "01234 56789"}}) + '\n');
	const auto told = objects();
	EXPECT_EQ(std::get<ui::PeerUpdate>(told.at(0)).peer.trust, Trust::Verified);
	EXPECT_EQ(told.back(), (ui::ToPage{ui::Verification{ann, true}}));
}
