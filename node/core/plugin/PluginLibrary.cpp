#include "node/core/plugin/PluginLibrary.h"

#include <Poco/Exception.h>
#include <Poco/Path.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "node/core/config/ValueCheck.h"

namespace gimlet::core
{

namespace
{

constexpr std::array<std::string_view, 5> ROLES{"discovery", "signaling", "transport", "frontend", "service"};

[[noreturn]] void refuse(const std::string& why)
{
	throw PluginLibraryError(why);
}

void checkKey(const GimletConfigKey& key, std::set<std::string>& seen)
{
	for (const char* text : {key.name, key.defaultValue, key.constraint, key.alias, key.help})
		if (!text)
			refuse("a declared key has an empty (null) text");
	if (!*key.name || !*key.help)
		refuse(fmt::format("the declared key \"{}\" has no name or no help text", key.name));
	if (!seen.insert(key.name).second)
		refuse(fmt::format("the key \"{}\" is declared twice", key.name));
	if (key.type > GIMLET_BYTES)
		refuse(fmt::format("the key \"{}\" is of type {}, which this node does not know", key.name,
			static_cast<std::uint32_t>(key.type)));
	if (key.aliasKind > GIMLET_ALIAS_HOST_PORT)
		refuse(fmt::format("the key \"{}\" has an alias of kind {}, which this node does not know", key.name,
			static_cast<std::uint32_t>(key.aliasKind)));
	if (const auto complaint = checkValue(key, key.defaultValue); complaint && *key.defaultValue)
		refuse(
			fmt::format("the default \"{}\" of the key \"{}\" {}", key.defaultValue, key.name, *complaint));
}

/// POCO's message is dlerror()'s, which begins with the path that our own message names already.
std::string withoutPath(std::string message, const std::string& path)
{
	for (auto at = message.find(path + ": "); at != std::string::npos; at = message.find(path + ": "))
		message.erase(at, path.size() + 2);
	return message;
}

}

void checkDescriptor(const GimletPluginDescriptor& descriptor, const std::string& expectedName)
{
	if (descriptor.apiVersion != GIMLET_API_VERSION)
		refuse(fmt::format("was built for plugin API version {}, and this node has version {}; build it "
						   "against this node's headers",
			descriptor.apiVersion, GIMLET_API_VERSION));
	if (!descriptor.buildSignature || std::string_view{descriptor.buildSignature} != GIMLET_BUILD_SIGNATURE)
		refuse(fmt::format("was built with \"{}\", and this node with \"{}\"; build both with the same "
						   "compiler and libraries",
			descriptor.buildSignature ? descriptor.buildSignature : "", GIMLET_BUILD_SIGNATURE));
	const std::string role = descriptor.role ? descriptor.role : "";
	if (std::find(ROLES.begin(), ROLES.end(), role) == ROLES.end())
		refuse(fmt::format("has the role \"{}\"; the roles are {}", role, fmt::join(ROLES, ", ")));
	const std::string name = descriptor.name ? descriptor.name : "";
	if (name != expectedName)
		refuse(fmt::format(
			"calls itself \"{}\" but its file is named {}.so; both must be the same", name, expectedName));
	if (!descriptor.version || !descriptor.summary)
		refuse("has no version or no summary in its descriptor");
	if (!descriptor.keys && descriptor.keyCount != 0)
		refuse(fmt::format("declares {} keys but has no list of them", descriptor.keyCount));
	std::set<std::string> seen;
	for (const auto& key : std::span{descriptor.keys, descriptor.keyCount})
		checkKey(key, seen);
	if (!descriptor.create)
		refuse("has no factory in its descriptor");
}

PluginLibrary::PluginLibrary(const std::string& path) : _path(path)
{
	try
	{
		_library.load(path, Poco::SharedLibrary::SHLIB_LOCAL);
	}
	catch (const Poco::Exception& error)
	{
		throw PluginLibraryError(fmt::format("cannot be loaded: {}", withoutPath(error.message(), path)));
	}
	if (!_library.hasSymbol(GIMLET_PLUGIN_ENTRY_NAME))
		refuse("is no plugin of Gimlet: it has no symbol " GIMLET_PLUGIN_ENTRY_NAME);
	const auto entry = reinterpret_cast<GimletPluginEntry>(_library.getSymbol(GIMLET_PLUGIN_ENTRY_NAME));
	_descriptor = entry();
	if (!_descriptor)
		refuse("returns no descriptor");
	checkDescriptor(*_descriptor, Poco::Path{path}.getBaseName());
}

// Poco::SharedLibrary leaves the library open when it is destroyed, which is what is wanted.
PluginLibrary::~PluginLibrary() = default;

}
