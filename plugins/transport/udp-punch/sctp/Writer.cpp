#include "plugins/transport/udp-punch/sctp/Writer.h"

#include <algorithm>

namespace gimlet::udp_punch::sctp
{

namespace
{

constexpr std::size_t NORMAL_PRIORITY = 256;
constexpr std::size_t SMALLEST_PIECE = 4096;

std::size_t pieceOf(const DataChannel& channel)
{
	return std::max(SMALLEST_PIECE, Writer::PIECE * channel.options().priority / NORMAL_PRIORITY);
}

}

void Writer::add(DataChannel& channel)
{
	if (std::find(_rotation.begin(), _rotation.end(), &channel) == _rotation.end())
		_rotation.push_back(&channel);
}

void Writer::remove(const DataChannel& channel)
{
	std::erase(_rotation, &channel);
	std::erase(_written, &channel);
	std::erase(_refused, &channel);
}

void Writer::run(Socket& socket, TimePoint now)
{
	while (!_full && !_rotation.empty())
	{
		auto& channel = *_rotation.front();
		const auto outcome = writePiece(socket, channel, now);
		if (outcome == Outcome::Full)
		{
			_full = true;
			return;
		}
		// Without interleaving usrsctp refuses all other streams until a message is complete.
		if (outcome == Outcome::Turn && channel.midMessage() && !_interleaving)
			continue;
		_rotation.pop_front();
		if (outcome == Outcome::Turn)
			_rotation.push_back(&channel);
		else if (outcome == Outcome::Refused)
			_refused.push_back(&channel);
	}
}

Writer::Outcome Writer::writePiece(Socket& socket, DataChannel& channel, TimePoint now)
{
	std::size_t left = pieceOf(channel);
	while (left > 0)
	{
		const auto* message = channel.next(now);
		if (message == nullptr)
		{
			noteWritten(channel); // what waited may have expired, which makes room too
			return Outcome::Empty;
		}
		const auto taken = writeMessage(socket, channel, *message, left);
		if (const auto* refusal = std::get_if<Socket::Refusal>(&taken))
			return *refusal == Socket::Refusal::Other ? Outcome::Refused : Outcome::Full;
		const auto bytes = std::get<std::size_t>(taken);
		if (bytes == 0)
			return Outcome::Full;
		if (carriesBytes(message->ppid))
			_bytes += bytes;
		channel.taken(bytes);
		noteWritten(channel);
		left -= std::min(left, bytes);
	}
	return channel.queueEmpty() ? Outcome::Empty : Outcome::Turn;
}

Socket::Taken Writer::writeMessage(
	Socket& socket, DataChannel& channel, const DataChannel::Outgoing& message, std::size_t most)
{
	const auto& options = channel.options();
	const bool ordered = options.ordered || channel.forcedOrder();
	const Delivery delivery{ordered, options.maxRetransmits, options.maxLifetime};
	// A message that may be abandoned is given as a whole: if usrsctp abandoned the beginning before it had
	// the end, it would take the end for a message.
	if (!delivery.reliable() && message.ppid != ppid::DCEP)
		return socket.sendWhole(channel.stream(), message.ppid, message.bytes, delivery);
	const auto rest = ByteView{message.bytes}.subspan(message.written);
	const auto part = rest.first(std::min(rest.size(), most));
	return socket.sendPart(channel.stream(), message.ppid, part, part.size() == rest.size(), ordered);
}

void Writer::noteWritten(DataChannel& channel)
{
	if (channel.wantsNotice() && (_written.empty() || _written.back() != &channel))
		_written.push_back(&channel);
}

}
