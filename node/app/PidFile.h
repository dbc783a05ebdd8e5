#pragma once

#include <stdexcept>
#include <string>

namespace gimlet::app
{

/// The file cannot be written, or a running process holds it; the sentence says which.
class PidFileError : public std::runtime_error
{
public:
	using std::runtime_error::runtime_error;
};

/// A file that holds the process id while the process runs, locked, so that a file left behind by a crash is
/// told from one in use.
class PidFile
{
public:
	/// @throws PidFileError
	explicit PidFile(std::string path);
	PidFile(const PidFile&) = delete;
	PidFile& operator=(const PidFile&) = delete;

	/// Removes the file.
	~PidFile();

private:
	std::string _path;
	int _descriptor;
};

}
