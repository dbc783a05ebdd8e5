#pragma once

#include <optional>
#include <string>

#include "node/api/Endpoint.h"
#include "node/api/Stream.h"

namespace gimlet::http_echo
{

/// Where to ask, and what.
struct EchoUrl
{
	std::string host;
	std::uint16_t port = 0;
	bool tls = false;
	std::string target; ///< path and query, as in a request line

	/// The request: HTTP/1.1, one answer, then the end of the connection.
	std::string request() const;
};

/// Reads an http or https URL. @return Empty if it has no host, or characters that a request line cannot
/// carry.
std::optional<EchoUrl> parseEchoUrl(const std::string& url);

/// The address in the body of an answer: an IP literal and white space, nothing else. Addresses that cannot
/// be public (loopback, private, ...) are refused too.
std::optional<std::string> parseEchoBody(const std::string& body);

}
