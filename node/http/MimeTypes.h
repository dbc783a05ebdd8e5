#pragma once

#include <string_view>

namespace gimlet::http
{

struct MimeType
{
	std::string_view name;
	bool compressible;
};

/// The type of a file by its name's end; application/octet-stream where that is unknown.
const MimeType& mimeType(std::string_view fileName);

}
