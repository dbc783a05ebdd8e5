#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gimlet::console
{

/// The text without what could steer a terminal or hide the order of its characters: control characters
/// (C0, DEL, C1) and those of bidirectional embedding come out as \xNN and \u{NNNN}, and so do bytes that are
/// not UTF-8. Tabs become spaces.
std::string safeText(std::string_view text);

/// The same line by line.
std::vector<std::string> safeLines(std::string_view text);

/// As much of a text as shows which one is meant, on one line: "the first words...".
std::string excerpt(std::string_view text);

}
