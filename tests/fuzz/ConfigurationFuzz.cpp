// Configurations: whatever is read reads the same when it is written again; a section without a problem holds
// values of its types only; no problem breaks out of its line.
#include <Poco/String.h>

#include <algorithm>
#include <array>

#include "node/core/config/Configuration.h"
#include "node/core/config/ValueCheck.h"
#include "node/protocol/json/Utf8.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::core;

namespace
{

constexpr std::array KEYS{
	GimletConfigKey{"text", GIMLET_TEXT, "", "", GIMLET_REQUIRED, "TEXT", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"boolean", GIMLET_BOOLEAN, "yes", "", 0, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"integer", GIMLET_INTEGER, "5", "-3..7", 0, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"seconds", GIMLET_SECONDS, "25", "0.5..60", 0, "SECONDS", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"choice", GIMLET_CHOICE, "one", "one | two", 0, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"list", GIMLET_LIST, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"endpoint", GIMLET_ENDPOINT, "*:8080", "none", 0, "PORT", GIMLET_ALIAS_PORT, "Help."},
	GimletConfigKey{
		"servers", GIMLET_HOST_PORTS, "a:1", "", 0, "HOST,HOST_PORT", GIMLET_ALIAS_HOST_PORT, "Help."},
	GimletConfigKey{"url", GIMLET_URL, "", "http | https", 0, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"bytes", GIMLET_BYTES, "64k", "1k..1M", 0, "", GIMLET_ALIAS_VALUE, "Help."},
	GimletConfigKey{"secret", GIMLET_INTEGER, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE, "Help."},
};

/// Cuts a part off the front of a text, up to a separator.
std::string_view cut(std::string_view& text, std::string_view separator)
{
	const auto end = text.find(separator);
	const auto part = text.substr(0, end);
	text = end == std::string_view::npos ? std::string_view{} : text.substr(end + separator.size());
	return part;
}

/// The input is an ini file, then after "\n--\n" variables, then after another the --set options.
Sources read(std::string_view input)
{
	Sources sources{.file = "fuzz.ini", .text = {}, .overrides = {}, .environment = {}};
	sources.text = cut(input, "\n--\n");
	auto variables = cut(input, "\n--\n");
	while (!variables.empty())
	{
		auto value = cut(variables, "\n");
		const auto name = cut(value, "=");
		sources.environment.emplace(name, value);
	}
	while (!input.empty())
		sources.overrides.emplace_back(cut(input, "\n"));
	return sources;
}

void checkFile(const std::string& text)
{
	const auto file = IniFile::parse(text);
	REQUIRE(file.faults.size() <= IniFile::MAX_FAULTS);
	std::string again;
	for (const auto& entry : file.entries)
	{
		REQUIRE(json::isUtf8(entry.value) && entry.value.size() <= IniFile::MAX_LINE);
		REQUIRE(file.find(entry.section, entry.key) == &entry);
		again += "[" + entry.section + "]\n" + entry.key + " = " + entry.value + "\n";
	}
	if (again.size() > IniFile::MAX_SIZE)
		return;
	const auto second = IniFile::parse(again);
	REQUIRE(second.faults.empty() && second.entries.size() == file.entries.size());
	for (const auto& entry : file.entries)
		REQUIRE(second.find(entry.section, entry.key)->value == entry.value);
}

void checkSound(const Settings& settings)
{
	for (const auto& key : KEYS)
		REQUIRE(!checkValue(key, settings.text(key.name)));
	REQUIRE(!settings.text("text").empty());
	REQUIRE(settings.integer("integer") >= -3 && settings.integer("integer") <= 7);
	REQUIRE(settings.seconds("seconds").count() >= 500 && settings.seconds("seconds").count() <= 60'000);
	REQUIRE(settings.bytes("bytes") >= 1024 && settings.bytes("bytes") <= 1024 * 1024);
	REQUIRE(settings.text("choice") == "one" || settings.text("choice") == "two");
	REQUIRE(settings.text("endpoint") == "none" || parseListenAddress(settings.text("endpoint")));
	REQUIRE(settings.hostPorts("servers").size() == settings.list("servers").size());
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const auto sources = read({reinterpret_cast<const char*>(data), size});
	checkFile(sources.text);

	Schema schema;
	schema.add({.name = "fuzz", .keys = KEYS});
	ProblemList problems;
	const Layers layers{sources, problems};
	layers.checkNames(schema, problems);
	const Configuration configuration{layers, schema, problems};
	if (configuration.sound("fuzz"))
		checkSound(configuration.section("fuzz"));
	else
		REQUIRE(!problems.empty());
	for (const auto& line : problems.lines())
	{
		REQUIRE(!line.empty() && line.size() < 2 * IniFile::MAX_LINE);
		REQUIRE(std::none_of(line.begin(), line.end(),
			[](char character) { return static_cast<unsigned char>(character) < 0x20; }));
	}
	return 0;
}
