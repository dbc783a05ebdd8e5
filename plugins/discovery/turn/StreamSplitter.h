#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "node/api/Bytes.h"

namespace gimlet::turn
{

/// Finds the messages in a stream from a TURN server: STUN messages by the length in their header,
/// ChannelData by theirs and padded to a multiple of 4 (RFC 8656, sections 3.1 and 12.5).
///
/// It keeps at most one message that is not yet whole, 64 KiB. What comes whole is not copied.
class StreamSplitter
{
public:
	/// The bytes of one message, padding and all; valid for the call.
	using Handler = std::function<void(ByteView message)>;

	/// Hands out each message that these bytes complete.
	/// @return False when something else than TURN came: nothing behind it can be told apart any more. So it
	/// stays.
	bool receive(ByteView bytes, const Handler& handler);

	/// Bytes of a message that is not yet whole.
	std::size_t waiting() const
	{
		return _rest.size();
	}

private:
	/// How long the message is that begins here; 0 while that cannot be told, empty if it is none.
	static std::optional<std::size_t> messageSize(ByteView bytes);

	/// Completes what has come in part. @return Whether it is whole.
	bool complete(ByteView& bytes);

	Buffer _rest;
	bool _broken = false;
};

}
