#pragma once

#include <string>
#include <string_view>

namespace gimlet::test
{

/// A folder of the test's own, removed with all that is in it.
class TempFolder
{
public:
	TempFolder();
	TempFolder(const TempFolder&) = delete;
	TempFolder& operator=(const TempFolder&) = delete;
	~TempFolder();

	const std::string& path() const
	{
		return _path;
	}

	/// Writes a file, making folders as needed. @return Its path.
	std::string write(const std::string& name, std::string_view content) const;

private:
	std::string _path;
};

/// The content of a file; throws std::runtime_error if it cannot be read.
std::string readFile(const std::string& path);

}
