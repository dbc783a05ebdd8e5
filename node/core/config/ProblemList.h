#pragma once

#include <string>
#include <vector>

#include "node/api/Settings.h"

namespace gimlet::core
{

/// Everything that is wrong with a configuration, so that all of it is told at once. Whatever is said twice
/// (an environment name that two plugins share) is told once.
class ProblemList
{
public:
	/// A problem of a line: "FILE:LINE: MESSAGE".
	void addLine(const std::string& file, unsigned line, const std::string& message);

	/// A problem of a value: "etc/node.ini:3: [stun] servers = x: MESSAGE", "environment: STUN_HOST = x:
	/// MESSAGE" or "--set stun.servers=x: MESSAGE". The value of a secret is not shown.
	void addValue(const std::string& section, const std::string& key, const Settings::Value& value,
		const std::string& message);

	/// A problem of an environment variable: "environment: NAME = VALUE: MESSAGE".
	void addVariable(const std::string& name, const std::string& value, const std::string& message);

	/// A sentence of its own.
	void add(const std::string& message);

	bool empty() const
	{
		return _problems.empty();
	}

	std::size_t size() const
	{
		return _problems.size();
	}

	/// How often something was reported, repetitions included.
	std::size_t reports() const
	{
		return _reports;
	}

	/// One sentence a problem: those of the file in the order of its lines, then the others.
	std::vector<std::string> lines() const;

private:
	struct Problem
	{
		unsigned line; ///< in the file; BEHIND_FILE for all others
		std::string text;
	};

	void insert(unsigned line, std::string text);

	std::vector<Problem> _problems;
	std::size_t _reports = 0;
};

/// "etc/node.ini:3" taken apart. @return The line, or 0 if there is none.
unsigned lineOf(const std::string& where);

}
