#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gimlet::http1
{

/// Why a request is refused.
struct Fault
{
	int status = 400;
	std::string message; ///< a sentence without a full stop
};

/// The head of a request (RFC 9112, section 3), read strictly: what a proxy in front could read otherwise
/// (folded lines, bare line feeds, a second Host or Content-Length) is refused.
struct RequestHead
{
	std::string method;
	/// A path and query; of a target in absolute-form (RFC 9112, section 3.2.2) these alone, since its
	/// authority stands in headers as "host" then.
	std::string target;
	std::string version; ///< "HTTP/1.1" or "HTTP/1.0"
	/// Names in lower case; values of a repeated name are joined by ", " (Cookie: "; ").
	std::map<std::string, std::string> headers;

	/// The most header fields that are taken; more are refused with 431.
	static constexpr std::size_t MAX_FIELDS = 100;

	/// A header's value, by its name in lower case; "" if absent.
	std::string_view header(const std::string& name) const;
};

/// The length of the head, its empty line included, if it is all there within MAX_HEAD bytes.
/// @param searched How many bytes an earlier call has been given already.
std::optional<std::size_t> headLength(std::string_view received, std::size_t searched = 0);

/// Whether bytes can still become a request's head: tells a TLS client, a port scan and noise from a slow
/// client at once.
bool mayBeRequest(std::string_view received);

/// Reads the head of the length that headLength() gave.
/// @return What is wrong with it (400, 431 or 505), or nothing.
std::optional<Fault> parseRequestHead(std::string_view text, RequestHead& head);

}
