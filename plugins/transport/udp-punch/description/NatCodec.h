#pragma once

#include <optional>

#include "node/api/Candidate.h"
#include "node/protocol/json/Json.h"
#include "node/protocol/json/Writer.h"

/// What is known of a side's NATs, as an object of JSON (docs/PROTOCOL.md, section 4).
namespace gimlet::udp_punch
{

void writeNat(json::Writer& out, const NatBehaviour& nat);

/// Unknown words are read as "unknown", and members that may be absent as if they were. Empty if a member has
/// another type, a number is out of its range, or there are too many ports.
std::optional<NatBehaviour> readNat(const json::Object& object);

}
