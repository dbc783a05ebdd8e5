#include "node/core/config/ProblemList.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "node/api/Log.h"

namespace gimlet::core
{

namespace
{

constexpr unsigned BEHIND_FILE = std::numeric_limits<unsigned>::max();

}

void ProblemList::insert(unsigned line, std::string text)
{
	// Names and values come from outside and must not break out of their line.
	constexpr std::size_t LONGEST = 4000;
	text = printable(text, LONGEST);
	++_reports;
	const auto same = [&](const Problem& problem) { return problem.text == text; };
	if (std::none_of(_problems.begin(), _problems.end(), same))
		_problems.push_back({line, std::move(text)});
}

void ProblemList::addLine(const std::string& file, unsigned line, const std::string& message)
{
	insert(line, fmt::format("{}:{}: {}", file, line, message));
}

void ProblemList::addValue(const std::string& section, const std::string& key, const Settings::Value& value,
	const std::string& message)
{
	const auto text = value.secret ? std::string{"(hidden)"} : printable(value.text, 200);
	const auto spelt = text.empty() ? std::string{} : " = " + text;
	switch (value.origin)
	{
	case Origin::CommandLine:
		return insert(BEHIND_FILE, fmt::format("--set {}.{}={}: {}", section, key, text, message));
	case Origin::Environment:
		return insert(BEHIND_FILE, fmt::format("environment: {}{}: {}", value.where, spelt, message));
	case Origin::File:
		return insert(
			lineOf(value.where), fmt::format("{}: [{}] {}{}: {}", value.where, section, key, spelt, message));
	case Origin::Default:
		return insert(BEHIND_FILE, fmt::format("[{}] {}{}: {}", section, key,
									   text.empty() ? "" : spelt + " (the default)", message));
	}
}

void ProblemList::addVariable(const std::string& name, const std::string& value, const std::string& message)
{
	insert(BEHIND_FILE, fmt::format("environment: {} = {}: {}", name, printable(value, 200), message));
}

void ProblemList::add(const std::string& message)
{
	insert(BEHIND_FILE, message);
}

std::vector<std::string> ProblemList::lines() const
{
	auto sorted = _problems;
	std::stable_sort(sorted.begin(), sorted.end(),
		[](const Problem& left, const Problem& right) { return left.line < right.line; });
	std::vector<std::string> result;
	result.reserve(sorted.size());
	for (auto& problem : sorted)
		result.push_back(std::move(problem.text));
	return result;
}

unsigned lineOf(const std::string& where)
{
	const auto colon = where.rfind(':');
	const auto line = colon == std::string::npos ? std::nullopt : parseInteger(where.substr(colon + 1));
	return line && *line > 0 ? static_cast<unsigned>(*line) : 0;
}

}
