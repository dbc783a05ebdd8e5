#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/frontend/console/Command.h"
#include "plugins/frontend/console/LineEditor.h"
#include "plugins/frontend/console/LineSplitter.h"
#include "plugins/frontend/console/SafeText.h"

using namespace gimlet;
using namespace gimlet::console;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace
{

ui::PeerView peer(const std::string& id, const std::string& name)
{
	ui::PeerView result;
	result.id = id;
	result.name = name;
	return result;
}

const std::vector PEERS{peer("11112222-0000", "Ann"), peer("11113333-0000", "Ann Marie"),
	peer("aaaabbbb-0000", "bob"), peer("aaaacccc-0000", "Bob"), peer("deadbeef-0000", "")};

struct Lines
{
	std::vector<std::string> all;
	int tooLong = 0;
	LineSplitter splitter{
		8, [this](std::string_view line) { all.emplace_back(line); }, [this] { ++tooLong; }};
};

struct Editor
{
	std::vector<std::string> lines;
	int ends = 0;
	LineEditor editor{100, [this](const std::string& line) { lines.push_back(line); }, [this] { ++ends; }};
};

}

TEST(ConsoleLineSplitter, CutsAtLineFeedsWhereverTheBytesAreSplit)
{
	Lines lines;
	for (const auto* bytes : {"one\ntw", "o\r\n", "\nthree\nlast"})
		lines.splitter.feed(bytes);
	EXPECT_THAT(lines.all, ElementsAre("one", "two", "", "three"));
	lines.splitter.end();
	lines.splitter.end();
	EXPECT_THAT(lines.all, ElementsAre("one", "two", "", "three", "last"));
}

TEST(ConsoleLineSplitter, DropsALineThatIsTooLongAndGoesOn)
{
	Lines lines;
	lines.splitter.feed("12345678\n123456789\n");
	for (int i = 0; i < 1000; ++i)
		lines.splitter.feed("xxxxxxxx");
	lines.splitter.feed("\nok\n123456789");
	lines.splitter.end();
	EXPECT_THAT(lines.all, ElementsAre("12345678", "ok"));
	EXPECT_EQ(lines.tooLong, 3);
}

TEST(ConsoleSafeText, LetsNothingThroughThatSteersATerminal)
{
	EXPECT_EQ(safeText("plain Ünï 👍"), "plain Ünï 👍");
	EXPECT_EQ(safeText("\x1b[2J\a\r\x7f"), "\\x1b[2J\\x07\\x0d\\x7f");
	EXPECT_EQ(safeText("\xc2\x9b"
					   "31m"),
		"\\u{009b}31m")
		<< "C1's control sequence introducer";
	EXPECT_EQ(safeText("a\xe2\x80\xae"
					   "b"),
		"a\\u{202e}b")
		<< "right-to-left override";
	EXPECT_EQ(safeText("\xd8\x9c"), "\\u{061c}") << "Arabic letter mark";
	EXPECT_EQ(safeText("\xff\xc3"), "\\xff\\xc3");
	EXPECT_EQ(safeText("a\tb"), "a    b");
	EXPECT_THAT(safeLines("a\r\n\x1b\nb"), ElementsAre("a", "\\x1b", "b"));
	EXPECT_THAT(safeLines(""), ElementsAre(""));
}

TEST(ConsoleSafeText, AnExcerptIsOneShortLine)
{
	EXPECT_EQ(excerpt("short"), "\"short\"");
	EXPECT_EQ(excerpt("two\nlines"), "\"two...\"");
	EXPECT_EQ(excerpt(std::string(41, 'x')), '"' + std::string(40, 'x') + "...\"");
	EXPECT_EQ(excerpt("\xff"), "\"\\xff\"");
}

TEST(ConsoleCommand, TextIsSaidAsItIs)
{
	EXPECT_EQ(parseCommand("hello  there ", PEERS), Command{(Say{"hello  there ", {}})});
	EXPECT_EQ(parseCommand("//etc/hosts", PEERS), Command{(Say{"/etc/hosts", {}})});
	EXPECT_EQ(parseCommand("  ", PEERS), Command{Nothing{}});
	EXPECT_EQ(parseCommand("", PEERS), Command{Nothing{}});
}

