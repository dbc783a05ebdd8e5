#pragma once

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>

#include "node/api/Endpoint.h"

namespace gimlet::test
{

/// Puts the calling thread into a network of its own, with loopback up, until it is destroyed. Needs to be
/// root: look at permitted() first.
class OwnNetwork
{
public:
	OwnNetwork() : _outside(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
	{
		if (_outside < 0 || unshare(CLONE_NEWNET) != 0)
			throw std::system_error(errno, std::generic_category(), "no network of one's own");
		_control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		up("lo");
	}

	OwnNetwork(const OwnNetwork&) = delete;
	OwnNetwork& operator=(const OwnNetwork&) = delete;

	~OwnNetwork()
	{
		close(_control);
		setns(_outside, CLONE_NEWNET);
		close(_outside);
	}

	/// Tried by a thread that ends at once.
	static bool permitted()
	{
		bool done = false;
		std::thread{[&done] { done = unshare(CLONE_NEWNET) == 0; }}.join();
		return done;
	}

	static bool hasTap()
	{
		return access("/dev/net/tun", R_OK | W_OK) == 0;
	}

	void setMtu(const std::string& interface, int mtu)
	{
		auto request = named(interface);
		request.ifr_mtu = mtu;
		call(SIOCSIFMTU, request);
	}

	void setAddress(const std::string& interface, const Endpoint& address)
	{
		auto request = named(interface);
		sockaddr_storage kernel{};
		address.toSockaddr(kernel);
		std::memcpy(&request.ifr_addr, &kernel, sizeof request.ifr_addr);
		call(SIOCSIFADDR, request);
	}

	void up(const std::string& interface)
	{
		auto request = named(interface);
		call(SIOCGIFFLAGS, request);
		request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
		call(SIOCSIFFLAGS, request);
	}

	/// An Ethernet device whose other end is the descriptor that is returned; the caller owns it.
	int makeTap(const std::string& interface)
	{
		const int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
		auto request = named(interface);
		request.ifr_flags = IFF_TAP | IFF_NO_PI;
		if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0)
			throw std::system_error(errno, std::generic_category(), "no tap device");
		return device;
	}

private:
	static ifreq named(const std::string& interface)
	{
		ifreq request{};
		interface.copy(request.ifr_name, IFNAMSIZ - 1);
		return request;
	}

	void call(unsigned long what, ifreq& request)
	{
		if (ioctl(_control, what, &request) != 0)
			throw std::system_error(errno, std::generic_category(), request.ifr_name);
	}

	int _outside;
	int _control = -1;
};

}
