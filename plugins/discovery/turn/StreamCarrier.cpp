#include "plugins/discovery/turn/StreamCarrier.h"

namespace gimlet::turn
{

namespace
{

/// What may wait for a slow connection. More would only come later: who sends datagrams wants to know of a
/// full queue by their loss.
constexpr std::size_t MOST_WAITING = 256 * 1024;

/// The largest message: 64 KiB of a datagram and what is around it.
constexpr std::size_t LARGEST = 65'535 + 64;

}

StreamCarrier::StreamCarrier(StreamConnector& streams, const StreamTarget& target, User& user) :
	_user(user), _stream(streams.connect(target, *this))
{
}

std::span<std::uint8_t> StreamCarrier::space()
{
	if (!_stream || _stream->bufferedAmount() > MOST_WAITING)
		return {};
	return _space;
}

void StreamCarrier::commit(std::size_t size)
{
	_stream->send(ByteView{_space}.first(size));
}

void StreamCarrier::onStreamOpen()
{
	_space.resize(LARGEST);
	_server = _stream->remote();
	_user.carrierOpen(_server);
}

void StreamCarrier::onStreamData(ByteView bytes)
{
	const bool whole =
		_splitter.receive(bytes, [this](ByteView message) { _user.carrierReceived(message, _server); });
	_user.carrierIdle();
	if (whole)
		return;
	_stream.reset();
	_user.carrierClosed("sends what is not TURN");
}

void StreamCarrier::onStreamClosed(const std::string& error)
{
	_stream.reset();
	_user.carrierClosed(error.empty() ? "has closed the connection" : "cannot be reached: " + error);
}

}
