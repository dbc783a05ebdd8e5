#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Peer.h"

namespace gimlet::core
{

/// Messages that the node has accepted and no peer has acknowledged yet: nothing is lost quietly.
///
/// A machine without sockets and clocks. Per addressee a queue in the order of acceptance; each entry
/// waits to be handed to a transport, then for its acknowledgement. When a link comes up anew, rewind()
/// makes everything unacknowledged wait again: receivers know repeated ids.
class Outbox
{
public:
	struct Limits
	{
		std::size_t messagesPerPeer = 1000;
		std::size_t bytesPerPeer = 1024 * 1024;
		std::size_t bytes = 16 * 1024 * 1024;
	};

	explicit Outbox(const Limits& limits) : _limits(limits) {}

	/// Whether one more message of so many bytes would be accepted for the peer.
	bool hasRoom(const PeerId& peer, std::size_t bytes) const;

	/// Accepts a message. @return False, and nothing is accepted, when it is full.
	bool add(const PeerId& peer, const ChatMessage& message);

	/// The oldest message that waits to be handed to a transport, or null.
	const ChatMessage* next(const PeerId& peer) const;

	/// A message that next() returned was taken by a transport. @param awaited Whether an acknowledgement
	/// will come; if not, it is forgotten.
	/// @return Whether it is still the next one; if not (it was acknowledged, or rewind() was called, while
	/// the transport took it), nothing is done.
	bool handedOver(const PeerId& peer, const std::string& id, bool awaited);

	/// @return Whether the message was known, i.e. whether this is its first acknowledgement.
	bool acknowledged(const PeerId& peer, const std::string& id);

	/// Makes everything unacknowledged wait to be sent again, in order.
	void rewind(const PeerId& peer);

	/// Removes the message that next() returned (it can never be sent). @return It, if it still is the next.
	std::optional<ChatMessage> dropNext(const PeerId& peer, const std::string& id);

	/// Gives a peer up. @return What was not delivered.
	std::vector<ChatMessage> forget(const PeerId& peer);

	std::size_t size(const PeerId& peer) const;

	/// Bytes of content over all peers.
	std::size_t bytes() const
	{
		return _bytes;
	}

private:
	struct Queue
	{
		std::deque<ChatMessage> messages; ///< the first `handed` of them await an acknowledgement
		std::size_t handed = 0;
		std::size_t bytes = 0;
	};

	bool isNext(const PeerId& peer, const std::string& id) const;
	ChatMessage remove(Queue& queue, std::size_t index);

	Limits _limits;
	std::map<PeerId, Queue> _queues;
	std::size_t _bytes = 0;
};

}
