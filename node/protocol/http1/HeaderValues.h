#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What stands in single headers.
namespace gimlet::http1
{

/// Whether Accept-Encoding allows gzip (RFC 9110, section 12.5.3): named or by "*", and not with q=0.
bool acceptsGzip(std::string_view acceptEncoding);

/// Whether If-None-Match names an entity tag (RFC 9110, section 13.1.2; compared weakly).
/// @param tag With its quotation marks.
bool matchesTag(std::string_view ifNoneMatch, std::string_view tag);

/// A cookie's value in a Cookie header; "" if absent.
std::string_view cookie(std::string_view header, std::string_view name);

/// The token of "Authorization: Bearer TOKEN"; "" if it is not that.
std::string_view bearerToken(std::string_view authorization);

/// "host[:port]" as it stands in Host and Origin.
struct Authority
{
	std::string host; ///< lower case, without the brackets of an IPv6 address and without a dot at its end
	std::uint16_t port = 0;

	friend bool operator==(const Authority&, const Authority&) = default;
};

/// Empty if malformed. @param defaultPort Of the scheme.
std::optional<Authority> parseAuthority(std::string_view text, std::uint16_t defaultPort);

/// The scheme and authority of an Origin header ("https://example.org"). Empty for "null" and others.
struct Origin
{
	std::string scheme; ///< "http" or "https"
	Authority authority;
};
std::optional<Origin> parseOrigin(std::string_view text);

}
