#include "node/core/net/HostsFile.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "node/protocol/http1/Text.h"

namespace gimlet::core
{

namespace
{

constexpr std::string_view SPACE = " \t\r";

/// Takes the next word; "" at the end.
std::string_view nextWord(std::string_view& rest)
{
	rest.remove_prefix(std::min(rest.find_first_not_of(SPACE), rest.size()));
	const auto word = rest.substr(0, rest.find_first_of(SPACE));
	rest.remove_prefix(word.size());
	return word;
}

std::string canonical(std::string_view name)
{
	if (name.ends_with('.'))
		name.remove_suffix(1);
	return http1::lowered(name);
}

}

HostsFile::HostsFile(std::string path) : _path(std::move(path)) {}

std::vector<Endpoint> HostsFile::find(std::string_view host, std::uint16_t port)
{
	refresh();
	std::vector<Endpoint> result;
	const auto found = _addresses.find(canonical(host));
	if (found == _addresses.end())
		return result;
	for (const auto& address : found->second)
		result.push_back(address.withPort(port));
	std::stable_partition(
		result.begin(), result.end(), [](const Endpoint& address) { return address.isV6(); });
	return result;
}

void HostsFile::refresh()
{
	struct stat status
	{
	};
	Version version;
	// Opening anything else could block.
	if (::stat(_path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
		version = {
			status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
	if (version == _version)
		return;
	_version = version;
	_addresses.clear();
	if (version != Version{})
		read();
}

void HostsFile::read()
{
	++_readings;
	std::ifstream file(_path, std::ios::binary);
	std::string text(static_cast<std::size_t>(std::clamp<off_t>(_version.size, 0, MAX_SIZE)), '\0');
	file.read(text.data(), static_cast<std::streamsize>(text.size()));
	text.resize(static_cast<std::size_t>(file.gcount()));
	std::string_view rest = text;
	while (!rest.empty())
	{
		const auto line = rest.substr(0, rest.find('\n'));
		rest.remove_prefix(std::min(line.size() + 1, rest.size()));
		readLine(line.substr(0, line.find('#')));
	}
}

void HostsFile::readLine(std::string_view line)
{
	const auto address = Endpoint::parseAddress(std::string{nextWord(line)}, 0);
	if (!address)
		return;
	for (auto name = nextWord(line); !name.empty(); name = nextWord(line))
	{
		auto& known = _addresses[canonical(name)];
		if (std::find(known.begin(), known.end(), *address) == known.end())
			known.push_back(*address);
	}
}

}
