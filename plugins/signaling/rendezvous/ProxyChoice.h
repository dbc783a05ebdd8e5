#pragma once

#include <functional>
#include <string>

#include "node/api/Stream.h"
#include "plugins/signaling/rendezvous/ClientSettings.h"

namespace gimlet::rendezvous_client
{

/// A variable of the environment; "" if it is not set.
using Environment = std::function<std::string(const char* name)>;

/// The proxy that the environment wants for a URL; "" for none.
///
/// As most programs read it: https_proxy or HTTPS_PROXY for TLS, http_proxy for plain (not HTTP_PROXY,
/// which a CGI client can set), then all_proxy; unless no_proxy names the host, a domain above it, "*", or
/// the host with its port. Loopback is never reached through a proxy. A value without scheme is taken as
/// http://.
std::string proxyFromEnvironment(const RendezvousUrl& url, const Environment& environment);

/// That of this process.
std::string processEnvironment(const char* name);

/// Where the streams to a rendezvous lead, and how.
StreamTarget streamTarget(const ClientSettings& settings, const Environment& environment);

}
