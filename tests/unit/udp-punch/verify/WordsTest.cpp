#include "plugins/transport/udp-punch/verify/Words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/TempFolder.h"

namespace gimlet::udp_punch::verify::test
{

namespace
{

/// How many letters are to be changed, added or left out to make one word of the other (Levenshtein).
std::size_t distance(std::string_view one, std::string_view other)
{
	std::vector<std::size_t> row(other.size() + 1);
	for (std::size_t column = 0; column < row.size(); ++column)
		row[column] = column;
	for (std::size_t line = 0; line < one.size(); ++line)
	{
		std::size_t diagonal = row[0];
		row[0] = line + 1;
		for (std::size_t column = 0; column < other.size(); ++column)
		{
			const auto changed = diagonal + (one[line] == other[column] ? 0 : 1);
			diagonal = row[column + 1];
			row[column + 1] = std::min({changed, row[column] + 1, row[column + 1] + 1});
		}
	}
	return row.back();
}

}

TEST(VerifyWords, AreShortAndPlain)
{
	for (const auto word : WORDS)
	{
		EXPECT_GE(word.size(), 3U) << word;
		EXPECT_LE(word.size(), 7U) << word;
		EXPECT_TRUE(std::ranges::all_of(word, [](char letter) { return letter >= 'a' && letter <= 'z'; }))
			<< word;
	}
	EXPECT_TRUE(std::ranges::is_sorted(WORDS));
}

/// A node of somebody else's takes them from there.
TEST(VerifyWords, StandInTheProtocolPage)
{
	auto page = gimlet::test::readFile(GIMLET_SOURCE_DIR "/docs/PROTOCOL.md");
	std::ranges::replace(page, '\n', ' ');
	std::string all;
	for (const auto word : WORDS)
		all.append(" ").append(word);
	EXPECT_NE(page.find("```" + all + " ```"), std::string::npos);
}

TEST(VerifyWords, AreKnownByTheirFirstThreeLetters)
{
	std::set<std::string_view> beginnings;
	for (const auto word : WORDS)
		EXPECT_TRUE(beginnings.insert(word.substr(0, 3)).second) << word;
	EXPECT_EQ(beginnings.size(), 256U);
}

TEST(VerifyWords, DifferInThreeLettersAtLeast)
{
	EXPECT_EQ(distance("willow", "window"), 2U);
	EXPECT_EQ(distance("fox", "frog"), 2U);
	EXPECT_EQ(distance("cat", "cart"), 1U);
	for (std::size_t one = 0; one < WORDS.size(); ++one)
		for (std::size_t other = one + 1; other < WORDS.size(); ++other)
			EXPECT_GE(distance(WORDS[one], WORDS[other]), 3U) << WORDS[one] << " " << WORDS[other];
}

}
