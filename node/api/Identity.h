#pragma once

#include "node/api/Bytes.h"
#include "node/api/Export.h"
#include "node/api/Peer.h"

namespace gimlet
{

/// Who this node is: a P-256 key, whose worker id is a UUID version 8 of its public key (docs/PROTOCOL.md,
/// section 5). Immutable; any thread.
class GIMLET_API Identity
{
public:
	virtual ~Identity();

	/// The worker id.
	virtual const PeerId& id() const = 0;

	/// SubjectPublicKeyInfo in DER.
	virtual ByteView publicKey() const = 0;

	/// ECDSA with SHA-256 over the text, in DER. @throws std::runtime_error if OpenSSL refuses.
	virtual Buffer sign(ByteView text) const = 0;
};

}
