#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "node/api/Endpoint.h"
#include "plugins/discovery/turn/ChannelData.h"
#include "plugins/discovery/turn/Timing.h"

namespace gimlet::turn
{

/// Which peers have a channel (RFC 8656, section 12), and when one must be bound (again). A peer gets one
/// when it has been heard and something is sent to it, so that the many addresses that ICE tries get none:
///
///     (unknown) ──heard──> Heard ──wanted──> Binding ──bound──> Bound ──unused for 9 min──> Lapsed
///                                   ^           │ failed                 wanted, again <──────┘ │
///                                   └───1 min───┘                                (unknown) <─6 min─┘
///
/// A number belongs to its peer until the server can have forgotten that it did. A machine: it asks nobody.
class Channels
{
public:
	struct Binding
	{
		std::uint16_t number;
		Endpoint peer;
	};

	explicit Channels(const Timing& timing) : _timing(timing) {}

	/// A datagram came from there outside of a channel.
	void heard(const Endpoint& peer, TimePoint now);

	/// The channel to use for a datagram to there, if there is one.
	std::optional<std::uint16_t> use(const Endpoint& peer, TimePoint now);

	/// The channel to bind now, since something was sent to somebody who has been heard.
	std::optional<Binding> wanted(const Endpoint& peer, TimePoint now);

	/// Whose channel it is, bound or about to be: the server may use it before its answer has come.
	std::optional<Endpoint> received(std::uint16_t number);

	/// What became of a request. @param begun When it was sent first.
	void bound(const Endpoint& peer, TimePoint begun, TimePoint now);
	void failed(const Endpoint& peer, TimePoint now);

	/// A channel to bind again now; call until empty. Ends what is over.
	std::optional<Binding> due(TimePoint now);

	TimePoint nextDeadline() const;

	/// Peers that have a number.
	std::size_t size() const
	{
		return _peers.size();
	}

private:
	struct Entry
	{
		std::uint16_t number = 0; ///< 0 while the peer was only heard
		bool binding = false;     ///< a request is on its way
		bool used = false;        ///< since it was bound
		TimePoint askAt = NEVER;  ///< if used; after a failure, if wanted
		TimePoint usableUntil = TimePoint::min();
		TimePoint forgetAt = NEVER;
	};

	std::uint16_t takeNumber(const Endpoint& peer);

	const Timing& _timing;
	std::unordered_map<Endpoint, Entry> _entries;
	std::unordered_map<std::uint16_t, Endpoint> _peers;
	std::uint16_t _last = LAST_CHANNEL;
};

}
