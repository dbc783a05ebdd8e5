#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "node/api/Http.h"

namespace gimlet::http
{

/// An answer on its way out. The body may be shared with the cache of files.
struct Response
{
	HttpReply reply;
	/// Instead of reply.body.
	std::shared_ptr<const std::string> sharedBody;
	/// Whether the connection must end with this answer.
	bool close = false;

	std::string_view body() const
	{
		return sharedBody ? std::string_view{*sharedBody} : std::string_view{reply.body};
	}
};

/// A short text with a status.
Response textResponse(int status, std::string text);

/// The status line and headers, the empty line included: those of the reply, those that the message needs,
/// and those that keep a browser safe, unless the reply has its own.
/// @param keepAlive Whether the connection stays open.
/// @throws std::invalid_argument when the reply has a header that would add others.
std::string responseHead(const Response& response, bool keepAlive);

}
