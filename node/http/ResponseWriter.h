#pragma once

#include <memory>
#include <string>

#include "node/http/Channel.h"
#include "node/http/Response.h"

namespace gimlet::http
{

/// An answer on its way into a channel.
class ResponseWriter
{
public:
	/// @param withBody False for the answer to HEAD.
	/// @throws std::invalid_argument as responseHead() does; the writer is then as before.
	void begin(const Response& response, bool keepAlive, bool withBody);

	/// Writes what the channel takes. @return Done when that was all of it, otherwise what it waits for.
	Channel::Status write(Channel& channel);

	/// Bytes still to be written.
	std::size_t left() const
	{
		return _head.size() + (_body ? _body->size() : 0) - _written;
	}

private:
	std::string _head; ///< and the body if that is small or not shared
	std::shared_ptr<const std::string> _body;
	std::size_t _written = 0; ///< of the head and then of the body
};

}
