// The rules of dependence (docs/ARCHITECTURE.md), read from the sources themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/TempFolder.h"

namespace gimlet::test
{

namespace
{

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

struct Source
{
	std::string path; ///< from the root, "node/api/Bytes.h"
	std::string text;
};

std::vector<Source> sourcesBelow(const std::string& folder)
{
	const fs::path root{GIMLET_SOURCE_DIR};
	std::vector<Source> sources;
	for (const auto& file : fs::recursive_directory_iterator{root / folder})
	{
		const auto extension = file.path().extension();
		if (extension == ".h" || extension == ".cpp")
			sources.push_back({fs::relative(file.path(), root).string(), readFile(file.path().string())});
	}
	return sources;
}

struct Includes
{
	std::vector<std::string> own;    ///< "..."
	std::vector<std::string> system; ///< <...>
};

Includes includesOf(const std::string& text)
{
	Includes result;
	std::istringstream lines{text};
	std::string line;
	while (std::getline(lines, line))
	{
		if (!line.starts_with("#include "))
			continue;
		const auto name = line.substr(10, line.find_first_of("\">", 10) - 10);
		(line[9] == '<' ? result.system : result.own).push_back(name);
	}
	return result;
}

/// The first parts of a path: folderOf("plugins/service/stun-server/Server.h", 3) is
/// "plugins/service/stun-server/".
std::string folderOf(const std::string& path, int depth)
{
	std::size_t end = 0;
	for (int part = 0; part < depth; ++part)
		end = path.find('/', end) + 1;
	return path.substr(0, end);
}

/// What a file may include of this project.
std::vector<std::string> allowedFor(const std::string& path)
{
	if (path.starts_with("plugins/"))
		return {"node/api/", "node/protocol/", folderOf(path, 3)};
	if (path.starts_with("node/api/"))
		return {"node/api/"};
	if (path.starts_with("node/protocol/"))
		return {"node/api/", "node/protocol/"};
	if (path.starts_with("node/http/"))
		return {"node/api/", "node/protocol/", "node/http/"};
	if (path.starts_with("node/core/"))
		return {"node/api/", "node/protocol/", "node/http/", "node/core/"};
	return {"node/"};
}

std::vector<std::string> foreignIncludes(const Source& source)
{
	std::vector<std::string> violations;
	const auto allowed = allowedFor(source.path);
	for (const auto& include : includesOf(source.text).own)
		if (std::none_of(allowed.begin(), allowed.end(),
				[&](const std::string& folder) { return include.starts_with(folder); }))
			violations.push_back(source.path + " includes " + include);
	return violations;
}

/// Files of plugins that may touch sockets, threads and clocks, or the loop that has them. All others hold
/// codecs and machines: they are given time and bytes, and never take them.
const std::set<std::string> GLUE{
	"plugins/discovery/http-echo/HttpEchoDiscovery",
	"plugins/discovery/port-mapping/Gateway",
	"plugins/discovery/port-mapping/NatPmpRouter",
	"plugins/discovery/port-mapping/PortMapping",
	"plugins/discovery/port-mapping/RouterSocket",
	"plugins/discovery/port-mapping/Worker",
	"plugins/discovery/static/StaticDiscovery",
	"plugins/discovery/stun/Finder",
	"plugins/discovery/stun/FreshSocket",
	"plugins/discovery/stun/ServerNames",
	"plugins/discovery/turn/Client",
	"plugins/discovery/turn/Relay",
	"plugins/discovery/turn/Turn",
	"plugins/discovery/turn/TurnPort",
	"plugins/discovery/turn/UdpCarrier",
	"plugins/frontend/console/Console",
	"plugins/frontend/console/Input",
	"plugins/frontend/console/LogAbove",
	"plugins/frontend/console/Output",
	"plugins/frontend/console/Terminal",
	"plugins/frontend/web/Audience",
	"plugins/frontend/web/Web",
	"plugins/service/rendezvous-server/RendezvousServer",
	"plugins/service/rendezvous-server/relay/RelayService",
	"plugins/service/stun-server/Server",
	"plugins/service/stun-server/Worker",
	"plugins/signaling/lan/Interfaces",
	"plugins/signaling/lan/LanPort",
	"plugins/signaling/lan/LanSignaling",
	"plugins/signaling/rendezvous/CommandRunner",
	"plugins/signaling/rendezvous/Credentials",
	"plugins/signaling/rendezvous/RelayCarrier",
	"plugins/signaling/rendezvous/RendezvousSignaling",
	"plugins/signaling/rendezvous/TokenSource",
	"plugins/transport/udp-plain/UdpPlain",
	"plugins/transport/udp-punch/PunchPort",
	"plugins/transport/udp-punch/UdpPunch",
	"plugins/transport/udp-punch/UdpPunchAddresses",
	"plugins/transport/udp-punch/UdpPunchHard",
	"plugins/transport/udp-punch/UdpPunchMoving",
	"plugins/transport/udp-punch/link/PunchLink",
	"plugins/transport/udp-plain/UdpPort",
	"plugins/transport/udp-punch/sctp/Association",
	"plugins/transport/udp-punch/sctp/AssociationImpl",
	"plugins/transport/udp-punch/sctp/Engine",
	"plugins/transport/udp-punch/sctp/EngineImpl",
	"plugins/transport/udp-punch/sctp/Socket",
};

/// Whether a file must be pure: all of node/protocol, and what plugins do not list as glue.
bool mustBePure(const std::string& path)
{
	if (path.starts_with("node/protocol/"))
		return true;
	return path.starts_with("plugins/") && !path.ends_with("/Plugin.cpp") &&
		   !GLUE.contains(path.substr(0, path.rfind('.')));
}

bool isMachinery(const std::string& include)
{
	constexpr std::array NAMES{"arpa/inet.h", "netdb.h", "poll.h", "unistd.h", "thread", "mutex",
		"shared_mutex", "condition_variable", "future", "semaphore", "pthread.h", "ctime", "time.h",
		"node/api/Context.h", "node/api/EventLoop.h", "node/api/Resolver.h", "node/api/UdpBatch.h",
		"node/api/UdpSocket.h"};
	constexpr std::array FOLDERS{
		"sys/", "netinet/", "Poco/Net/", "Poco/Thread", "Poco/Timestamp", "Poco/Clock", "Poco/Timer"};
	return std::find(NAMES.begin(), NAMES.end(), include) != NAMES.end() ||
		   std::any_of(FOLDERS.begin(), FOLDERS.end(),
			   [&](const char* folder) { return include.starts_with(folder); });
}

std::vector<std::string> impurities(const Source& source)
{
	std::vector<std::string> violations;
	const auto includes = includesOf(source.text);
	for (const auto* list : {&includes.own, &includes.system})
		for (const auto& include : *list)
			if (isMachinery(include))
				violations.push_back(source.path + " includes " + include);
	for (const auto* call : {"Clock::now(", "_clock::now(", "gettimeofday(", "std::this_thread"})
		if (source.text.find(call) != std::string::npos)
			violations.push_back(source.path + " calls " + call);
	return violations;
}

using Rule = std::function<std::vector<std::string>(const Source&)>;

/// All violations in the sources that a rule applies to; fails if it applies to none.
std::vector<std::string> violations(
	const std::vector<std::string>& folders, const Rule& rule,
	const std::function<bool(const std::string&)>& applies = [](const std::string&) { return true; })
{
	std::vector<std::string> result;
	int seen = 0;
	for (const auto& folder : folders)
	{
		for (const auto& source : sourcesBelow(folder))
		{
			if (!applies(source.path))
				continue;
			++seen;
			for (auto& violation : rule(source))
				result.push_back(std::move(violation));
		}
	}
	EXPECT_GT(seen, 20) << "the sources were not found";
	return result;
}

}

TEST(Dependence, PluginsIncludeTheContractsTheCodecsAndThemselves)
{
	EXPECT_THAT(violations({"plugins"}, foreignIncludes), IsEmpty());
}

TEST(Dependence, NodeIncludesNoPluginAndEachLayerOnlyThoseBelow)
{
	EXPECT_THAT(violations({"node"}, foreignIncludes), IsEmpty());
}

TEST(Dependence, CodecsAndMachinesHaveNoSocketThreadOrClock)
{
	EXPECT_THAT(violations({"node/protocol", "plugins"}, impurities, mustBePure), IsEmpty());
}

TEST(Dependence, WhatIsListedAsGlueExists)
{
	for (const auto& stem : GLUE)
		EXPECT_TRUE(fs::exists(std::string{GIMLET_SOURCE_DIR} + "/" + stem + ".cpp") ||
					fs::exists(std::string{GIMLET_SOURCE_DIR} + "/" + stem + ".h"))
			<< stem;
}

TEST(Dependence, TheRulesFindWhatBreaksThem)
{
	const auto foreign = [](const std::string& path, const std::string& include) {
		return !foreignIncludes({path, "#pragma once\n\n#include \"" + include + "\"\n"}).empty();
	};
	EXPECT_TRUE(foreign("plugins/discovery/stun/Finder.cpp", "node/core/NodeCore.h"));
	EXPECT_TRUE(foreign("plugins/discovery/stun/Finder.cpp", "node/http/Host.h"));
	EXPECT_TRUE(foreign("plugins/discovery/stun/Finder.cpp", "node/app/Help.h"));
	EXPECT_TRUE(foreign("plugins/discovery/stun/Finder.cpp", "plugins/discovery/static/StaticDiscovery.h"));
	EXPECT_TRUE(foreign("plugins/service/stun/Finder.cpp", "plugins/service/stun-server/Server.h"));
	EXPECT_FALSE(foreign("plugins/discovery/stun/Finder.cpp", "plugins/discovery/stun/Lane.h"));
	EXPECT_FALSE(foreign("plugins/discovery/stun/Finder.cpp", "node/protocol/stun/Wire.h"));
	EXPECT_TRUE(foreign("node/core/NodeCore.cpp", "plugins/discovery/stun/Lane.h"));
	EXPECT_TRUE(foreign("node/core/NodeCore.cpp", "node/app/Help.h"));
	EXPECT_TRUE(foreign("node/api/Http.h", "node/http/Host.h"));
	EXPECT_TRUE(foreign("node/app/main.cpp", "plugins/discovery/stun/Lane.h"));

	EXPECT_THAT(
		impurities({"a.cpp", "#include <thread>\n#include <string>\n#include \"node/api/EventLoop.h\"\n"}),
		ElementsAre("a.cpp includes node/api/EventLoop.h", "a.cpp includes thread"));
	EXPECT_THAT(
		impurities({"a.cpp", "#include <sys/socket.h>\nauto now = std::chrono::steady_clock::now();\n"}),
		ElementsAre("a.cpp includes sys/socket.h", "a.cpp calls _clock::now("));
	EXPECT_TRUE(mustBePure("plugins/transport/udp-plain/PlainPeer.cpp"));
	EXPECT_FALSE(mustBePure("plugins/transport/udp-plain/UdpPlain.cpp"));
}

}
