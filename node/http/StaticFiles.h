#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Descriptor.h"
#include "node/http/Response.h"

struct stat;

namespace gimlet::http
{

/// The files of one folder, as HTTP serves them. Any thread; the work (reading, hashing, compressing) is done
/// on the caller's.
///
/// Nothing outside the folder can be reached: the path is walked part by part from a descriptor of the
/// folder and no symbolic link is followed, so that it does not matter what changes meanwhile. Names that
/// begin with a dot are not served.
class StaticFiles
{
public:
	/// @throws Poco::FileException if it is no folder that can be read.
	explicit StaticFiles(const std::string& folder);

	struct Request
	{
		/// The parts of the path below the folder: decoded, and clean as http1::Target gives them.
		std::vector<std::string> segments;
		std::string rawPath; ///< as it was asked for, prefix included
		bool trailingSlash = false;
		bool gzip = false; ///< the client accepts it
		std::string ifNoneMatch;
	};

	/// The file, or 304, 301 to a folder's slash, or 404. index.html stands for its folder.
	Response serve(const Request& request);

	/// A larger file is not served; nobody keeps such in a page.
	static constexpr std::size_t MAX_FILE = 16 * 1024 * 1024;

private:
	/// A file's content as of one version of it.
	struct Content
	{
		std::int64_t modified = 0; ///< nanoseconds
		std::uint64_t inode = 0;
		std::shared_ptr<const std::string> plain;
		std::shared_ptr<const std::string> gzipped; ///< null where that is no gain
		std::string tag;                            ///< without quotation marks
	};

	Descriptor open(const std::vector<std::string>& segments) const;
	std::shared_ptr<const Content> content(
		const std::string& key, int descriptor, const struct stat& status, bool compressible);
	static std::shared_ptr<const Content> read(int descriptor, const struct stat& status, bool compressible);

	static constexpr std::size_t MAX_CACHED_FILES = 256;
	static constexpr std::size_t MAX_CACHED_BYTES = 32 * 1024 * 1024;

	Descriptor _folder;
	std::mutex _mutex;
	/// Emptied when it grows over a limit, which a page's files never reach.
	std::map<std::string, std::shared_ptr<const Content>> _cache; ///< guarded by _mutex
	std::size_t _cachedBytes = 0;                                 ///< guarded by _mutex
};

}
