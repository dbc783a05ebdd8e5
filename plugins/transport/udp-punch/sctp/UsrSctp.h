#pragma once

#include <fmt/format.h>
#include <usrsctp.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

#include "plugins/transport/udp-punch/sctp/EngineImpl.h"

namespace gimlet::udp_punch::sctp
{

/// @throws std::runtime_error with what usrsctp did, and why by errno.
[[noreturn]] inline void failed(const std::string& what)
{
	throw std::runtime_error{fmt::format("usrsctp {}: {}", what, std::generic_category().message(errno))};
}

/// An association's address and its peer's, which are the same but for the port.
inline sockaddr_conn makeAddress(std::uintptr_t id, std::uint16_t port)
{
	sockaddr_conn address{};
	address.sconn_family = AF_CONN;
	address.sconn_port = htons(port);
	address.sconn_addr = opaque(id);
	return address;
}

}
