#include "plugins/service/rendezvous-server/turn/TurnGrants.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "node/protocol/base64/Base64.h"

namespace gimlet::rendezvous_server
{

namespace
{

std::string hmacSha1(std::string_view secret, std::string_view text)
{
	std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
	unsigned length = 0;
	const auto bytes = asBytes(text);
	if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(),
			digest.data(), &length))
		throw std::runtime_error("OpenSSL makes no HMAC-SHA1");
	return base64::encode(ByteView{digest}.first(length));
}

}

rendezvous::TurnServers TurnGrants::grant(const std::string& id) const
{
	if (!any())
		return {};
	const auto username = fmt::format("{}:{}", _clock() + _options.lifetime.count(), id);
	return {{{_options.urls, username, hmacSha1(_options.secret, username)}}, _options.lifetime};
}

}
