#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Export.h"
#include "node/api/Time.h"

namespace gimlet
{

class Channel;

/// What the bytes of a message are (RFC 8831, section 8: the payload protocol identifiers).
enum class MessageKind
{
	Text, ///< UTF-8, which the receiver checks if it cares
	Binary,
};

/// How a channel behaves; agreed when it is opened (RFC 8832, section 5.1). At most one of the two limits is
/// set; without any the channel is reliable.
struct ChannelOptions
{
	/// At most 65,535 bytes of UTF-8 each. Labels that begin with "gimlet-" are the node's own.
	std::string label;
	std::string protocol;
	bool ordered = true;
	/// A message is given up after so many retransmissions.
	std::optional<std::uint16_t> maxRetransmits;
	/// A message is given up after so long.
	std::optional<std::chrono::milliseconds> maxLifetime;
	/// RFC 8831, section 6.4: 128 below normal, 256 normal, 512 high, 1024 extra high.
	std::uint16_t priority = 256;
};

/// What became of a message handed to Channel::send.
enum class ChannelSend
{
	Accepted,  ///< it goes out in its turn
	Closed,    ///< the channel is not open
	TooLarge,  ///< over Channel::maxMessage(); can never be sent
	Congested, ///< too much is buffered: nothing was taken; ChannelObserver::drained follows
};

/// Hears of one channel. All calls come on the loop thread. A message arrives in pieces, so that none has to
/// be held whole: begin, any number of parts, then end or abort. It may close the channel from any call.
class GIMLET_API ChannelObserver
{
public:
	virtual ~ChannelObserver();

	/// The channel can be used. Called once; for a channel that the peer opened it is called right after it
	/// was accepted.
	virtual void opened(Channel& /*channel*/) {}
	virtual void messageBegin(Channel& channel, MessageKind kind) = 0;
	virtual void messagePart(Channel& channel, ByteView bytes) = 0;
	virtual void messageEnd(Channel& channel) = 0;
	/// The rest of the message begun will not come: its lifetime ended or the association did.
	virtual void messageAborted(Channel& /*channel*/) {}
	/// bufferedAmount() has fallen to the low-water mark, or send() answered Congested and would not now.
	virtual void drained(Channel& /*channel*/) {}
	/// The last call: the channel is closed, by either side or with its association. @param reason For
	/// people.
	virtual void closed(Channel& channel, const std::string& reason) = 0;
};

/// An ordered or unordered, reliable or partially reliable sequence of messages to one peer (a data channel,
/// RFC 8831). Owned by its transport; valid until ChannelObserver::closed has returned. Loop thread only.
class GIMLET_API Channel
{
public:
	virtual ~Channel();

	virtual const ChannelOptions& options() const = 0;

	/// The largest message in bytes: what the peer advertised and the configuration allows.
	virtual std::size_t maxMessage() const = 0;

	/// Takes a whole message or nothing of it. Before opened() messages are taken too.
	virtual ChannelSend send(MessageKind kind, ByteView message) = 0;

	/// Bytes accepted and not yet given to the network.
	virtual std::size_t bufferedAmount() const = 0;

	/// drained() is called when bufferedAmount() falls to this. Default 0.
	virtual void setLowWater(std::size_t bytes) = 0;

	/// Closes it once what was accepted has been sent; closed() follows.
	virtual void close() = 0;
};

}
