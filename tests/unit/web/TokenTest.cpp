#include "plugins/frontend/web/Token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet::web;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(WebToken, MadeOnesAreStrongAndDiffer)
{
	const auto token = randomText(32);
	EXPECT_EQ(token.size(), 43U);
	EXPECT_THAT(tokenWeakness(token), IsEmpty());
	EXPECT_NE(token, randomText(32));
	EXPECT_EQ(randomText(100).find_first_of("\r\n="), std::string::npos);
}

TEST(WebToken, TakesWhatHas128Bits)
{
	for (const auto* token :
		{"Zm9vYmFyYmF6cXV4MTIzNA", "Zm9vYmFyYmF6cXV4MTIzNA==", "0123456789abcdef0123456789abcdef",
			"3f0d6c1e-58d7-4f6e-9c38-0a4a5b8f2a11", "some.long_token~with-Symbols42"})
		EXPECT_THAT(tokenWeakness(token), IsEmpty()) << token;
}

TEST(WebToken, RefusesWhatHasFewer)
{
	EXPECT_THAT(tokenWeakness("Zm9vYmFyYmF6cXV4MTIzN"), HasSubstr("too short: 22 of"));
	EXPECT_THAT(tokenWeakness("0123456789abcdef0123456789abcde"), HasSubstr("too short: 32 of"));
	EXPECT_THAT(tokenWeakness("01234567890123456789012345678901"), HasSubstr("too short: 39 of"));
	EXPECT_THAT(tokenWeakness("secret"), HasSubstr("'openssl rand -hex 16'"));
	EXPECT_THAT(tokenWeakness(std::string(64, 'a')), HasSubstr("too simple"));
}

TEST(WebToken, RefusesWhatNoHeaderCanCarry)
{
	for (const auto* token :
		{"with a space 0123456789abcdef", "semicolon;0123456789abcdefghi", "ü0123456789abcdefghijklm"})
		EXPECT_THAT(tokenWeakness(token), HasSubstr("made of")) << token;
}
