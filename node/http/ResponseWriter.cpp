#include "node/http/ResponseWriter.h"

namespace gimlet::http
{

namespace
{

/// Up to this size a shared body is copied behind its head, so that both leave in one packet.
constexpr std::size_t SMALL_BODY = 16 * 1024;

}

void ResponseWriter::begin(const Response& response, bool keepAlive, bool withBody)
{
	auto head = responseHead(response, keepAlive);
	_head = std::move(head);
	_body.reset();
	_written = 0;
	if (!withBody || response.reply.status == 304)
		return;
	if (response.sharedBody && response.sharedBody->size() > SMALL_BODY)
		_body = response.sharedBody;
	else
		_head += response.body();
}

Channel::Status ResponseWriter::write(Channel& channel)
{
	while (left() > 0)
	{
		const auto rest = _written < _head.size() ? asBytes(_head).subspan(_written)
												  : asBytes(*_body).subspan(_written - _head.size());
		const auto result = channel.write(rest);
		if (result.status != Channel::Status::Done)
			return result.status;
		_written += result.length;
	}
	// The connection may idle for long now.
	std::string{}.swap(_head);
	_body.reset();
	_written = 0;
	return Channel::Status::Done;
}

}
