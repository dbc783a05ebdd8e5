#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gimlet::core
{

/// An HTTP proxy that is asked to CONNECT (RFC 9110, section 9.3.6).
struct HttpProxy
{
	std::string host;
	std::uint16_t port = 0;
	/// "user:password"; empty if it wants none.
	std::string credentials;

	/// Parses "http://[user:password@]host[:port]", port 80 if none is given. User and password are
	/// percent-decoded. Empty with a sentence in error if malformed; the sentence never shows the password.
	static std::optional<HttpProxy> parse(const std::string& url, std::string& error);

	/// The request for a tunnel to a host; an IPv6 literal without brackets.
	/// @throws std::invalid_argument when the host holds a character that would end the line.
	std::string connectRequest(std::string_view targetHost, std::uint16_t targetPort) const;

	/// "host:port", without credentials, for messages.
	std::string name() const;
};

/// "host:port", or "[v6]:port".
std::string authority(std::string_view host, std::uint16_t port);

}
