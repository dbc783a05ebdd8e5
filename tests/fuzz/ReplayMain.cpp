// Runs a fuzz target over the files of its corpus, where there is no libFuzzer to do it.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv)
{
	std::size_t count = 0;
	for (int i = 1; i < argc; ++i)
		for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
		{
			std::ifstream file(entry.path(), std::ios::binary);
			const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
			std::printf("%s\n", entry.path().filename().c_str());
			std::fflush(stdout);
			// A copy of the exact size, so that a sanitizer sees the first byte read past it.
			const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
			LLVMFuzzerTestOneInput(input.data(), input.size());
			++count;
		}
	std::printf("%zu inputs replayed\n", count);
	return count > 0 ? 0 : 1;
}
