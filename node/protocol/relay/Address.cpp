#include "node/protocol/relay/Address.h"

#include <openssl/sha.h>

#include <array>
#include <string>

#include "node/protocol/relay/Frame.h"

namespace gimlet::relay
{

namespace
{

constexpr std::size_t PREFIX_SIZE = 8;

}

Key keyOf(std::string_view room, std::string_view id)
{
	std::string text = "gimlet-relay-1\n";
	text.append(room).append("\n").append(id);
	std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
	SHA256(asBytes(text).data(), text.size(), digest.data());
	return readKey(digest.data());
}

Endpoint addressOf(Key key)
{
	std::array<std::uint8_t, 16> address{0x01, 0x00};
	writeKey(address.data() + PREFIX_SIZE, key);
	return Endpoint::fromBytes(address, PORT);
}

std::optional<Key> keyOf(const Endpoint& address)
{
	if (!address.isDiscardOnly() || address.port() != PORT || address.scope() != 0)
		return std::nullopt;
	return readKey(address.address().data() + PREFIX_SIZE);
}

}
