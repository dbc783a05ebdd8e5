#include "node/core/identity/StateFile.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gimlet::core
{

namespace
{

/// Owns a descriptor.
class File
{
public:
	explicit File(int descriptor) : _descriptor(descriptor) {}
	File(const File&) = delete;
	File& operator=(const File&) = delete;
	~File()
	{
		if (_descriptor >= 0)
			::close(_descriptor);
	}

	int get() const
	{
		return _descriptor;
	}

	/// Some file systems tell of a failed write only now.
	bool close()
	{
		return ::close(std::exchange(_descriptor, -1)) == 0;
	}

private:
	int _descriptor;
};

[[noreturn]] void fail(const char* verb, const std::string& path, int exitCode)
{
	throw StateError(exitCode, fmt::format("cannot {} {}: {}", verb, path, std::strerror(errno)));
}

std::string folderOf(const std::string& path)
{
	const auto slash = path.rfind('/');
	return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

bool writeAll(int descriptor, std::string_view text)
{
	while (!text.empty())
	{
		const auto written = write(descriptor, text.data(), text.size());
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		text.remove_prefix(static_cast<std::size_t>(written));
	}
	return true;
}

}

std::optional<StateFile> readStateFile(const std::string& path, std::size_t maxSize)
{
	// Non-blocking, since to open a pipe that somebody put there would wait for its other end.
	const File file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
	if (file.get() < 0 && errno == ENOENT)
		return std::nullopt;
	struct stat status
	{
	};
	if (file.get() < 0 || fstat(file.get(), &status) != 0)
		fail("read", path, StateError::CONFIGURATION);
	if (!S_ISREG(status.st_mode))
		throw StateError(StateError::CONFIGURATION, fmt::format("{} is no regular file", path));
	StateFile result{.text = std::string(maxSize + 1, '\0'), .mode = status.st_mode & 07777U};
	std::size_t length = 0;
	while (length < result.text.size())
	{
		const auto part = read(file.get(), result.text.data() + length, result.text.size() - length);
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			fail("read", path, StateError::UNAVAILABLE);
		if (part == 0)
			break;
		length += static_cast<std::size_t>(part);
	}
	if (length > maxSize)
		throw StateError(StateError::CONFIGURATION, fmt::format("{} is longer than {} bytes", path, maxSize));
	result.text.resize(length);
	return result;
}

void writeStateFile(const std::string& path, std::string_view text)
{
	const auto temporary = path + ".new";
	// One that a crash has left behind.
	unlink(temporary.c_str());
	File file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
	const bool written =
		file.get() >= 0 && writeAll(file.get(), text) && fsync(file.get()) == 0 && file.close();
	if (!written || rename(temporary.c_str(), path.c_str()) != 0)
	{
		const int error = errno;
		unlink(temporary.c_str());
		errno = error;
		fail("write", path, StateError::UNAVAILABLE);
	}
	// The file is there; whether its entry outlives a loss of power is the folder's part. Some file systems
	// cannot do that for folders (EINVAL) and need not.
	const File folder{open(folderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	if (folder.get() < 0 || (fsync(folder.get()) != 0 && errno != EINVAL))
		fail("write", folderOf(path), StateError::UNAVAILABLE);
}

}
