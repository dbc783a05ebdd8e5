#include "node/http/StaticFiles.h"

#include <Poco/DeflatingStream.h>
#include <Poco/Exception.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "node/http/MimeTypes.h"
#include "node/protocol/http1/HeaderValues.h"

namespace gimlet::http
{

namespace
{

/// Below this gzip's header eats the gain.
constexpr std::size_t MIN_COMPRESSED = 256;

std::string readAll(int descriptor, std::size_t size)
{
	std::string content(size, '\0');
	std::size_t length = 0;
	while (length < size)
	{
		const auto result = ::read(descriptor, content.data() + length, size - length);
		if (result < 0 && errno == EINTR)
			continue;
		if (result <= 0)
			break;
		length += static_cast<std::size_t>(result);
	}
	content.resize(length);
	return content;
}

std::string gzip(const std::string& content)
{
	constexpr int BEST_LEVEL = 9; // done once per version of a file
	std::ostringstream out;
	Poco::DeflatingOutputStream stream(out, Poco::DeflatingStreamBuf::STREAM_GZIP, BEST_LEVEL);
	stream << content;
	stream.close();
	return out.str();
}

std::string tagOf(const std::string& content)
{
	std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
	SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
	std::string tag;
	for (const auto byte : ByteView{digest}.first(16))
		tag += fmt::format("{:02x}", byte);
	return tag;
}

std::int64_t modifiedOf(const struct stat& status)
{
	return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Response notFound()
{
	return textResponse(404, "Not found: there is no such file.");
}

Response fileResponse(const MimeType& type, std::shared_ptr<const std::string> body, const std::string& tag,
	const std::string& ifNoneMatch)
{
	Response response;
	response.reply.contentType = type.name;
	// Kept, and asked for by its tag each time: a page must fit the node that serves it.
	response.reply.headers["Cache-Control"] = "no-cache";
	response.reply.headers["ETag"] = tag;
	if (type.compressible)
		response.reply.headers["Vary"] = "Accept-Encoding";
	if (http1::matchesTag(ifNoneMatch, tag))
		response.reply.status = 304;
	else
		response.sharedBody = std::move(body);
	return response;
}

}

StaticFiles::StaticFiles(const std::string& folder) :
	_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
	if (!_folder)
		throw Poco::OpenFileException(folder + ": " + std::strerror(errno));
}

Descriptor StaticFiles::open(const std::vector<std::string>& segments) const
{
	constexpr int FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	Descriptor present{::openat(_folder.value(), ".", FLAGS | O_DIRECTORY)};
	for (std::size_t i = 0; i < segments.size() && present; ++i)
	{
		const auto& name = segments[i];
		if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos ||
			name.find('\0') != std::string::npos)
			return {};
		const bool last = i + 1 == segments.size();
		present = Descriptor{::openat(present.value(), name.c_str(), FLAGS | (last ? 0 : O_DIRECTORY))};
	}
	return present;
}

Response StaticFiles::serve(const Request& request)
{
	auto segments = request.segments;
	auto file = open(segments);
	struct stat status
	{
	};
	if (!file || ::fstat(file.value(), &status) != 0)
		return notFound();
	if (S_ISDIR(status.st_mode))
	{
		if (!request.trailingSlash)
		{
			auto response = textResponse(301, "This folder's address ends in a slash.");
			response.reply.headers["Location"] = request.rawPath + "/";
			return response;
		}
		segments.emplace_back("index.html");
		file = open(segments);
		if (!file || ::fstat(file.value(), &status) != 0)
			return notFound();
	}
	else if (request.trailingSlash)
	{
		return notFound();
	}
	if (!S_ISREG(status.st_mode))
		return notFound();
	if (status.st_size > static_cast<off_t>(MAX_FILE))
		return textResponse(500, "This file is too large to be served.");

	const auto& type = mimeType(segments.back());
	const auto found =
		content(fmt::format("{}", fmt::join(segments, "/")), file.value(), status, type.compressible);
	if (!request.gzip || !found->gzipped)
		return fileResponse(type, found->plain, '"' + found->tag + '"', request.ifNoneMatch);
	auto response = fileResponse(type, found->gzipped, '"' + found->tag + "-gzip\"", request.ifNoneMatch);
	if (response.reply.status == 200)
		response.reply.headers["Content-Encoding"] = "gzip";
	return response;
}

std::shared_ptr<const StaticFiles::Content> StaticFiles::content(
	const std::string& key, int descriptor, const struct stat& status, bool compressible)
{
	{
		const std::lock_guard lock(_mutex);
		const auto cached = _cache.find(key);
		if (cached != _cache.end() && cached->second->modified == modifiedOf(status) &&
			cached->second->inode == status.st_ino &&
			cached->second->plain->size() == static_cast<std::size_t>(status.st_size))
			return cached->second;
	}
	auto fresh = read(descriptor, status, compressible);
	const auto bytes = fresh->plain->size() + (fresh->gzipped ? fresh->gzipped->size() : 0);
	const std::lock_guard lock(_mutex);
	_cachedBytes += bytes; // of replaced entries too, until the next clearing: a bound, not an account
	if (_cache.size() >= MAX_CACHED_FILES || _cachedBytes > MAX_CACHED_BYTES)
	{
		_cache.clear();
		_cachedBytes = bytes;
	}
	_cache[key] = fresh;
	return fresh;
}

std::shared_ptr<const StaticFiles::Content> StaticFiles::read(
	int descriptor, const struct stat& status, bool compressible)
{
	auto content = std::make_shared<Content>();
	content->modified = modifiedOf(status);
	content->inode = status.st_ino;
	content->plain =
		std::make_shared<const std::string>(readAll(descriptor, static_cast<std::size_t>(status.st_size)));
	content->tag = tagOf(*content->plain);
	if (compressible && content->plain->size() >= MIN_COMPRESSED)
	{
		auto smaller = gzip(*content->plain);
		if (smaller.size() < content->plain->size())
			content->gzipped = std::make_shared<const std::string>(std::move(smaller));
	}
	return content;
}

}