TEST(ConsoleCommand, NamesAndBeginningsOfIdsAddressAPeer)
{
	EXPECT_EQ(parseCommand("/to ann hello", PEERS), Command{(Say{"hello", "11112222-0000"})});
	EXPECT_EQ(parseCommand("/to Ann Marie hello", PEERS), Command{(Say{"hello", "11113333-0000"})});
	EXPECT_EQ(parseCommand("/to dead hello", PEERS), Command{(Say{"hello", "deadbeef-0000"})});
	EXPECT_EQ(parseCommand("/to AAAAB x", PEERS), Command{(Say{"x", "aaaabbbb-0000"})});
	EXPECT_EQ(parseCommand("/to ann", PEERS), Command{TalkWith{"11112222-0000"}});
	EXPECT_EQ(parseCommand("/all", PEERS), Command{TalkWith{}});
}

TEST(ConsoleCommand, SaysWhatItCannotFollow)
{
	const auto mistake = [](std::string_view line)
	{ return std::get<Mistake>(parseCommand(line, PEERS)).message; };
	EXPECT_THAT(mistake("/to bob hi"), HasSubstr("2 peers"));
	EXPECT_THAT(mistake("/to aaaa hi"), HasSubstr("2 peers"));
	EXPECT_THAT(mistake("/to dea hi"), HasSubstr("no peer"));
	EXPECT_THAT(mistake("/to"), HasSubstr("needs a name"));
	EXPECT_THAT(mistake("/all hi"), HasSubstr("alone"));
	EXPECT_THAT(mistake("/whatever"), HasSubstr("no command \"/whatever\""));
}

TEST(ConsoleCommand, TheRest)
{
	EXPECT_EQ(parseCommand("/peers", PEERS), Command{ShowPeers{}});
	EXPECT_EQ(parseCommand("/network", PEERS), Command{ShowNetwork{}});
	EXPECT_EQ(parseCommand("/help", PEERS), Command{ShowHelp{}});
	EXPECT_EQ(parseCommand("/quit", PEERS), Command{Quit{}});
	EXPECT_GT(helpLines().size(), 4U);
}

TEST(ConsoleLineEditor, GivesLinesAndForgetsThem)
{
	Editor typed;
	typed.editor.feed("hel");
	EXPECT_EQ(typed.editor.display(80), "> hel");
	typed.editor.feed("lo\rnext\n");
	EXPECT_THAT(typed.lines, ElementsAre("hello", "next"));
	EXPECT_EQ(typed.editor.display(80), "> ");
}

TEST(ConsoleLineEditor, ErasesCharactersWordsAndLines)
{
	Editor typed;
	typed.editor.feed("naïve\x7f\x7f\x7f");
	EXPECT_EQ(typed.editor.display(80), "> na") << "a character of two bytes goes whole";
	typed.editor.feed("me and more  \x17");
	EXPECT_EQ(typed.editor.display(80), "> name and ");
	typed.editor.feed("\x15");
	EXPECT_EQ(typed.editor.display(80), "> ");
	typed.editor.feed("\x7f\x17\x15");
	EXPECT_EQ(typed.editor.display(80), "> ");
}

TEST(ConsoleLineEditor, CtrlDEndsOnAnEmptyLineOnly)
{
	Editor typed;
	typed.editor.feed("x\x04");
	EXPECT_EQ(typed.ends, 0);
	typed.editor.feed("\x7f\x04");
	EXPECT_EQ(typed.ends, 1);
	EXPECT_THAT(typed.lines, IsEmpty());
}

TEST(ConsoleLineEditor, IgnoresArrowsAndOtherSequences)
{
	Editor typed;
	typed.editor.feed("a\x1b[A\x1b[1;5C\x1bOP\x1bx\x01"
					  "b\n");
	EXPECT_THAT(typed.lines, ElementsAre("ab"));
}

TEST(ConsoleLineEditor, ShowsTheEndOfALongLineAndIsBounded)
{
	Editor typed;
	typed.editor.feed("0123456789äbc");
	EXPECT_EQ(typed.editor.display(10), "> 6789äbc");
	EXPECT_EQ(typed.editor.display(10, "Ann> "), "Ann> 9äbc");
	typed.editor.feed(std::string(1000, 'x') + "\n");
	EXPECT_EQ(typed.lines.front().size(), 100U);
}
