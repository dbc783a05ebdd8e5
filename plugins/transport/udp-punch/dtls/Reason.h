#pragma once

#include <string>

namespace gimlet::udp_punch::dtls
{

/// @throws std::runtime_error "what: why", with OpenSSL's latest error, which is then forgotten.
[[noreturn]] void throwOpenSslError(const std::string& what);

/// Forgets what OpenSSL noted on this thread, whoever it was for: before each call whose outcome is asked
/// for.
void forgetErrors();

/// Why a connection failed, for people, from OpenSSL's latest error, which is then forgotten.
std::string takeReason();

}
