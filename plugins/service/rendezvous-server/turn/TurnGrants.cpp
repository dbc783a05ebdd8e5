#include "plugins/service/rendezvous-server/turn/TurnGrants.h"

#include <fmt/format.h>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/stun/Digest.h"

namespace gimlet::rendezvous_server
{

rendezvous::TurnServers TurnGrants::grant(const std::string& id) const
{
	if (!any())
		return {};
	const auto username = fmt::format("{}:{}", _clock() + _options.lifetime.count(), id);
	const auto password = stun::hmacSha1(asBytes(_options.secret), asBytes(username));
	return {{{_options.urls, username, base64::encode(password)}}, _options.lifetime};
}

}
