#include "node/http/MimeTypes.h"

#include <array>
#include <utility>

#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

namespace
{

constexpr MimeType UNKNOWN{"application/octet-stream", false};

/// As IANA registers them; text is UTF-8 here.
constexpr std::array<std::pair<std::string_view, MimeType>, 22> TYPES{{
	{"html", {"text/html; charset=utf-8", true}},
	{"css", {"text/css; charset=utf-8", true}},
	{"js", {"text/javascript; charset=utf-8", true}}, // RFC 9239
	{"mjs", {"text/javascript; charset=utf-8", true}},
	{"json", {"application/json", true}},
	{"map", {"application/json", true}},
	{"webmanifest", {"application/manifest+json", true}},
	{"svg", {"image/svg+xml", true}},
	{"txt", {"text/plain; charset=utf-8", true}},
	{"md", {"text/markdown; charset=utf-8", true}},
	{"xml", {"application/xml", true}},
	{"wasm", {"application/wasm", true}},
	{"ico", {"image/vnd.microsoft.icon", true}},
	{"png", {"image/png", false}},
	{"jpg", {"image/jpeg", false}},
	{"jpeg", {"image/jpeg", false}},
	{"gif", {"image/gif", false}},
	{"webp", {"image/webp", false}},
	{"avif", {"image/avif", false}},
	{"woff2", {"font/woff2", false}},
	{"mp3", {"audio/mpeg", false}},
	{"pdf", {"application/pdf", false}},
}};

}

const MimeType& mimeType(std::string_view fileName)
{
	const auto dot = fileName.rfind('.');
	if (dot == std::string_view::npos)
		return UNKNOWN;
	for (const auto& [extension, type] : TYPES)
	{
		if (http1::equalIgnoringCase(fileName.substr(dot + 1), extension))
			return type;
	}
	return UNKNOWN;
}

}
