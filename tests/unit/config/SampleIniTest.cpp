#include "node/core/config/SampleIni.h"

#include <gtest/gtest.h>

#include <array>

#include "node/core/config/IniFile.h"

namespace gimlet::core
{

namespace
{

constexpr std::array KEYS{
	GimletConfigKey{"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT,
		"Where datagrams are received."},
	GimletConfigKey{"token", GIMLET_TEXT, "", "", GIMLET_SECRET | GIMLET_REQUIRED | GIMLET_RELOADABLE, "",
		GIMLET_ALIAS_VALUE,
		"A help text that is so long that it does not go into one line of a file that people read in a "
		"terminal "
		"that is a hundred wide."},
};

}

TEST(SampleIni, SaysAllThatIsKnownOfAKey)
{
	EXPECT_EQ(sampleSection({.name = "udp-plain", .keys = KEYS}, "Datagrams in plain text."),
		"; Datagrams in plain text.\n"
		"[udp-plain]\n"
		"\n"
		"; Where datagrams are received.\n"
		"; Takes address:port. Environment: GIMLET_UDP_PLAIN_LISTEN, or INTERNAL_UDP_PORT for its port "
		"alone.\n"
		";listen = *:8081\n"
		"\n"
		"; A help text that is so long that it does not go into one line of a file that people read in a\n"
		"; terminal that is a hundred wide.\n"
		"; Takes text; must be set; never logged; SIGHUP applies a change. Environment:\n"
		"; GIMLET_UDP_PLAIN_TOKEN.\n"
		";token =\n");
}

TEST(SampleIni, IsAnIniFileThatSetsNothing)
{
	const auto file = IniFile::parse(sampleSection({.name = "udp-plain", .keys = KEYS}, "Datagrams."));
	EXPECT_TRUE(file.faults.empty());
	EXPECT_TRUE(file.entries.empty());
}

}
