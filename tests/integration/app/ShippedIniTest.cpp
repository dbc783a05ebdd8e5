// etc/node.ini and etc/rendezvous.ini are the reference manual: they say of every key what its declaration
// says, and they run as they are shipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/core/Setup.h"
#include "node/core/config/CoreKeys.h"
#include "node/core/config/SampleIni.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::test
{

namespace
{

using core::IniFile;
using core::PluginCatalogue;
using core::Schema;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string PLUGINS = std::string{GIMLET_BUILD_DIR} + "/plugins";

std::string shipped(const std::string& name)
{
	return std::string{GIMLET_SOURCE_DIR} + "/etc/" + name;
}

struct Declared
{
	Schema::Section section;
	std::string summary;
	bool inNode = true;
	bool inRendezvous = true;
};

/// Every section there is. Services belong to rendezvous.ini, the other roles to node.ini.
std::vector<Declared> declared(PluginCatalogue& catalogue)
{
	std::vector<Declared> result;
	for (auto& section : core::coreSections())
		result.push_back({section, core::coreSummary(section.name)});
	for (const auto& name : catalogue.names())
	{
		const auto* library = catalogue.library(name);
		EXPECT_NE(library, nullptr) << catalogue.error(name);
		if (!library)
			continue;
		const bool service = std::string{library->descriptor().role} == "service";
		result.push_back(
			{{.name = name, .keys = library->keys()}, library->descriptor().summary, !service, service});
	}
	return result;
}

/// What of a section is missing in a file, or says something else than the declaration.
std::vector<std::string> differences(const std::string& text, const Declared& expected)
{
	const auto repair = "; see gimlet plugins --ini " + expected.section.name;
	std::vector<std::string> result;
	if (text.find("\n" + core::wrapped(expected.summary, "; ") + "[" + expected.section.name + "]\n") ==
		std::string::npos)
		result.push_back("[" + expected.section.name + "] and its summary" + repair);
	for (const auto& key : expected.section.keys)
	{
		auto sample = "\n" + core::sampleKey(expected.section.name, key);
		const auto line = sample.rfind("\n;") + 1;
		const auto help = sample.substr(0, line);
		const auto set = help + key.name + " = ";
		if (text.find(sample) == std::string::npos && text.find(set) == std::string::npos)
			result.push_back("[" + expected.section.name + "] " + key.name + repair);
	}
	return result;
}

class ShippedIni : public testing::Test
{
protected:
	PluginCatalogue catalogue{{PLUGINS}};
	std::vector<Declared> sections = declared(catalogue);

	std::vector<std::string> allDifferences(const std::string& file, bool Declared::*isIn)
	{
		const auto text = readFile(shipped(file));
		std::vector<std::string> result;
		for (const auto& section : sections)
			if (section.*isIn)
				for (auto& difference : differences(text, section))
					result.push_back(file + ": " + std::move(difference));
		return result;
	}

	/// The keys that a file sets, as "section.key=value".
	static std::vector<std::string> set(const std::string& file)
	{
		std::vector<std::string> result;
		for (const auto& entry : IniFile::parse(readFile(shipped(file))).entries)
			result.push_back(entry.section + "." + entry.key + "=" + entry.value);
		return result;
	}

	/// The value of a key under an environment, by node.ini.
	static core::Setup setup(const std::string& file, const std::map<std::string, std::string>& environment)
	{
		return {{.file = file, .text = readFile(shipped(file)), .overrides = {}, .environment = environment},
			{PLUGINS}};
	}
};

}

TEST_F(ShippedIni, NodeExplainsEveryKeyOfANode)
{
	EXPECT_THAT(allDifferences("node.ini", &Declared::inNode), IsEmpty());
}

TEST_F(ShippedIni, RendezvousExplainsEveryKeyOfAService)
{
	EXPECT_THAT(allDifferences("rendezvous.ini", &Declared::inRendezvous), IsEmpty());
}

TEST_F(ShippedIni, TheComparisonFindsWhatDiffers)
{
	constexpr GimletConfigKey KEYS[] = {
		{"word", GIMLET_TEXT, "hello", "", 0, "", GIMLET_ALIAS_VALUE, "What is said."}};
	const Declared section{{.name = "probe", .keys = KEYS}, "Says something."};
	const auto sample = "\n" + core::sampleSection(section.section, section.summary);
	const auto changed = [&](const std::string& from, const std::string& to)
	{
		auto text = sample;
		return differences(text.replace(text.find(from), from.size(), to), section).size();
	};
	EXPECT_EQ(changed("hello", "hello"), 0U);
	EXPECT_EQ(changed(";word = hello", "word = ahoy"), 0U);
	EXPECT_EQ(changed(";word = hello", ";word = ahoy"), 1U);
	EXPECT_EQ(changed("said", "sung"), 1U);
	EXPECT_EQ(changed("Says", "Sings"), 1U);
	EXPECT_EQ(changed("GIMLET_PROBE_WORD", "GIMLET_PROBE_WORDS"), 1U);
}

TEST_F(ShippedIni, SetNoMoreThanTheyMust)
{
	EXPECT_THAT(
		set("node.ini"), ElementsAre("node.plugins=udp-punch, stun, turn, port-mapping, rendezvous, web",
							 "rendezvous.url=http://127.0.0.1:9000"));
	EXPECT_THAT(set("rendezvous.ini"),
		ElementsAre("node.plugins=rendezvous-server, stun-server", "http.listen=*:9000"));
}

TEST_F(ShippedIni, AreWithoutProblems)
{
	for (const auto* file : {"node.ini", "rendezvous.ini"})
	{
		Process check{gimlet({"check", "--config", shipped(file)})};
		EXPECT_EQ(check.waitForExit(), 0) << check.error();
		EXPECT_EQ(check.error(), "");
	}
}

TEST_F(ShippedIni, AMisspeltKeyAPortOutOfRangeAndAnUnknownPluginAreThreeErrors)
{
	auto text = readFile(shipped("node.ini"));
	const auto replace = [&](const std::string& from, const std::string& to)
	{ text.replace(text.find("\n" + from) + 1, from.size(), to); };
	replace("plugins = udp-punch, stun, turn, port-mapping, rendezvous, web",
		"plugins = udp-punch, stnu, turn, port-mapping, rendezvous, web");
	replace(";listen = 127.0.0.1:8080", "listen = 127.0.0.1:80800");
	replace("url = http://127.0.0.1:9000", "ulr = http://127.0.0.1:9000");
	const TempFolder folder;
	const auto file = folder.write("node.ini", text);
	for (const auto* command : {"run", "check"})
	{
		Process process{gimlet({command, "--config", file})};
		EXPECT_EQ(process.waitForExit(), 78);
		EXPECT_EQ(std::count(process.error().begin(), process.error().end(), '\n'), 3) << process.error();
		for (const auto* part : {"there is no plugin \"stnu\"; did you mean \"stun\"?",
				 "[http] listen = 127.0.0.1:80800: has the port \"80800\", which is out of range",
				 "[rendezvous] ulr = http://127.0.0.1:9000: there is no such key; did you mean \"url\"?"})
			EXPECT_THAT(process.error(), testing::HasSubstr(part));
	}
}

TEST_F(ShippedIni, ARendezvousThatIsNowhereNamesTheVariableAndTheKey)
{
	auto text = readFile(shipped("node.ini"));
	const std::string url = "\nurl = http://127.0.0.1:9000";
	text.erase(text.find(url), url.size());
	const TempFolder folder;
	Process process{gimlet({"check", "--config", folder.write("node.ini", text)})};
	EXPECT_EQ(process.waitForExit(), 78);
	EXPECT_THAT(process.error(), testing::HasSubstr("[rendezvous] url is missing"));
	EXPECT_THAT(process.error(), testing::HasSubstr("RENDEZVOUS_SERVICE_URL"));
}

TEST_F(ShippedIni, NoTwoKeysShareAnEnvironmentName)
{
	Schema schema;
	for (const auto& section : sections)
		schema.add(section.section);
	EXPECT_THAT(schema.collisions(), IsEmpty());
}

// The names that others rely on, and their defaults.
TEST_F(ShippedIni, KeepsItsContracts)
{
	const std::vector<std::pair<std::string, std::string>> contracts{{"node.name", ""},
		{"node.state_dir", ""}, {"node.identity", "file"}, {"node.peers", ""},
		{"http.listen", "127.0.0.1:8080"}, {"http.certificate", ""}, {"http.private_key", ""},
		{"http.trusted_proxies", ""}, {"rendezvous.room", "lobby"}, {"rendezvous.token", ""},
		{"stun.servers", "stun.l.google.com:19302, stun.cloudflare.com:3478"}, {"web.token", ""},
		{"web.hosts", ""}, {"console.format", "text"}, {"rendezvous.ping_interval", "25"},
		{"rendezvous.ping_timeout", "25"}};
	auto node = setup("node.ini", {});
	for (const auto& [name, value] : contracts)
	{
		const auto dot = name.find('.');
		const auto section = name.substr(0, dot);
		const auto declaration = std::find_if(sections.begin(), sections.end(),
			[&](const Declared& candidate) { return candidate.section.name == section; });
		ASSERT_NE(declaration, sections.end()) << name;
		const auto* key = declaration->section.key(name.substr(dot + 1));
		ASSERT_NE(key, nullptr) << name;
		EXPECT_EQ(key->defaultValue, value) << name;
	}
	const auto rendezvous =
		setup("rendezvous.ini", {}).configuration().section("rendezvous-server").text("token");
	EXPECT_EQ(rendezvous, "");
}

TEST_F(ShippedIni, TakesTheVariablesOfTheFirstVersion)
{
	auto node = setup("node.ini", {{"PORT", "7080"}, {"RENDEZVOUS_SERVICE_URL", "https://example.org/"},
									  {"STUN_HOST", "stun.example.org"}, {"INTERNAL_UDP_PORT", "7081"},
									  {"PING_INTERVAL_SEC", "0.5"}, {"PING_TIMEOUT_SEC", "1.5"}});
	EXPECT_THAT(node.problems().lines(), IsEmpty());
	const auto& configuration = node.configuration();
	EXPECT_EQ(configuration.section("http").endpoint("listen").port, 7080);
	EXPECT_FALSE(configuration.section("http").endpoint("listen").endpoint);
	EXPECT_EQ(configuration.section("rendezvous").text("url"), "https://example.org/");
	EXPECT_EQ(configuration.section("stun").text("servers"), "stun.example.org:3478");
	EXPECT_EQ(configuration.section("udp-punch").endpoint("listen").port, 7081);
	EXPECT_EQ(configuration.section("udp-plain").endpoint("listen").port, 7081);
	EXPECT_EQ(configuration.section("rendezvous").seconds("ping_interval").count(), 500);
	EXPECT_EQ(configuration.section("rendezvous").seconds("ping_timeout").count(), 1500);

	auto service = setup("rendezvous.ini", {{"PORT", "7090"}, {"PING_INTERVAL_SEC", "2"}});
	EXPECT_THAT(service.problems().lines(), IsEmpty());
	EXPECT_EQ(service.configuration().section("http").endpoint("listen").port, 7090);
	EXPECT_EQ(service.configuration().section("rendezvous-server").seconds("ping_interval").count(), 2000);
}

TEST_F(ShippedIni, ListensOnTheUdpPortOfTheFirstVersionByDefault)
{
	auto node = setup("node.ini", {});
	for (const auto* transport : {"udp-punch", "udp-plain"})
	{
		EXPECT_EQ(node.configuration().section(transport).endpoint("listen").port, 8081);
		EXPECT_FALSE(node.configuration().section(transport).given("listen"));
	}
}

}
