#include "node/api/Endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gimlet
{

namespace
{

std::optional<std::uint16_t> parsePort(std::string_view text)
{
	std::uint16_t port = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
	if (text.empty() || error != std::errc{} || end != text.data() + text.size())
		return std::nullopt;
	return port;
}

constexpr std::array<std::uint8_t, 12> V4_MAPPED{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}

Endpoint Endpoint::fromBytes(ByteView address, std::uint16_t port, std::uint32_t scope)
{
	Endpoint result;
	if (address.size() == 16 && std::equal(V4_MAPPED.begin(), V4_MAPPED.end(), address.begin()))
		address = address.subspan(V4_MAPPED.size());
	if (address.size() != 4 && address.size() != 16)
		return result;
	result._family = address.size() == 4 ? AF_INET : AF_INET6;
	std::copy(address.begin(), address.end(), result._address.begin());
	result._port = port;
	const bool group =
		result._address[0] == 0xff && (result._address[1] & 0x0fU) == 2; // RFC 4291, section 2.7
	if (result.isV6() && (result.isLinkLocal() || group))
		result._scope = scope;
	return result;
}

Endpoint Endpoint::fromSockaddr(const sockaddr* address)
{
	if (address->sa_family == AF_INET)
	{
		sockaddr_in in{};
		std::memcpy(&in, address, sizeof in);
		return fromBytes({reinterpret_cast<const std::uint8_t*>(&in.sin_addr), 4}, ntohs(in.sin_port));
	}
	if (address->sa_family == AF_INET6)
	{
		sockaddr_in6 in{};
		std::memcpy(&in, address, sizeof in);
		return fromBytes({in.sin6_addr.s6_addr, 16}, ntohs(in.sin6_port), in.sin6_scope_id);
	}
	return {};
}

std::optional<Endpoint> Endpoint::parse(std::string_view text)
{
	const auto colon = text.rfind(':');
	if (colon == std::string_view::npos || colon == 0)
		return std::nullopt;
	const auto port = parsePort(text.substr(colon + 1));
	if (!port)
		return std::nullopt;
	auto address = text.substr(0, colon);
	const bool bracketed = address.size() >= 2 && address.front() == '[' && address.back() == ']';
	if (bracketed)
		address = address.substr(1, address.size() - 2);
	if (bracketed != (address.find(':') != std::string_view::npos))
		return std::nullopt;
	return parseAddress(address, *port);
}

std::optional<Endpoint> Endpoint::parseAddress(std::string_view address, std::uint16_t port)
{
	// inet_pton would stop at a NUL and overlook what stands behind it.
	if (address.find('\0') != std::string_view::npos)
		return std::nullopt;
	const std::string text{address};
	std::array<std::uint8_t, 16> bytes{};
	if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
		return fromBytes({bytes.data(), 4}, port);
	if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1)
		return fromBytes({bytes.data(), 16}, port);
	return std::nullopt;
}

Endpoint Endpoint::any(int family, std::uint16_t port)
{
	Endpoint result;
	result._family = family;
	result._port = port;
	return result;
}

Endpoint Endpoint::loopback(int family, std::uint16_t port)
{
	Endpoint result = any(family, port);
	if (family == AF_INET)
		result._address = {127, 0, 0, 1};
	else
		result._address[15] = 1;
	return result;
}

socklen_t Endpoint::toSockaddr(sockaddr_storage& out, bool mapped) const
{
	std::memset(&out, 0, sizeof out);
	if (isV4() && !mapped)
	{
		auto* in = reinterpret_cast<sockaddr_in*>(&out);
		in->sin_family = AF_INET;
		in->sin_port = htons(_port);
		std::memcpy(&in->sin_addr, _address.data(), 4);
		return sizeof *in;
	}
	auto* in = reinterpret_cast<sockaddr_in6*>(&out);
	in->sin6_family = AF_INET6;
	in->sin6_port = htons(_port);
	in->sin6_scope_id = _scope;
	if (isV4())
	{
		std::copy(V4_MAPPED.begin(), V4_MAPPED.end(), in->sin6_addr.s6_addr);
		std::memcpy(in->sin6_addr.s6_addr + V4_MAPPED.size(), _address.data(), 4);
	}
	else
		std::memcpy(in->sin6_addr.s6_addr, _address.data(), 16);
	return sizeof *in;
}

ByteView Endpoint::address() const
{
	const std::size_t length = isV4() ? 4 : isV6() ? 16 : 0;
	return {_address.data(), length};
}

Endpoint Endpoint::withPort(std::uint16_t port) const
{
	Endpoint result = *this;
	result._port = port;
	return result;
}

bool Endpoint::sameAddress(const Endpoint& other) const
{
	return _family == other._family && _address == other._address;
}

bool Endpoint::isUnicast() const
{
	return valid() && !isUnspecified() && !isMulticast() && !isBroadcast();
}

bool Endpoint::isUnspecified() const
{
	return valid() && std::all_of(_address.begin(), _address.end(), [](auto byte) { return byte == 0; });
}

bool Endpoint::isLoopback() const
{
	return isV4() ? _address[0] == 127 : isV6() && sameAddress(loopback(AF_INET6, 0));
}

bool Endpoint::isMulticast() const
{
	return isV4() ? (_address[0] & 0xf0U) == 0xe0U : isV6() && _address[0] == 0xff;
}

bool Endpoint::isLinkLocal() const
{
	if (isV4())
		return _address[0] == 169 && _address[1] == 254;
	return isV6() && _address[0] == 0xfe && (_address[1] & 0xc0U) == 0x80U;
}

bool Endpoint::isPrivate() const
{
	if (isV6())
		return (_address[0] & 0xfeU) == 0xfcU;
	return isV4() && (_address[0] == 10 || (_address[0] == 172 && (_address[1] & 0xf0U) == 16) ||
						 (_address[0] == 192 && _address[1] == 168) ||
						 (_address[0] == 100 && (_address[1] & 0xc0U) == 64));
}

bool Endpoint::isDiscardOnly() const
{
	constexpr std::array<std::uint8_t, 8> PREFIX{0x01, 0x00};
	return isV6() && std::equal(PREFIX.begin(), PREFIX.end(), _address.begin());
}

bool Endpoint::isBroadcast() const
{
	return isV4() &&
		   std::all_of(_address.begin(), _address.begin() + 4, [](auto byte) { return byte == 255; });
}

std::string Endpoint::addressString() const
{
	if (!valid())
		return {};
	std::array<char, INET6_ADDRSTRLEN> text{};
	inet_ntop(_family, _address.data(), text.data(), text.size());
	return text.data();
}

std::string Endpoint::toString() const
{
	if (!valid())
		return {};
	const auto port = std::to_string(_port);
	return isV4() ? addressString() + ":" + port : "[" + addressString() + "]:" + port;
}

}
