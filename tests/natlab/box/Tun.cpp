#include "tests/natlab/box/Tun.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gimlet::natlab
{

namespace
{

/// An IP packet has at most so many bytes; segments that the kernel left together are told apart before.
constexpr std::size_t MAX_PACKET = 65535;

}

Tun::Tun(const std::string& name) : _descriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC))
{
	if (_descriptor < 0)
		throw std::system_error{errno, std::generic_category(), "/dev/net/tun"};
	ifreq request{};
	name.copy(request.ifr_name, IFNAMSIZ - 1);
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (::ioctl(_descriptor, TUNSETIFF, &request) != 0)
	{
		const auto error = errno;
		::close(_descriptor);
		throw std::system_error{error, std::generic_category(), name};
	}
}

Tun::~Tun()
{
	::close(_descriptor);
}

std::optional<Buffer> Tun::read()
{
	Buffer packet(MAX_PACKET);
	const auto size = ::read(_descriptor, packet.data(), packet.size());
	if (size <= 0)
		return std::nullopt;
	packet.resize(static_cast<std::size_t>(size));
	packet.shrink_to_fit();
	return packet;
}

void Tun::write(ByteView packet)
{
	[[maybe_unused]] const auto written = ::write(_descriptor, packet.data(), packet.size());
}

}
