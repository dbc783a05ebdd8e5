#include "node/core/config/Configuration.h"

#include <Poco/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace gimlet::core
{

namespace
{

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array HTTP{
	GimletConfigKey{
		"listen", GIMLET_ENDPOINT, "127.0.0.1:8080", "none", 0, "PORT", GIMLET_ALIAS_PORT, "Help."},
	GimletConfigKey{"token", GIMLET_INTEGER, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE, "Help."},
};
constexpr std::array STUN{
	GimletConfigKey{"servers", GIMLET_HOST_PORTS, "stun.l.google.com:19302", "", GIMLET_RELOADABLE,
		"STUN_HOST,STUN_PORT", GIMLET_ALIAS_HOST_PORT, "Help."},
	GimletConfigKey{
		"interval", GIMLET_SECONDS, "25", "1..60", 0, "PING_INTERVAL_SEC", GIMLET_ALIAS_VALUE, "Help."},
};
constexpr std::array UDP_PLAIN{
	GimletConfigKey{
		"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT, "Help."},
};
constexpr std::array UDP_PUNCH{
	GimletConfigKey{
		"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT, "Help."},
};
constexpr std::array RENDEZVOUS{
	GimletConfigKey{"url", GIMLET_URL, "", "http | https | ws | wss", GIMLET_REQUIRED,
		"RENDEZVOUS_SERVICE_URL", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"room", GIMLET_TEXT, "lobby", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE, "Help."},
};

class ConfigurationTest : public testing::Test
{
protected:
	ConfigurationTest()
	{
		schema.add({.name = "http", .keys = HTTP});
		schema.add({.name = "stun", .keys = STUN});
		schema.add({.name = "udp-plain", .keys = UDP_PLAIN});
		schema.add({.name = "udp-punch", .keys = UDP_PUNCH, .used = false});
		schema.add({.name = "rendezvous", .keys = RENDEZVOUS, .used = false});
		sources.file = "node.ini";
	}

	Configuration read()
	{
		const Layers layers{sources, problems};
		layers.checkNames(schema, problems);
		return {layers, schema, problems};
	}

	std::string listening(const char* section = "http")
	{
		const auto configuration = read();
		const auto address = configuration.section(section).endpoint("listen");
		return (address.endpoint ? address.endpoint->addressString() : "*") + ":" +
			   std::to_string(address.port);
	}

	std::string servers()
	{
		return read().section("stun").text("servers");
	}

	Schema schema;
	Sources sources;
	ProblemList problems;
};

}

TEST_F(ConfigurationTest, TheStrongestLayerCounts)
{
	EXPECT_EQ(servers(), "stun.l.google.com:19302");
	sources.text = "[stun]\nservers = file:1\n";
	EXPECT_EQ(servers(), "file:1");
	EXPECT_EQ(read().section("stun").value("servers").where, "node.ini:2");
	sources.environment["STUN_HOST"] = "alias";
	EXPECT_EQ(servers(), "alias:3478");
	sources.environment["GIMLET_STUN_SERVERS"] = "variable:2";
	EXPECT_EQ(servers(), "variable:2");
	EXPECT_EQ(read().section("stun").value("servers").where, "GIMLET_STUN_SERVERS");
	sources.overrides = {"stun.servers=first:3", "stun.servers=last:4"};
	EXPECT_EQ(servers(), "last:4");
	EXPECT_EQ(read().section("stun").value("servers").origin, Origin::CommandLine);
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, DashesInSectionsAreUnderscoresInTheEnvironment)
{
	sources.environment["GIMLET_UDP_PLAIN_LISTEN"] = "127.0.0.1:5";
	EXPECT_EQ(listening("udp-plain"), "127.0.0.1:5");
	EXPECT_EQ(listening("udp-punch"), "*:8081");
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, PortStandsForAllAddressesUnlessOneIsGiven)
{
	EXPECT_EQ(listening(), "127.0.0.1:8080");
	sources.environment["PORT"] = "7000";
	EXPECT_EQ(listening(), "*:7000");
	sources.text = "[http]\nlisten = [::1]:9000\n";
	EXPECT_EQ(listening(), "::1:7000");
	sources.environment["GIMLET_HTTP_LISTEN"] = "10.0.0.1:1";
	EXPECT_EQ(listening(), "10.0.0.1:7000");
	sources.overrides = {"http.listen=*:2"};
	EXPECT_EQ(listening(), "*:7000");
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, AnEmptyAliasIsNone)
{
	sources.environment["PORT"] = "";
	sources.environment["STUN_HOST"] = "";
	sources.environment["STUN_PORT"] = "";
	sources.environment["PING_INTERVAL_SEC"] = "";
	EXPECT_EQ(listening(), "127.0.0.1:8080");
	EXPECT_EQ(servers(), "stun.l.google.com:19302");
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, StunHostAndPortReplaceTheList)
{
	sources.environment["STUN_HOST"] = "stun.l.google.com";
	EXPECT_EQ(servers(), "stun.l.google.com:19302");
	sources.environment["STUN_HOST"] = "example.org";
	EXPECT_EQ(servers(), "example.org:3478");
	sources.environment["STUN_PORT"] = "5000";
	EXPECT_EQ(servers(), "example.org:5000");
	sources.environment["STUN_HOST"] = "2001:db8::1";
	EXPECT_EQ(servers(), "[2001:db8::1]:5000");
	sources.environment.erase("STUN_HOST");
	EXPECT_EQ(servers(), "stun.l.google.com:5000");
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, WarnsOfAStunPortWithoutAHost)
{
	const auto warnings = [&] { return Layers{sources, problems}.warnings(schema); };
	sources.text = "[stun]\nservers = stun.example.org:3478\n";
	sources.environment["STUN_PORT"] = "5000";
	EXPECT_THAT(warnings(),
		ElementsAre("STUN_PORT is set without STUN_HOST: [stun] servers is stun.l.google.com:5000, "
					"whatever the file says; set both, or GIMLET_STUN_SERVERS"));
	sources.environment["STUN_HOST"] = "example.org";
	EXPECT_THAT(warnings(), IsEmpty());
	sources.environment.erase("STUN_HOST");
	sources.environment["GIMLET_STUN_SERVERS"] = "example.org:3478";
	EXPECT_THAT(warnings(), IsEmpty());
	sources.environment.clear();
	EXPECT_THAT(warnings(), IsEmpty());
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, SaysWhatIsWrongWithStunHostAndPort)
{
	sources.environment["STUN_HOST"] = "example.org:3478";
	sources.environment["STUN_PORT"] = "0";
	read();
	EXPECT_THAT(
		problems.lines(), ElementsAre("environment: STUN_PORT = 0: is not a port; 1 to 65535 is right",
							  "environment: STUN_HOST = example.org:3478: is not one host; name one here and "
							  "its port in STUN_PORT, or "
							  "several in [stun] servers"));
}

TEST_F(ConfigurationTest, TellsAWrongStunPortOnce)
{
	sources.environment["STUN_PORT"] = "0";
	read();
	EXPECT_THAT(
		problems.lines(), ElementsAre("environment: STUN_PORT = 0: is not a port; 1 to 65535 is right"));
}

TEST_F(ConfigurationTest, TellsASharedVariableOnce)
{
	sources.environment["INTERNAL_UDP_PORT"] = "65536";
	const auto configuration = read();
	EXPECT_THAT(problems.lines(), ElementsAre("environment: INTERNAL_UDP_PORT = 65536: is not a port; 0 to "
											  "65535 is right, 0 for any free one"));
	EXPECT_FALSE(configuration.sound("udp-plain"));
	EXPECT_FALSE(configuration.sound("udp-punch"));
	EXPECT_TRUE(configuration.sound("stun"));
}

TEST_F(ConfigurationTest, TellsEverythingAtOnceInTheOrderOfTheFile)
{
	sources.text = "[http]\nlisten = 127.0.0.1:70000\n[stnu]\nservers = a:1\n[stun]\nintervall = 5\ninterval "
				   "= 100\n# note\n";
	sources.environment["GIMLET_STUN_SERVER"] = "x";
	sources.environment["PATH"] = "/bin";
	sources.overrides = {"stun.interval=0", "rendezvou.url=x", "nonsense", "http.lisen=*:1"};
	read();
	EXPECT_THAT(problems.lines(),
		ElementsAre("node.ini:2: [http] listen = 127.0.0.1:70000: has the port \"70000\", which is out of "
					"range; 0 to 65535 is right",
			"node.ini:3: [stnu]: there is no such section; did you mean \"stun\"?",
			"node.ini:6: [stun] intervall = 5: there is no such key; did you mean \"interval\"?",
			"node.ini:8: '#' begins no comment here; begin the line with ';'",
			"--set nonsense: write it as section.key=value",
			"environment: GIMLET_STUN_SERVER: there is no such setting; did you mean "
			"\"GIMLET_STUN_SERVERS\"?",
			"--set rendezvou.url=x: [rendezvou]: there is no such section; did you mean \"rendezvous\"?",
			"--set http.lisen=*:1: there is no such key; did you mean \"listen\"?",
			"--set stun.interval=0: is out of range; 1 to 60 seconds is right"));
}

TEST_F(ConfigurationTest, NamesTheKeysWhenNoneIsNear)
{
	sources.text = "[stun]\nwhatever = 1\n";
	read();
	EXPECT_THAT(problems.lines(),
		ElementsAre("node.ini:2: [stun] whatever = 1: there is no such key; [stun] has interval, servers"));
}

TEST_F(ConfigurationTest, AsksForRequiredKeysOfUsedSectionsOnly)
{
	read();
	EXPECT_THAT(problems.lines(), IsEmpty());

	Schema used;
	used.add({.name = "rendezvous", .keys = RENDEZVOUS});
	const Layers layers{sources, problems};
	const Configuration configuration{layers, used, problems};
	EXPECT_THAT(problems.lines(),
		ElementsAre("node.ini: [rendezvous] url is missing; set it there, or the environment variable "
					"RENDEZVOUS_SERVICE_URL or GIMLET_RENDEZVOUS_URL, or --set rendezvous.url=..."));
	EXPECT_FALSE(configuration.sound("rendezvous"));
}

TEST_F(ConfigurationTest, AMisspeltRequiredKeyIsOneProblem)
{
	Schema used;
	used.add({.name = "rendezvous", .keys = RENDEZVOUS});
	sources.text = "[rendezvous]\nulr = http://a\n";
	const Layers layers{sources, problems};
	layers.checkNames(used, problems);
	const Configuration configuration{layers, used, problems};
	EXPECT_THAT(problems.lines(),
		ElementsAre("node.ini:2: [rendezvous] ulr = http://a: there is no such key; did you mean \"url\"?"));
	EXPECT_FALSE(configuration.sound("rendezvous"));
}

TEST_F(ConfigurationTest, AnEmptyRequiredKeyIsNamedWhereItStands)
{
	Schema used;
	used.add({.name = "rendezvous", .keys = RENDEZVOUS});
	sources.environment["GIMLET_RENDEZVOUS_URL"] = "";
	const Layers layers{sources, problems};
	const Configuration configuration{layers, used, problems};
	EXPECT_THAT(problems.lines(),
		ElementsAre(
			"environment: GIMLET_RENDEZVOUS_URL: is empty; a URL (http | https | ws | wss) is right"));
}

TEST_F(ConfigurationTest, ShowsNoSecret)
{
	sources.text = "[http]\ntoken = hunter2\ntokn = hunter2\n";
	sources.overrides = {"htp.token=hunter2", "http.pasword=hunter2"};
	sources.environment["GIMLET_HTTP_TOKN"] = "hunter2";
	read();
	EXPECT_THAT(problems.lines(),
		ElementsAre("node.ini:2: [http] token = (hidden): is not a whole number; a whole number is right",
			"node.ini:3: [http] tokn = (hidden): there is no such key; did you mean \"token\"?",
			"environment: GIMLET_HTTP_TOKN: there is no such setting; did you mean \"GIMLET_HTTP_TOKEN\"?",
			"--set htp.token=(hidden): [htp]: there is no such section; did you mean \"http\"?",
			"--set http.pasword=(hidden): there is no such key; [http] has listen, token"));
}

TEST_F(ConfigurationTest, LeavesReservedAndForeignVariablesAlone)
{
	sources.environment["GIMLET_NODE_KEY"] = "-----BEGIN";
	sources.environment["GIMLETS"] = "3";
	read();
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, LetsAnythingPassInAnOpaqueSection)
{
	schema.add({.name = "broken", .keys = {}, .opaque = true});
	sources.text = "[broken]\nx = 1\n";
	sources.environment["GIMLET_BROKEN_Y"] = "2";
	sources.overrides = {"broken.z=3"};
	read();
	EXPECT_TRUE(problems.empty());
}

TEST_F(ConfigurationTest, AddsTheLineToWhatAPluginFindsWrong)
{
	sources.text = "[stun]\nservers = a:1\n";
	const auto configuration = read();
	ConfigurationProblems collector{configuration, problems};
	collector.add("stun", "servers", "names one server; two are needed");
	collector.add("stun", "interval", "does not go with it");
	collector.add("elsewhere", "key", "is no section of this node");
	EXPECT_THAT(
		problems.lines(), ElementsAre("node.ini:2: [stun] servers = a:1: names one server; two are needed",
							  "[stun] interval = 25 (the default): does not go with it",
							  "[elsewhere] key: is no section of this node"));
}

TEST_F(ConfigurationTest, KnowsWhatChangedAndTakesWhatIsReloadable)
{
	auto running = read();
	sources.text = "[stun]\nservers = new:1\ninterval = 30\n[rendezvous]\nroom = attic\n";
	const auto newer = read();

	std::vector<std::string> changed;
	for (const auto& [section, key, reloadable] : running.changesTo(newer, schema))
		changed.push_back(section + "." + key + (reloadable ? "" : " (restart)"));
	// Nobody uses [rendezvous] here.
	EXPECT_THAT(changed, ElementsAre("stun.servers", "stun.interval (restart)"));

	running.takeReloadable(newer, schema);
	EXPECT_EQ(running.section("stun").text("servers"), "new:1");
	EXPECT_EQ(running.section("stun").text("interval"), "25");
	EXPECT_EQ(running.section("rendezvous").text("room"), "attic");
}

TEST_F(ConfigurationTest, HasOnlyDeclaredSections)
{
	EXPECT_THROW(static_cast<void>(read().section("nonsense")), Poco::NotFoundException);
}

TEST(Schema, FindsNamesThatCollide)
{
	constexpr std::array FIRST{
		GimletConfigKey{"server_listen", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, "Help."}};
	constexpr std::array SECOND{
		GimletConfigKey{"listen", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, "Help."}};
	Schema schema;
	schema.add({.name = "stun", .keys = FIRST});
	EXPECT_THAT(schema.collisions(), IsEmpty());
	schema.add({.name = "stun-server", .keys = SECOND});
	EXPECT_THAT(schema.collisions(),
		ElementsAre("[stun] server_listen and [stun-server] listen would both be GIMLET_STUN_SERVER_LISTEN"));
}

}
