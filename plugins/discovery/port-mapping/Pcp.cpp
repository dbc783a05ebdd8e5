#include "plugins/discovery/port-mapping/Pcp.h"

#include <fmt/format.h>

#include <algorithm>

namespace gimlet::port_mapping::pcp
{

namespace
{

// Section 7.1, 7.2 and 11.1.
constexpr std::size_t HEADER = 24;
constexpr std::size_t MAP = 36;
constexpr std::uint8_t RESPONSE = 0x80;
constexpr std::uint8_t UDP = 17;

void put(Buffer& out, std::uint32_t value, int bytes)
{
	for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
		out.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
}

/// Section 5: an address takes 16 octets, one of IPv4 in its mapped form. Of an invalid one all zeros of
/// IPv4.
void put(Buffer& out, const Endpoint& address)
{
	const auto bytes = address.address();
	if (bytes.size() == 16)
	{
		out.insert(out.end(), bytes.begin(), bytes.end());
		return;
	}
	out.insert(out.end(), 10, 0);
	out.insert(out.end(), 2, 0xff);
	if (bytes.empty())
		out.insert(out.end(), 4, 0);
	else
		out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint32_t number(ByteView bytes)
{
	std::uint32_t value = 0;
	for (const auto byte : bytes)
		value = value << 8U | byte;
	return value;
}

void putHeader(Buffer& out, Opcode opcode, std::uint32_t lifetime, const Endpoint& client)
{
	out.push_back(VERSION);
	out.push_back(static_cast<std::uint8_t>(opcode));
	put(out, 0, 2);
	put(out, lifetime, 4);
	put(out, client);
}

void putMap(Buffer& out, const Nonce& nonce, std::uint8_t protocol, std::uint16_t internalPort,
	const Endpoint& external)
{
	out.insert(out.end(), nonce.begin(), nonce.end());
	out.push_back(protocol);
	put(out, 0, 3);
	put(out, internalPort, 2);
	put(out, external.port(), 2);
	put(out, external);
}

}

std::string toString(Result result)
{
	constexpr std::array NAMES{"success", "it does not speak this version", "not authorized",
		"malformed request", "unsupported opcode", "unsupported option", "malformed option",
		"network failure", "no resources", "unsupported protocol", "quota exceeded",
		"cannot provide the external address", "address mismatch", "too many remote peers"};
	const auto code = static_cast<std::size_t>(result);
	return code < NAMES.size() ? NAMES[code] : fmt::format("error {}", code);
}

Buffer encode(const MapRequest& request)
{
	Buffer out;
	putHeader(out, Opcode::Map, request.lifetime, request.client);
	putMap(out, request.nonce, UDP, request.internalPort, request.suggested);
	return out;
}

Buffer encodeAnnounce(const Endpoint& client)
{
	Buffer out;
	putHeader(out, Opcode::Announce, 0, client);
	return out;
}

Buffer encode(const Response& response)
{
	Buffer out;
	out.push_back(VERSION);
	out.push_back(static_cast<std::uint8_t>(RESPONSE | static_cast<std::uint8_t>(response.opcode)));
	out.push_back(0);
	out.push_back(static_cast<std::uint8_t>(response.result));
	put(out, response.lifetime, 4);
	put(out, response.epoch, 4);
	out.insert(out.end(), 12, 0);
	if (response.map)
		putMap(out, response.map->nonce, response.map->protocol, response.map->internalPort,
			response.map->external);
	return out;
}

std::optional<Response> decode(ByteView bytes)
{
	if (bytes.size() < 4 || bytes.size() > LARGEST || (bytes[1] & RESPONSE) == 0)
		return std::nullopt;
	if (bytes[0] != VERSION)
		return Response{.result = Result::UnsupportedVersion};
	if (bytes.size() < HEADER || bytes.size() % 4 != 0)
		return std::nullopt;
	Response response;
	const auto opcode = static_cast<std::uint8_t>(bytes[1] & ~RESPONSE);
	if (opcode > static_cast<std::uint8_t>(Opcode::Map))
		return std::nullopt;
	response.opcode = static_cast<Opcode>(opcode);
	response.result = static_cast<Result>(bytes[3]);
	response.lifetime = number(bytes.subspan(4, 4));
	response.epoch = number(bytes.subspan(8, 4));
	if (response.opcode == Opcode::Announce)
		return response;
	if (bytes.size() < HEADER + MAP)
		return std::nullopt;
	const auto payload = bytes.subspan(HEADER, MAP);
	Mapped map;
	std::copy_n(payload.begin(), map.nonce.size(), map.nonce.begin());
	map.protocol = payload[12];
	map.internalPort = static_cast<std::uint16_t>(number(payload.subspan(16, 2)));
	map.external = Endpoint::fromBytes(
		payload.subspan(20, 16), static_cast<std::uint16_t>(number(payload.subspan(18, 2))));
	response.map = map;
	return response;
}

}
