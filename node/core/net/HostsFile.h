#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

#include "node/api/Endpoint.h"

namespace gimlet::core
{

/// The machine's hosts file (hosts(5)), read once and again only when it has changed: lists of blocked names
/// have hundreds of thousands of lines, and lookups happen on the loop, which must not read them each time.
class HostsFile
{
public:
	/// What is longer is read up to there.
	static constexpr std::size_t MAX_SIZE = 16 * 1024 * 1024;

	explicit HostsFile(std::string path = "/etc/hosts");

	/// The addresses that the file has for a name, IPv6 before IPv4, each with this port; none if it does not
	/// know the name, or cannot be read.
	std::vector<Endpoint> find(std::string_view host, std::uint16_t port);

	/// How often the file has been read.
	unsigned readings() const
	{
		return _readings;
	}

private:
	/// What tells one content from another without reading it.
	struct Version
	{
		dev_t device = 0;
		ino_t inode = 0;
		off_t size = -1;
		std::time_t seconds = 0;
		long nanoseconds = 0;

		friend bool operator==(const Version&, const Version&) = default;
	};

	void refresh();
	void read();
	void readLine(std::string_view line);

	const std::string _path;
	Version _version;
	unsigned _readings = 0;
	/// By name in lower case.
	std::unordered_map<std::string, std::vector<Endpoint>> _addresses;
};

}
