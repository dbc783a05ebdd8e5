#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "node/api/Time.h"
#include "plugins/transport/udp-punch/sctp/DataChannel.h"
#include "plugins/transport/udp-punch/sctp/Socket.h"

namespace gimlet::udp_punch::sctp
{

/// Gives usrsctp what waits in the channels, in pieces and in turn, as far as its buffer has room. Loop
/// thread only.
class Writer
{
public:
	/// A piece at normal priority (256); others get their share of it (RFC 8831, section 6.4).
	static constexpr std::size_t PIECE = 65536;

	/// The channel has something to send.
	void add(DataChannel& channel);
	void remove(const DataChannel& channel);

	/// usrsctp may have room again.
	void roomAgain()
	{
		_full = false;
	}
	/// With interleaving (RFC 8260) pieces of several messages may alternate.
	void setInterleaving(bool on)
	{
		_interleaving = on;
	}

	/// Writes until nothing waits or there is no room.
	void run(Socket& socket, TimePoint now);

	/// Channels whose observers may want to know that something was written since the last call.
	std::vector<DataChannel*> takeWritten()
	{
		return std::exchange(_written, {});
	}
	bool anyToNotify() const
	{
		return !_written.empty() || !_refused.empty();
	}
	/// Channels whose stream usrsctp refuses.
	std::vector<DataChannel*> takeRefused()
	{
		return std::exchange(_refused, {});
	}
	/// Bytes of messages that usrsctp took.
	std::uint64_t bytesWritten() const
	{
		return _bytes;
	}

private:
	enum class Outcome
	{
		Turn,    ///< its piece is written
		Empty,   ///< nothing of it waits
		Full,    ///< usrsctp has no room
		Refused, ///< usrsctp will not have it
	};

	Outcome writePiece(Socket& socket, DataChannel& channel, TimePoint now);
	Socket::Taken writeMessage(
		Socket& socket, DataChannel& channel, const DataChannel::Outgoing& message, std::size_t most);
	void noteWritten(DataChannel& channel);

	std::deque<DataChannel*> _rotation;
	std::vector<DataChannel*> _written;
	std::vector<DataChannel*> _refused;
	bool _full = false;
	bool _interleaving = false;
	std::uint64_t _bytes = 0;
};

}
