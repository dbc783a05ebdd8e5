#pragma once

#include "node/protocol/identity/KeyIdentity.h"

namespace gimlet::test
{

/// A key that everybody knows (RFC 6979, appendix A.2.5); its id is 5a7a78cc-a4a0-8420-99bc-62bb669c3c27.
const Identity& testIdentity();

}
