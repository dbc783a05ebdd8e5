#include "node/core/config/IniFile.h"

#include <gtest/gtest.h>

namespace gimlet::core
{

namespace
{

/// The only fault of a text, as "LINE: MESSAGE".
std::string onlyFault(std::string_view text)
{
	const auto file = IniFile::parse(text);
	if (file.faults.size() != 1)
		return std::to_string(file.faults.size()) + " faults";
	return std::to_string(file.faults.front().line) + ": " + file.faults.front().message;
}

}

TEST(IniFile, ReadsSectionsKeysAndTheirLines)
{
	const auto file = IniFile::parse(
		"; a comment\n\n[node]\nplugins = udp-plain, stun\n\n[stun]\n  servers=a:1\r\nempty =\n");

	EXPECT_TRUE(file.faults.empty());
	ASSERT_EQ(file.sections.size(), 2U);
	EXPECT_EQ(file.sections[1].name, "stun");
	EXPECT_EQ(file.sections[1].line, 6U);
	ASSERT_EQ(file.entries.size(), 3U);
	EXPECT_EQ(file.find("node", "plugins")->value, "udp-plain, stun");
	EXPECT_EQ(file.find("stun", "servers")->value, "a:1");
	EXPECT_EQ(file.find("stun", "servers")->line, 7U);
	EXPECT_EQ(file.find("stun", "empty")->value, "");
	EXPECT_EQ(file.find("stun", "other"), nullptr);
}

TEST(IniFile, KeepsWhatAValueHolds)
{
	const auto file = IniFile::parse("[a]\nb = c = d [e] # f;g\n");

	EXPECT_TRUE(file.faults.empty());
	EXPECT_EQ(file.find("a", "b")->value, "c = d [e] # f;g");
}

TEST(IniFile, ReadsTheLastLineWithoutItsEndAndSkipsAByteOrderMark)
{
	const auto file = IniFile::parse("\xef\xbb\xbf[a]\nb = c");

	EXPECT_TRUE(file.faults.empty());
	EXPECT_EQ(file.find("a", "b")->value, "c");
}

TEST(IniFile, LetsASectionBeReopened)
{
	const auto file = IniFile::parse("[a]\nb = 1\n[c]\n[a]\nd = 2\n");

	EXPECT_TRUE(file.faults.empty());
	EXPECT_EQ(file.find("a", "d")->line, 5U);
}

TEST(IniFile, RefusesWhatOtherReadersMisread)
{
	EXPECT_EQ(onlyFault("[a]\n# b = c\n"), "2: '#' begins no comment here; begin the line with ';'");
	EXPECT_EQ(onlyFault("[a]\nb = c ; why\n"),
		"2: [a] b: a comment behind a value would become part of it; put it on a line of its own");
	EXPECT_EQ(onlyFault("[a]\nb = 1\nb = 2\n"), "3: [a] b is set twice; first on line 2");
	EXPECT_EQ(onlyFault("b = 1\n"), "1: 'b' stands outside of a section; put it under one, such as [node]");
	EXPECT_EQ(onlyFault("[a]\nhello\n"), "2: 'hello' is neither '[section]' nor 'key = value'");
	EXPECT_EQ(onlyFault("[a]\nthe key = 1\n"), "2: 'the key' is not the name of a key");
	EXPECT_EQ(onlyFault("[a]\n= 1\n"), "2: '' is not the name of a key");
	EXPECT_EQ(onlyFault("[]\n"), "1: '' is not the name of a section");
	EXPECT_EQ(onlyFault("[a] ; why\n"),
		"1: something stands behind the ']' of the section; a comment needs a line of its own");
}

TEST(IniFile, TellsABrokenSectionOnceAndNotEachOfItsKeys)
{
	EXPECT_EQ(onlyFault("[a\nb = 1\nb = 2\n"), "1: '[a' begins a section but has no ']'");
}

TEST(IniFile, RefusesBytesThatAreNoText)
{
	EXPECT_EQ(onlyFault(std::string_view{"[a]\nb = \0c\n", 11}),
		"2: the line holds a control character; is this a text file?");
	EXPECT_EQ(onlyFault("[a]\nb = \xff\n"), "2: the line is not valid UTF-8");
	EXPECT_EQ(
		onlyFault("[a]\nb = \x1b[31m\n"), "2: the line holds a control character; is this a text file?");
}

TEST(IniFile, IsBounded)
{
	EXPECT_EQ(onlyFault("[a]\nb = " + std::string(IniFile::MAX_LINE, 'x')),
		"2: the line is 8196 bytes long; at most 8192 are read");
	EXPECT_EQ(
		onlyFault(std::string(IniFile::MAX_SIZE + 1, '\n')), "1: the file is larger than 1048576 bytes");

	std::string rubbish;
	for (int line = 0; line < 1000; ++line)
		rubbish += "rubbish\n";
	EXPECT_EQ(IniFile::parse(rubbish).faults.size(), IniFile::MAX_FAULTS);
}

}
