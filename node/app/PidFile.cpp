#include "node/app/PidFile.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gimlet::app
{

namespace
{

std::string firstLine(int descriptor)
{
	std::array<char, 32> text{};
	const auto length = pread(descriptor, text.data(), text.size(), 0);
	const std::string content{text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
	return content.substr(0, content.find('\n'));
}

PidFileError unwritable(const std::string& path)
{
	return PidFileError(fmt::format("cannot write the pid file {}: {}", path, std::strerror(errno)));
}

/// Whether a path still leads to an open file.
bool leadsTo(const std::string& path, int descriptor)
{
	struct stat named
	{
	};
	struct stat opened
	{
	};
	return stat(path.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 &&
		   named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

/// Opens and locks the file. One that its last holder removes in between is made anew.
int openLocked(const std::string& path)
{
	for (;;)
	{
		const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (descriptor < 0)
			throw unwritable(path);
		if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
		{
			const auto holder = firstLine(descriptor);
			close(descriptor);
			throw PidFileError(
				fmt::format("the pid file {} is held by process {}, which runs", path, holder));
		}
		if (leadsTo(path, descriptor))
			return descriptor;
		close(descriptor);
	}
}

}

PidFile::PidFile(std::string path) : _path(std::move(path)), _descriptor(openLocked(_path))
{
	const auto text = fmt::format("{}\n", getpid());
	if (ftruncate(_descriptor, 0) == 0 && write(_descriptor, text.data(), text.size()) > 0)
		return;
	const auto error = unwritable(_path);
	close(_descriptor);
	throw error;
}

PidFile::~PidFile()
{
	unlink(_path.c_str());
	close(_descriptor);
}

}
