#pragma once

#include <optional>
#include <string>

#include "node/api/Bytes.h"

namespace gimlet::natlab
{

/// A network device of the namespace that the process is in, whose other end is this object: IP packets
/// without anything before them. It ends with the object.
class Tun
{
public:
	/// @throws std::system_error Without /dev/net/tun or the right to use it.
	explicit Tun(const std::string& name);
	~Tun();
	Tun(const Tun&) = delete;
	Tun& operator=(const Tun&) = delete;

	int descriptor() const
	{
		return _descriptor;
	}

	/// The next packet that the kernel has for us; empty if there is none now.
	std::optional<Buffer> read();
	/// Gives the kernel a packet. What it does not take is lost, as on any wire.
	void write(ByteView packet);

private:
	int _descriptor;
};

}
