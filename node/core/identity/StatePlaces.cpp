#include "node/core/identity/StatePlaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include <pwd.h>
#include <unistd.h>

namespace gimlet::core
{

namespace
{

std::string valueOf(const Environment& environment, const std::string& name)
{
	const auto found = environment.find(name);
	return found == environment.end() ? "" : found->second;
}

bool isFolder(const std::string& path)
{
	std::error_code error;
	return std::filesystem::is_directory(path, error);
}

}

std::vector<std::string> defaultStateFolders(const Environment& environment, const std::string& home)
{
	std::vector<std::string> folders;
	const auto add = [&](std::string folder)
	{
		if (folder.starts_with('/') && std::find(folders.begin(), folders.end(), folder) == folders.end())
			folders.push_back(std::move(folder));
	};
	// systemd.exec(5): several are separated by colons.
	const auto given = valueOf(environment, "STATE_DIRECTORY");
	add(given.substr(0, given.find(':')));
	// XDG Base Directory Specification: one that is relative is to be ignored.
	if (const auto xdg = valueOf(environment, "XDG_STATE_HOME"); !xdg.empty())
		add(xdg + "/gimlet");
	for (const auto& candidate : {valueOf(environment, "HOME"), home})
		if (isFolder(candidate))
			add((candidate == "/" ? "" : candidate) + "/.local/state/gimlet");
	return folders;
}

std::string homeOfUser()
{
	std::array<char, 4096> buffer{};
	passwd entry{};
	passwd* found = nullptr;
	if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found || !found->pw_dir)
		return "";
	return found->pw_dir;
}

std::string folderOfNode(const std::string& shared, int number)
{
	return number == 1 ? shared : fmt::format("{}/node-{}", shared, number);
}

std::vector<std::string> foldersInOrder(const std::string& shared, const std::string& note)
{
	std::vector<std::string> folders;
	for (int number = 1; number <= MAX_NODES_OF_A_FOLDER; ++number)
		if (auto folder = folderOfNode(shared, number); isFolder(folder))
			folders.push_back(std::move(folder));
	std::stable_partition(folders.begin(), folders.end(),
		[&](const std::string& folder) { return StateDirectory::noteIn(folder) == note; });
	return folders;
}

std::unique_ptr<StateDirectory> lockShared(const std::string& shared, const std::string& note)
{
	auto folders = foldersInOrder(shared, note);
	for (int number = 1; number <= MAX_NODES_OF_A_FOLDER; ++number)
		if (auto folder = folderOfNode(shared, number);
			std::find(folders.begin(), folders.end(), folder) == folders.end())
			folders.push_back(std::move(folder));
	std::string holder;
	for (const auto& folder : folders)
		if (auto directory = StateDirectory::tryLock(folder, note, holder))
			return directory;
	throw StateError(StateError::UNAVAILABLE,
		fmt::format(
			"{} nodes run already with the state directory {}; give this one its own by [node] state_dir "
			"(GIMLET_NODE_STATE_DIR)",
			MAX_NODES_OF_A_FOLDER, shared));
}

}
