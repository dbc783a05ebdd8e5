#pragma once

#include <stdexcept>
#include <string>

#include "node/app/CommandLine.h"
#include "node/core/Setup.h"

namespace gimlet::app
{

/// The configuration file cannot be read; the sentence names it and says why.
class LoadError : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
};

/// The layers of a command line: its file, read now, its --set options, and the environment.
/// @throws LoadError
core::Sources readSources(const CommandLine& line);

/// The version that this program reports.
std::string version();

/// Prints what is wrong with a configuration on stderr, one problem a line; through the log where that is
/// JSON, so that a log reader shows it as errors.
void printProblems(core::Setup& setup);

}
