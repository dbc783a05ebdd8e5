#pragma once

#include <array>
#include <string_view>

namespace gimlet::udp_punch::verify
{

/// One for each byte: short, known to everybody, spoken without doubt. The first three letters are enough to
/// tell one from the others, and any two differ in at least three letters. Part of the protocol: never
/// changed.
extern const std::array<std::string_view, 256> WORDS;

}
