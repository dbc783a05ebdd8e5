#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "node/api/Signaling.h"

namespace gimlet::rendezvous_client
{

/// Where the rendezvous is.
struct RendezvousUrl
{
	std::string text; ///< as configured, without a slash at the end; for messages
	std::string host; ///< an IPv6 literal without brackets
	std::uint16_t port = 0;
	bool tls = false;
	std::string path;  ///< "", or "/prefix"
	std::string query; ///< as configured, without '?'

	/// Parses a URL with the scheme http, https, ws or wss.
	/// @return Empty with what is wrong in error, without a full stop.
	static std::optional<RendezvousUrl> parse(const std::string& url, std::string& error);

	/// The value of the Host header: the port is named unless it is the scheme's own.
	std::string hostHeader() const;

	/// What is asked for: "{path}/ws/register/{id}?room={room}".
	std::string target(const PeerId& id, const std::string& room) const;

	/// The same for a path that the rendezvous itself has named: "{path}/ws/relay/TICKET".
	std::string target(const std::string& named) const;

	/// Whether the host is this machine by its name alone ("localhost", 127.0.0.1, ::1).
	bool isLoopback() const;

	friend bool operator==(const RendezvousUrl&, const RendezvousUrl&) = default;
};

/// The header that shows an identity token to a cloud's gate before the rendezvous. It is read before
/// Authorization, which is then the service's own:
/// https://cloud.google.com/run/docs/authenticating/service-to-service
std::pair<std::string, std::string> gateHeader(const std::string& iamToken);

}
