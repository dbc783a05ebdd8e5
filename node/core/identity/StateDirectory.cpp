#include "node/core/identity/StateDirectory.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gimlet::core
{

namespace
{

constexpr std::size_t MAX_LOCK = 512;

[[noreturn]] void unusable(const std::string& path, const std::string& why)
{
	throw StateError(
		StateError::CONFIGURATION, fmt::format("cannot use {} as the state directory: {}", path, why));
}

/// Like mkdir -p, but for the owner alone.
void makeFolders(const std::string& path)
{
	for (std::size_t end = 0; end != std::string::npos;)
	{
		end = path.find('/', end + 1);
		if (mkdir(path.substr(0, end).c_str(), 0700) != 0 && errno != EEXIST && end == std::string::npos)
			unusable(path, std::strerror(errno));
	}
}

void checkFolder(const std::string& path)
{
	struct stat status
	{
	};
	if (stat(path.c_str(), &status) != 0)
		unusable(path, std::strerror(errno));
	if (!S_ISDIR(status.st_mode))
		unusable(path, "it is no folder");
	// In such a folder anybody can put another key in the place of ours.
	if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
		unusable(path, fmt::format("everybody may write to it; chmod o-w {} mends that", path));
}

std::string contentOf(int descriptor)
{
	std::array<char, MAX_LOCK> text{};
	const auto length = pread(descriptor, text.data(), text.size(), 0);
	return {text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::string lockIn(const std::string& path)
{
	const auto name = path + "/" + StateDirectory::LOCK;
	const int descriptor = open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return "";
	auto text = contentOf(descriptor);
	close(descriptor);
	return text;
}

std::string line(const std::string& text, int number)
{
	std::size_t begin = 0;
	for (; number > 0; --number)
	{
		const auto end = text.find('\n', begin);
		if (end == std::string::npos)
			return "";
		begin = end + 1;
	}
	return text.substr(begin, text.find('\n', begin) - begin);
}

}

std::unique_ptr<StateDirectory> StateDirectory::tryLock(
	const std::string& path, const std::string& note, std::string& holder)
{
	makeFolders(path);
	checkFolder(path);
	const auto name = path + "/" + LOCK;
	const int descriptor = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (descriptor < 0)
		unusable(path, fmt::format("cannot write {}: {}", name, std::strerror(errno)));
	std::unique_ptr<StateDirectory> directory{new StateDirectory{path, descriptor}};
	if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
	{
		if (errno != EWOULDBLOCK)
			unusable(path, fmt::format("cannot lock {}: {}", name, std::strerror(errno)));
		holder = line(contentOf(descriptor), 0);
		return nullptr;
	}
	const auto text = fmt::format("{}\n{}\n", getpid(), note.substr(0, MAX_LOCK / 2));
	if (ftruncate(descriptor, 0) != 0 ||
		pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
		unusable(path, fmt::format("cannot write {}: {}", name, std::strerror(errno)));
	return directory;
}

std::string StateDirectory::noteIn(const std::string& path)
{
	return line(lockIn(path), 1);
}

bool StateDirectory::seemsHeld(const std::string& path)
{
	const auto holder = line(lockIn(path), 0);
	pid_t id = 0;
	const auto [end, error] = std::from_chars(holder.data(), holder.data() + holder.size(), id);
	return error == std::errc{} && end == holder.data() + holder.size() && id > 0 &&
		   (kill(id, 0) == 0 || errno == EPERM);
}

StateDirectory::~StateDirectory()
{
	// The file stays: were it removed, two processes could hold the lock of two files of that name.
	close(_descriptor);
}

}
