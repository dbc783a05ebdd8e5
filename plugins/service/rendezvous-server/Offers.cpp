#include <algorithm>

#include "node/protocol/rendezvous/Names.h"
#include "plugins/service/rendezvous-server/Pairing.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

namespace
{

/// What one side of a pair is told of the other.
Offer offerOf(const Member& peer, const Member& to)
{
	const std::string_view transport = commonTransport(to, peer);
	Offer offer;
	offer.peer = peer.id;
	if (transport == PLAIN_TRANSPORT)
		offer.endpoint = peer.endpoint;
	if (to.hello())
	{
		offer.transport = transport;
		offer.session = sessionOf(to, peer);
		offer.name = peer.name;
		offer.hello = peer.hello();
		offer.seen = peer.remote.withPort(0);
	}
	return offer;
}

}

void Rendezvous::decided(Member& member, TimePoint now)
{
	for (Member* other : member.room->members)
	{
		if (other == &member || other->speech == Speech::Undecided)
			continue;
		if (!commonTransport(member, *other).empty())
		{
			// Without an endpoint, as yet, this is a pair of another transport than udp-plain.
			if (arePaired(member, *other))
				offer(member, *other, now);
			continue;
		}
		++_counters.incompatible;
		if (member.hello())
			send(member, encode(PeerIncompatible{
							 other->id, other->name, other->transports, incompatibility(member, *other)}));
		if (other->hello())
			send(*other, encode(PeerIncompatible{
							 member.id, member.name, member.transports, incompatibility(*other, member)}));
	}
}

void Rendezvous::endpointChanged(Member& member, TimePoint now)
{
	for (Member* other : member.room->members)
	{
		const bool partners = member.partner == other->key || other->partner == member.key;
		if (partners && !canPair(member, *other))
			separate(member, *other);
		else if (commonTransport(member, *other) == PLAIN_TRANSPORT && arePaired(member, *other))
			offer(member, *other, now);
	}
	matchRoom(*member.room, now);
}

void Rendezvous::separate(Member& a, Member& b)
{
	// One of them is a first-version worker, which cannot use the new endpoint and is free for somebody else.
	// To the other it is as if it had left.
	Member& worker = a.firstVersion() ? a : b;
	Member& other = a.firstVersion() ? b : a;
	unpair(worker);
	if (other.hello())
		send(other, encode(PeerLeft{worker.id}));
}

void Rendezvous::match(Member& worker, TimePoint now)
{
	Member* partner = choosePartner(worker);
	if (!partner)
		return;
	// The worker may have had this partner before, and every pairing has a session of its own.
	worker.nonce = _random();
	worker.partner = partner->key;
	++partner->partners;
	if (partner->firstVersion())
	{
		partner->partner = worker.key;
		++worker.partners;
	}
	offer(worker, *partner, now);
}

void Rendezvous::matchRoom(Room& room, TimePoint now)
{
	for (Member* member : room.members)
	{
		if (member->firstVersion() && member->partner == NOBODY && member->endpoint)
			match(*member, now);
	}
}

void Rendezvous::unpair(Member& member)
{
	for (Member* other : member.room->members)
	{
		if (member.partner == other->key)
		{
			member.partner = NOBODY;
			--other->partners;
		}
		if (other->partner == member.key)
		{
			other->partner = NOBODY;
			--member.partners;
		}
	}
}

void Rendezvous::offer(Member& a, Member& b, TimePoint now)
{
	const std::vector<Endpoint> named = claims(a, b);
	switch (_offerLimit.ask(a.key, b.key, named, now))
	{
	case OfferLimit::Verdict::Now:
		offerNow(a, b);
		break;
	case OfferLimit::Verdict::Later:
		++_counters.offersHeld;
		break;
	case OfferLimit::Verdict::Refused:
		++_counters.offersRefused;
		for (const Member* member : {&a, &b})
		{
			if (member->hello() && std::find(named.begin(), named.end(), *member->endpoint) != named.end())
				send(*member,
					encode(Error{std::string{BAD_ENDPOINT},
						"You were not offered to a peer: your address was named in too many offers."}));
		}
	}
}

std::vector<Endpoint> Rendezvous::claims(const Member& a, const Member& b) const
{
	std::vector<Endpoint> result;
	if (commonTransport(a, b) != PLAIN_TRANSPORT)
		return result;
	for (const Member* member : {&a, &b})
	{
		// An address that somebody is connected from is no invention.
		if (!_directory.seen(*member->endpoint))
			result.push_back(*member->endpoint);
	}
	return result;
}

void Rendezvous::offerNow(Member& a, Member& b)
{
	++_counters.offers;
	send(a, encode(offerOf(b, a)));
	send(b, encode(offerOf(a, b)));
}

void Rendezvous::tellLeft(const Member& member)
{
	for (const Member* other : member.room->members)
	{
		if (other->hello() && arePaired(*other, member) && !_offerLimit.holds(other->key, member.key))
			send(*other, encode(PeerLeft{member.id}));
	}
}

}
