#include "node/http/Channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace gimlet::http
{

namespace
{

bool wouldBlock(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}

Channel::Channel(Descriptor descriptor, const Endpoint& remote) :
	_descriptor(std::move(descriptor)), _remote(remote)
{
}

Channel::~Channel() = default;

Channel::Status Channel::handshake()
{
	return Status::Done;
}

Channel::Result Channel::read(std::span<std::uint8_t> into)
{
	const auto length = ::recv(descriptor(), into.data(), into.size(), 0);
	if (length > 0)
		return {Status::Done, static_cast<std::size_t>(length)};
	if (length == 0)
		return {Status::Closed, 0};
	return {wouldBlock(errno) ? Status::WantsRead : Status::Failed, 0};
}

Channel::Result Channel::write(ByteView bytes)
{
	const auto length = ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
	if (length >= 0)
		return {Status::Done, static_cast<std::size_t>(length)};
	return {wouldBlock(errno) ? Status::WantsWrite : Status::Failed, 0};
}

bool Channel::pending() const
{
	return false;
}

void Channel::shutdown()
{
	::shutdown(descriptor(), SHUT_WR);
}

bool Channel::secure() const
{
	return false;
}

void Channel::limitUnsent(std::size_t bytes)
{
	// Where it fails, more waits in the kernel and nothing is lost.
	const int limit = static_cast<int>(std::min<std::size_t>(bytes, std::numeric_limits<int>::max()));
	::setsockopt(descriptor(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limit, sizeof limit);
}

}
