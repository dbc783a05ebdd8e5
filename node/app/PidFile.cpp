#include "node/app/PidFile.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
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

}

PidFile::PidFile(std::string path) :
	_path(std::move(path)), _descriptor(open(_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
{
	if (_descriptor < 0)
		throw PidFileError(fmt::format("cannot write the pid file {}: {}", _path, std::strerror(errno)));
	const auto text = fmt::format("{}\n", getpid());
	std::string error;
	if (flock(_descriptor, LOCK_EX | LOCK_NB) != 0)
		error =
			fmt::format("the pid file {} is held by process {}, which runs", _path, firstLine(_descriptor));
	else if (ftruncate(_descriptor, 0) != 0 || write(_descriptor, text.data(), text.size()) < 0)
		error = fmt::format("cannot write the pid file {}: {}", _path, std::strerror(errno));
	if (error.empty())
		return;
	close(_descriptor);
	throw PidFileError(error);
}

PidFile::~PidFile()
{
	unlink(_path.c_str());
	close(_descriptor);
}

}
