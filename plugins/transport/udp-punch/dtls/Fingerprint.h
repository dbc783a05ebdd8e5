#pragma once

#include <string>

#include "node/api/Bytes.h"

struct x509_st;

namespace gimlet::udp_punch::dtls
{

/// "sha-256 AB:CD:..." of a certificate in DER. @param hash "sha-256", "sha-384" or "sha-512"; "" is returned
/// for others.
std::string fingerprintOf(ByteView certificate, const std::string& hash);

/// The certificate in DER; empty if OpenSSL refuses.
Buffer derOf(const x509_st* certificate);

/// @param fingerprint "sha-256 AB:CD:..." of a description, perhaps in lower case (RFC 8122, section 5).
/// @return "" if the certificate has that fingerprint; else why it has not, for people.
std::string whyNotExpected(const x509_st* certificate, const std::string& fingerprint);

}
