#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gimlet::core
{

/// The candidate that somebody who wrote the word may have meant, or "" if none is near: at most one typing
/// error (a letter too many, too few, wrong, or two swapped) for every three letters.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean "stun"?`, or "" if no candidate is near.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);

}
