#pragma once

#include <string>

namespace gimlet::udp_punch::dtls
{

/// @throws std::runtime_error "what: why", with OpenSSL's latest error, which is then forgotten.
[[noreturn]] void throwOpenSslError(const std::string& what);

/// Why a connection failed, for people, from OpenSSL's latest error, which is then forgotten.
std::string takeReason();

}
