#pragma once

#include <Poco/SharedLibrary.h>

#include <span>
#include <stdexcept>
#include <string>

#include "node/api/Plugin.h"

namespace gimlet::core
{

/// Why a library is no plugin of this node; the sentence says what was found and what was expected.
class PluginLibraryError : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
};

/// One plugin's shared library, opened and found to fit.
///
/// It is opened with SHLIB_LOCAL, so that plugins do not see each other's symbols, and its descriptor, plain
/// C, is checked field by field before any C++ object crosses the border. It is never closed again: code
/// of a plugin that has run may still be referred to (type information, thread-local destructors).
class PluginLibrary
{
public:
	/// @param path "…/stun.so": the file's name without its end is the name that the plugin must have.
	/// @throws PluginLibraryError
	explicit PluginLibrary(const std::string& path);
	PluginLibrary(const PluginLibrary&) = delete;
	PluginLibrary& operator=(const PluginLibrary&) = delete;
	~PluginLibrary();

	const std::string& path() const
	{
		return _path;
	}

	const GimletPluginDescriptor& descriptor() const
	{
		return *_descriptor;
	}

	std::span<const GimletConfigKey> keys() const
	{
		return {_descriptor->keys, _descriptor->keyCount};
	}

private:
	std::string _path;
	Poco::SharedLibrary _library;
	const GimletPluginDescriptor* _descriptor = nullptr;
};

/// Checks a descriptor in the order of its fields. Nothing behind a field that does not fit is read.
/// @throws PluginLibraryError with what was found and what was expected.
void checkDescriptor(const GimletPluginDescriptor& descriptor, const std::string& expectedName);

}
