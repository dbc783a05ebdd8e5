#pragma once

#include <stdexcept>
#include <string>

namespace gimlet::core
{

/// What a node keeps between its runs cannot be had; the sentence says how that is mended.
class StateError : public std::runtime_error
{
public:
	/// Codes of sysexits.h: whether another try may do (69), or a person has to mend something first (78).
	static constexpr int UNAVAILABLE = 69;
	static constexpr int CONFIGURATION = 78;

	StateError(int exitCode, const std::string& message) : std::runtime_error(message), _exitCode(exitCode) {}

	int exitCode() const
	{
		return _exitCode;
	}

private:
	int _exitCode;
};

}
