#include "node/core/plugin/PluginCatalogue.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace gimlet::core
{

namespace fs = std::filesystem;

namespace
{

constexpr const char* SUFFIX = ".so";

fs::path prefix()
{
	std::error_code error;
	const auto program = fs::read_symlink("/proc/self/exe", error);
	return program.parent_path().parent_path();
}

}

PluginCatalogue::PluginCatalogue(std::vector<std::string> folders) : _folders(std::move(folders))
{
	for (const auto& folder : _folders)
	{
		std::error_code error;
		for (const auto& file : fs::directory_iterator{folder, error})
			if (file.path().extension() == SUFFIX)
				_paths.emplace(file.path().stem().string(), file.path().string());
	}
}

std::vector<std::string> PluginCatalogue::names() const
{
	std::vector<std::string> result;
	for (const auto& [name, path] : _paths)
		result.push_back(name);
	return result;
}

const PluginLibrary* PluginCatalogue::library(const std::string& name)
{
	if (const auto found = _libraries.find(name); found != _libraries.end())
		return found->second.get();
	if (!has(name))
		return nullptr;
	auto& library = _libraries[name];
	try
	{
		library = std::make_unique<PluginLibrary>(path(name));
	}
	catch (const std::exception& error)
	{
		_errors[name] = fmt::format("{}: {}", path(name), error.what());
	}
	return library.get();
}

std::string PluginCatalogue::error(const std::string& name) const
{
	const auto found = _errors.find(name);
	if (found != _errors.end())
		return found->second;
	return has(name) ? std::string{} : fmt::format("there is no plugin \"{}\"", name);
}

std::vector<std::string> standardPluginFolders()
{
	return {(prefix() / "plugins").string(), (prefix() / GIMLET_INSTALL_PLUGINS).string()};
}

std::string standardDataFolder()
{
	return (prefix() / GIMLET_INSTALL_DATA).string();
}

}
