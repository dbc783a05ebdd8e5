#include "node/core/config/Suggestion.h"

#include <Poco/String.h>
#include <fmt/format.h>

#include <algorithm>

namespace gimlet::core
{

namespace
{

/// Optimal string alignment distance: insertions, deletions, substitutions, swapped neighbours.
std::size_t distance(std::string_view a, std::string_view b)
{
	std::vector<std::size_t> beforePrevious(b.size() + 1);
	std::vector<std::size_t> previous(b.size() + 1);
	std::vector<std::size_t> current(b.size() + 1);
	for (std::size_t column = 0; column <= b.size(); ++column)
		previous[column] = column;
	for (std::size_t row = 1; row <= a.size(); ++row)
	{
		current[0] = row;
		for (std::size_t column = 1; column <= b.size(); ++column)
		{
			const std::size_t substitution = previous[column - 1] + (a[row - 1] == b[column - 1] ? 0 : 1);
			current[column] = std::min({previous[column] + 1, current[column - 1] + 1, substitution});
			if (row > 1 && column > 1 && a[row - 1] == b[column - 2] && a[row - 2] == b[column - 1])
				current[column] = std::min(current[column], beforePrevious[column - 2] + 1);
		}
		std::swap(beforePrevious, previous);
		std::swap(previous, current);
	}
	return previous[b.size()];
}

}

std::string closest(std::string_view word, const std::vector<std::string>& candidates)
{
	constexpr std::size_t LONGEST = 100; // the distance costs the product of both lengths
	if (word.empty() || word.size() > LONGEST)
		return {};
	const auto lower = Poco::toLower(std::string{word});
	std::string best;
	std::size_t bestDistance = std::max<std::size_t>(1, word.size() / 3) + 1;
	for (const auto& candidate : candidates)
	{
		if (candidate.size() > LONGEST)
			continue;
		const auto candidateDistance = distance(lower, Poco::toLower(candidate));
		if (candidateDistance < bestDistance)
		{
			best = candidate;
			bestDistance = candidateDistance;
		}
	}
	return best;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates)
{
	const auto suggestion = closest(word, candidates);
	return suggestion.empty() ? std::string{} : fmt::format("; did you mean \"{}\"?", suggestion);
}

}
