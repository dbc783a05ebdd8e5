#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "node/api/ConfigKey.h"
#include "node/api/Export.h"
#include "node/api/Settings.h"

namespace gimlet
{

class Context;

/// What every plugin is. Derive from one of the roles (Discovery, Signaling, Transport, Frontend, Service),
/// not from this.
///
/// Life: constructed, configure(), start(), stop(), destroyed; all on the loop thread. Nothing is opened
/// before start(). stop() is legal after a start() that threw, and after no start() at all; when it
/// returns, the plugin holds no descriptor, timer, watch, mount or thread, and calls nobody any more.
class GIMLET_API Plugin
{
public:
	Plugin() = default;
	Plugin(const Plugin&) = delete;
	Plugin& operator=(const Plugin&) = delete;
	virtual ~Plugin();

	/// Takes its configuration; opens nothing. Values are already checked one by one against their
	/// declaration; what is wrong between them is reported to problems.
	virtual void configure(const Settings& settings, Problems& problems) = 0;

	/// Takes changed values of its GIMLET_RELOADABLE keys while running. The settings are whole and checked.
	virtual void reconfigure(const Settings& settings);

	/// Opens what it needs. May finish later: the plugin then calls Context::setState when it is ready.
	/// @throws std::exception with a sentence that says what failed and what to do.
	virtual void start() = 0;

	virtual void stop() = 0;
};

/// A failure of start() with a sentence for people.
class GIMLET_API PluginError : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
	~PluginError() override;
};

}

extern "C"
{

	/// What a plugin library's entry point returns. Read, and checked field by field in this order, before
	/// any C++ of the plugin runs.
	struct GimletPluginDescriptor
	{
		std::uint32_t apiVersion;   ///< GIMLET_API_VERSION
		const char* buildSignature; ///< GIMLET_BUILD_SIGNATURE: compiler, standard library, POCO, sanitizers
		const char* role;           ///< "discovery", "signaling", "transport", "frontend" or "service"
		const char* name;           ///< = file name = ini section = logger = metric prefix
		const char* version;
		const char* summary;
		const GimletConfigKey* keys;
		std::size_t keyCount;
		/// Makes the plugin. The node owns it. The context outlives it.
		gimlet::Plugin* (*create)(gimlet::Context& context);
	};

	using GimletPluginEntry = const GimletPluginDescriptor* (*)();
}

/// Raised with every change that an already built plugin would not survive.
#define GIMLET_API_VERSION 4U

#define GIMLET_STRINGIFY_(x) #x
#define GIMLET_STRINGIFY(x) GIMLET_STRINGIFY_(x)

#if defined(__SANITIZE_ADDRESS__)
#define GIMLET_SANITIZER_ "+asan"
#elif defined(__SANITIZE_THREAD__)
#define GIMLET_SANITIZER_ "+tsan"
#else
#define GIMLET_SANITIZER_ ""
#endif

#include <Poco/Version.h>

/// Two libraries with the same signature can exchange C++ objects.
#define GIMLET_BUILD_SIGNATURE                                                                                        \
	"gxx-abi" GIMLET_STRINGIFY(__GXX_ABI_VERSION) " libstdc++" GIMLET_STRINGIFY(                                      \
		_GLIBCXX_RELEASE) " cxx11abi" GIMLET_STRINGIFY(_GLIBCXX_USE_CXX11_ABI) " poco" GIMLET_STRINGIFY(POCO_VERSION) \
		GIMLET_SANITIZER_

/// The entry point that every plugin library exports.
#define GIMLET_PLUGIN_ENTRY gimlet_plugin_descriptor
#define GIMLET_PLUGIN_ENTRY_NAME "gimlet_plugin_descriptor"

/// Defines the entry point. Once per plugin, in its Plugin.cpp:
///
///     GIMLET_PLUGIN("discovery", "static", "1.0", "Configured public addresses.", KEYS,
///     gimlet::fixed::Plugin)
#define GIMLET_PLUGIN(ROLE, NAME, VERSION, SUMMARY, KEYS, CLASS)                                         \
	extern "C" GIMLET_API const GimletPluginDescriptor* GIMLET_PLUGIN_ENTRY()                            \
	{                                                                                                    \
		static const GimletPluginDescriptor descriptor{GIMLET_API_VERSION, GIMLET_BUILD_SIGNATURE, ROLE, \
			NAME, VERSION, SUMMARY, std::data(KEYS), std::size(KEYS),                                    \
			[](gimlet::Context& context) -> gimlet::Plugin* { return new CLASS(context); }};             \
		return &descriptor;                                                                              \
	}
