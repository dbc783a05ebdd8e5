#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "node/api/Bytes.h"
#include "node/api/Peer.h"

/// Who somebody is: a P-256 key, and the worker id that follows from it (docs/PROTOCOL.md, section 5). Pure;
/// any thread.
namespace gimlet::identity
{

/// The one spelling of a P-256 public key: SubjectPublicKeyInfo in DER with a named curve and an
/// uncompressed point (RFC 5480, sections 2.1 and 2.2) is always so long.
inline constexpr std::size_t PUBLIC_KEY_SIZE = 91;

/// An ECDSA signature of P-256 in DER: two integers of at most 33 bytes (RFC 3279, section 2.2.3).
inline constexpr std::size_t MAX_SIGNATURE_SIZE = 72;

/// Whether some bytes are a P-256 public key in that spelling, its point on the curve.
bool isPublicKey(ByteView spki);

/// The worker id of a public key: a UUID version 8 (RFC 9562, section 5.8) made of the first 16 bytes of the
/// SHA-256 of the key. @param spki Any bytes; check them with isPublicKey() or verify().
PeerId workerId(ByteView spki);

/// SHA-256 of a public key, for people to compare: "AB:CD:...", 32 bytes.
std::string fingerprint(ByteView spki);

/// Whether a signature (ECDSA with SHA-256, DER) over a text was made with the private half of a key. False
/// too for whatever is no P-256 key in its one spelling or no signature in DER. Costs about 100 us.
bool verify(ByteView spki, std::string_view text, ByteView signature);

}
