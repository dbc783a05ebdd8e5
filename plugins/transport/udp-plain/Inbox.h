#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "node/api/Peer.h"

namespace gimlet::udp_plain
{

/// What has come from one peer: shows an id once, and messages in the order in which they were sent.
///
/// A message that names a predecessor (`after`) which has not arrived yet is held, unacknowledged, until it
/// has; the sender goes on sending both. At most WINDOW are held; what comes beyond is dropped and will come
/// again. The last REMEMBERED_IDS ids are remembered, also across links.
class Inbox
{
public:
	struct Result
	{
		/// To be shown, in this order.
		std::vector<ChatMessage> messages;
		/// To be acknowledged: those shown now, and the one that came again though it was shown before.
		std::vector<std::string> acknowledge;
		/// It had been shown before.
		bool duplicate = false;
	};

	/// A message has arrived. One without id (of a first-version worker) is always new.
	Result accept(ChatMessage message, std::string after);

	/// How many wait for their predecessor.
	std::size_t held() const
	{
		return _held.size();
	}

private:
	struct Held
	{
		ChatMessage message;
		std::string after;
	};

	bool hasShown(const std::string& id) const
	{
		return _shown.contains(id);
	}

	void show(ChatMessage message, Result& result);
	void releaseAfter(Result& result);
	void hold(ChatMessage message, std::string after);

	std::unordered_set<std::string> _shown;
	std::deque<std::string> _order; ///< of _shown, oldest first
	std::deque<Held> _held;
};

}
