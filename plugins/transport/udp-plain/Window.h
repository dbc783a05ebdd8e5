#pragma once

#include <deque>
#include <string>
#include <vector>

#include "node/api/Peer.h"
#include "node/api/Time.h"

namespace gimlet::udp_plain
{

/// The messages to one peer that have gone out and are not acknowledged yet.
///
/// Up to WINDOW of them travel at once. Each names the one before it that was still unacknowledged when it
/// was first sent (`after`), so that the receiver (Inbox) can show them in order though they arrive in
/// another, and neither side needs numbers that both would have to agree upon after a restart.
class Window
{
public:
	/// Takes a message and says what is to be sent now, or "" for one that does not fit now (congested()
	/// is then true) or is under way already (contains()).
	std::string push(const PeerId& from, const ChatMessage& message, TimePoint now);

	/// @return Whether the id was awaited.
	bool acknowledge(const std::string& id);

	/// The datagrams whose time has come to be sent again.
	std::vector<std::string> retransmit(TimePoint now);

	/// All of them are due now: the link was away and has come back.
	void resume(TimePoint now);

	/// Forgets them: the link is lost, and whoever gave them will give them again.
	void clear();

	/// A measured round-trip time: nothing is sent again before twice as long has passed.
	void setRoundTrip(Duration roundTrip)
	{
		_roundTrip = roundTrip;
	}

	bool contains(const std::string& id) const;

	/// Whether push() has turned a message away that would fit now. Cleared by asking.
	bool takeRoom();

	/// Whether some message went out several times without an answer: the path deserves a look.
	bool troubled() const;

	bool congested() const
	{
		return _turnedAway;
	}

	bool empty() const
	{
		return _entries.empty();
	}

	std::size_t size() const
	{
		return _entries.size();
	}

	/// When retransmit() has something; NEVER if nothing is under way.
	TimePoint nextDeadline() const;

private:
	struct Entry
	{
		std::string id;
		std::string datagram;
		TimePoint due;
		Duration wait{};
		unsigned sent = 1;
	};

	Duration firstWait() const;

	std::deque<Entry> _entries;
	Duration _roundTrip{};
	bool _turnedAway = false;
	/// What was turned away did not fit beside its `after`: it waits until nothing is under way.
	bool _needsEmpty = false;
};

}
