#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gimlet::web
{

/// Random bytes of the operating system's quality, as base64url without padding (RFC 4648, section 5).
/// @throws std::runtime_error when there is no randomness to be had.
std::string randomText(std::size_t bytes);

/// Why a text will not do as a token, as the end of a sentence; "" if it may have 128 random bits: long
/// enough for the characters that it is made of, and of those that fit into a header, a cookie and an
/// address.
std::string tokenWeakness(std::string_view token);

}
