#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/core/plugin/PluginLibrary.h"

namespace gimlet::core
{

/// Which plugins are installed: the files NAME.so of some folders.
///
/// A library is opened when it is first asked for, and its failure is remembered; so a broken plugin that
/// nobody selected harms nobody.
class PluginCatalogue
{
public:
	/// @param folders Searched in this order; of two files with the same name the first counts. A folder
	/// that does not exist holds no plugin.
	explicit PluginCatalogue(std::vector<std::string> folders);

	/// Sorted by name.
	std::vector<std::string> names() const;

	bool has(const std::string& name) const
	{
		return _paths.contains(name);
	}

	/// The file of an installed plugin.
	const std::string& path(const std::string& name) const
	{
		return _paths.at(name);
	}

	/// The library, or null when there is none of the name or it does not fit; error() then says why.
	const PluginLibrary* library(const std::string& name);

	/// Why library() returned null: "FILE: SENTENCE".
	std::string error(const std::string& name) const;

	const std::vector<std::string>& folders() const
	{
		return _folders;
	}

private:
	std::vector<std::string> _folders;
	std::map<std::string, std::string> _paths;
	std::map<std::string, std::unique_ptr<PluginLibrary>> _libraries;
	std::map<std::string, std::string> _errors;
};

/// Where this program's own plugins are, beside its folder bin/: plugins/ in a build tree, and the library
/// folder's gimlet/plugins/ when it is installed.
std::vector<std::string> standardPluginFolders();

/// The folder of the shipped files (web/ is in it), beside bin/: share/gimlet/. In a build tree that is a
/// link to the source tree.
std::string standardDataFolder();

}
