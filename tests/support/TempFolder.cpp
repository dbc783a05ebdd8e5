#include "tests/support/TempFolder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gimlet::test
{

TempFolder::TempFolder() : _path((std::filesystem::temp_directory_path() / "gimlet-test-XXXXXX").string())
{
	if (!mkdtemp(_path.data()))
		throw std::runtime_error("cannot make " + _path);
}

TempFolder::~TempFolder()
{
	std::error_code ignored;
	std::filesystem::remove_all(_path, ignored);
}

std::string TempFolder::write(const std::string& name, std::string_view content) const
{
	const auto path = std::filesystem::path(_path) / name;
	std::filesystem::create_directories(path.parent_path());
	std::ofstream(path, std::ios::binary) << content;
	return path.string();
}

std::string readFile(const std::string& path)
{
	std::ifstream in(path, std::ios::binary);
	if (!in)
		throw std::runtime_error("cannot read " + path);
	return {std::istreambuf_iterator<char>(in), {}};
}

}
