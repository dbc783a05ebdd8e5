#pragma once

#include <string>

#include "node/api/Bytes.h"

/// The vectors of docs/PROTOCOL.md, section 5: the key of RFC 6979, appendix A.2.5, as another program
/// (Python's cryptography) has written it, hashed it and signed with it.
namespace gimlet::test
{

inline const std::string PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\n"
									   "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
									   "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
									   "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
									   "-----END PRIVATE KEY-----\n";

inline const std::string PUBLIC_KEY =
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGy"
	"DC1+n1F3o8KU1EYimQ==";

inline const std::string WORKER_ID = "5a7a78cc-a4a0-8420-99bc-62bb669c3c27";

inline const std::string FINGERPRINT =
	"5A:7A:78:CC:A4:A0:F4:20:D9:BC:62:BB:66:9C:3C:27:59:E3:9F:72:3D:3A:E1:0D:CB:E0:F0:81:5A:07:EC:D4";

/// Over the text of the registration at rendezvous.example.org:9000, room lobby, with the server's nonce 00
/// to 1f and the client's 20 to 3f.
inline const std::string REGISTRATION_SIGNATURE =
	"MEQCIF60xb9eRb+Co2f31JR56Ke0woWSkltkPIgJ/L31n4+jAiBzFnZ8uhKgMEV3W10AaA86sXfKWeJfI6Ut3bfHihQtaA==";

}
