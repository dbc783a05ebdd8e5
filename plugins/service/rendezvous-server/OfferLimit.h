#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "plugins/service/rendezvous-server/AddressBuckets.h"
#include "plugins/service/rendezvous-server/Member.h"

namespace gimlet::rendezvous_server
{

/// Sees to it that nobody is flooded in our name: an endpoint is a claim, and whoever is offered it sends
/// datagrams there. Offers of one address are spread over time and, in the end, refused.
class OfferLimit
{
public:
	/// How long an offer may be held back.
	static constexpr std::chrono::seconds PATIENCE{300};

	/// Pairs that can be held back at once.
	static constexpr std::size_t MAX_HELD = 10'000;

	enum class Verdict
	{
		Now,
		Later, ///< held back; due() will return the pair
		Refused,
	};

	explicit OfferLimit(const Rate& rate, std::size_t maxAddresses = 100'000) : _addresses(rate, maxAddresses)
	{
	}

	/// Asks whether two members may be offered to each other.
	/// @param claims The endpoints in that offer that count, at most two.
	Verdict ask(Key a, Key b, const std::vector<Endpoint>& claims, TimePoint now);

	/// An offer that was held back.
	struct Held
	{
		Key a = NOBODY;
		Key b = NOBODY;
		std::vector<Endpoint> claims;
	};

	/// The offers whose time has come: to be made without asking again, if both members are still there and
	/// claim the same.
	std::vector<Held> due(TimePoint now);

	bool holds(Key a, Key b) const
	{
		return _held.contains(ordered(a, b));
	}

	TimePoint nextDeadline() const
	{
		return _queue.empty() ? NEVER : _queue.begin()->first;
	}

private:
	using Pair = std::pair<Key, Key>;

	static Pair ordered(Key a, Key b)
	{
		return {std::min(a, b), std::max(a, b)};
	}

	AddressBuckets _addresses;
	std::set<Pair> _held;
	std::multimap<TimePoint, Held> _queue;
};

}
