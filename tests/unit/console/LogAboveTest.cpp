#include "plugins/frontend/console/LogAbove.h"

#include <Poco/Logger.h>
#include <Poco/StreamChannel.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "tests/support/ManualLoop.h"

using namespace gimlet;
using namespace gimlet::console;

namespace
{

class ConsoleLogAbove : public testing::Test
{
protected:
	ConsoleLogAbove() : _before(Poco::Logger::root().getChannel())
	{
		if (pipe2(_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
			throw std::runtime_error("no pipe");
		Poco::Logger::setChannel("", new Poco::StreamChannel{_log});
	}

	~ConsoleLogAbove() override
	{
		Poco::Logger::setChannel("", _before);
		close(_pipe[0]);
		close(_pipe[1]);
	}

	/// What was written to the terminal since the last call.
	std::string shown()
	{
		std::array<char, 256> bytes;
		const auto count = read(_pipe[0], bytes.data(), bytes.size());
		return count < 0 ? std::string{} : std::string(bytes.data(), static_cast<std::size_t>(count));
	}

	test::ManualLoop _loop;
	Poco::AutoPtr<Poco::Channel> _before;
	std::ostringstream _log;
	std::array<int, 2> _pipe{};
	int _redrawn = 0;
};

}

TEST_F(ConsoleLogAbove, TakesTheTypedLineAwayAndShowsItAgainBelow)
{
	auto& logger = Poco::Logger::get("test-above");
	auto above = LogAbove::install(_loop, _pipe[1], [this] { ++_redrawn; });
	logger.error("one");
	logger.error("two");
	EXPECT_EQ(shown(), "\r\x1b[K\r\x1b[K");
	EXPECT_EQ(_log.str(), "one\ntwo\n");
	EXPECT_EQ(_redrawn, 0) << "never inside a log call";
	_loop.drain();
	EXPECT_EQ(_redrawn, 1) << "once for all of one moment";
	logger.error("three");
	_loop.drain();
	EXPECT_EQ(_redrawn, 2);
	above->uninstall();
	(void)shown();
	logger.error("four");
	_loop.drain();
	EXPECT_EQ(shown(), "");
	EXPECT_EQ(_redrawn, 2);
	EXPECT_EQ(_log.str(), "one\ntwo\nthree\nfour\n");
}

TEST_F(ConsoleLogAbove, ALineThatIsStillToBeShownAtTheEndIsNot)
{
	auto above = LogAbove::install(_loop, _pipe[1], [this] { ++_redrawn; });
	Poco::Logger::get("test-above").error("one");
	above->uninstall();
	_loop.drain();
	EXPECT_EQ(_redrawn, 0);
}

TEST_F(ConsoleLogAbove, AFileOrAnotherTerminalIsLeftAlone)
{
	int person = -1;
	int terminal = -1;
	ASSERT_EQ(openpty(&person, &terminal, nullptr, nullptr, nullptr), 0);
	EXPECT_TRUE(LogAbove::sameTerminal(terminal, terminal));
	EXPECT_FALSE(LogAbove::sameTerminal(terminal, _pipe[1]));
	EXPECT_FALSE(LogAbove::sameTerminal(_pipe[1], _pipe[1]));
	int otherPerson = -1;
	int other = -1;
	ASSERT_EQ(openpty(&otherPerson, &other, nullptr, nullptr, nullptr), 0);
	EXPECT_FALSE(LogAbove::sameTerminal(terminal, other));
	for (const int descriptor : {person, terminal, otherPerson, other})
		close(descriptor);
}
