#include "plugins/service/rendezvous-server/Rendezvous.h"

#include <algorithm>

#include "node/protocol/rendezvous/Names.h"
#include "node/protocol/websocket/CloseCode.h"
#include "plugins/service/rendezvous-server/Pairing.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

namespace
{

constexpr std::size_t MAX_PROVING_ADDRESSES = 100'000;

}

Rendezvous::Rendezvous(const Limits& limits, Random random, const Grants& grants) :
	_limits(limits),
	_random(std::move(random)),
	_grants(grants),
	_offerLimit(limits.offers),
	_proofLimit(limits.proofs, MAX_PROVING_ADDRESSES)
{
}

Refusal Rendezvous::wouldRefuse(const std::string& id, const std::string& room, const Endpoint& remote) const
{
	const Refusal refusal = _directory.wouldRefuse(_limits, room, remote);
	const Member* holder = _directory.findId(id);
	// If it takes over an id in the same room, it takes a place that exists.
	const bool exchange = holder && holder->room->name == room;
	return refusal.status == 503 && exchange ? Refusal{} : refusal;
}

Key Rendezvous::join(const std::string& id, const std::string& room, const Endpoint& remote, TimePoint now,
	const std::string& host)
{
	const Key key = ++_lastKey;
	const Refusal refusal = wouldRefuse(id, room, remote);
	if (refusal.status != 0)
	{
		close(key, websocket::TRY_AGAIN_LATER, refusal.reason);
		return key;
	}
	Member& member =
		_directory.add(std::make_unique<Member>(key, id, remote, _random(),
						   TokenBucket{_limits.messages, now}, TokenBucket{_limits.endpoints, now}),
			room);
	if (uuidVersion(id) == 8)
		challenge(member, room, host, now);
	else
		takeId(member, true, {}, now);
	return key;
}

void Rendezvous::onText(Key key, std::string_view text, TimePoint now)
{
	Member* member = _directory.find(key);
	if (!member)
		return;
	++_counters.messages;
	if (tooFast(*member, now))
		return;
	if (const auto unproven = _unproven.find(key); unproven != _unproven.end())
		hearUnproven(*member, unproven->second, text, now);
	else if (const auto claim = _claims.find(key); claim != _claims.end())
		keep(*member, claim->second.heard, text, now);
	else
		handle(*member, text, now);
}

/// Keeps what is said before the id is the speaker's own.
bool Rendezvous::keep(Member& member, std::vector<std::string>& heard, std::string_view text, TimePoint now)
{
	const bool fits = heard.size() < CLAIM_MESSAGES && text.size() <= _limits.maxMessage;
	if (fits)
		heard.emplace_back(text);
	else
		drop(member, websocket::POLICY_VIOLATION, "too much was said before the id was its own", now);
	return fits;
}

void Rendezvous::onPong(Key key, TimePoint now)
{
	Member* holder = _directory.find(key);
	if (!holder || holder->claimant == NOBODY)
		return;
	++_counters.idRefused;
	drop(
		*_directory.find(holder->claimant), CLOSE_ID_IN_USE, "this id is in use by a living connection", now);
}

void Rendezvous::leave(Key key, TimePoint now)
{
	if (Member* member = _directory.find(key))
		remove(*member, now);
}

void Rendezvous::onTimer(TimePoint now)
{
	expireProofs(now);
	renewTurn(now);
	while (!_claimTimes.empty() && _claimTimes.begin()->first <= now)
	{
		++_counters.replaced;
		Member* holder = _directory.find(_claims.at(_claimTimes.begin()->second).holder);
		drop(*holder, CLOSE_ID_IN_USE, "a newer connection has taken this id over", now);
	}
	for (const OfferLimit::Held& held : _offerLimit.due(now))
	{
		Member* a = _directory.find(held.a);
		Member* b = _directory.find(held.b);
		if (!a || !b || !arePaired(*a, *b))
			continue;
		if (claims(*a, *b) == held.claims)
			offerNow(*a, *b);
		else
			offer(*a, *b, now);
	}
}

TimePoint Rendezvous::nextDeadline() const
{
	const TimePoint claim = _claimTimes.empty() ? NEVER : _claimTimes.begin()->first;
	const TimePoint proof = _unproven.empty() ? NEVER : _unproven.begin()->second.deadline;
	const TimePoint turn = _turnTimes.empty() ? NEVER : _turnTimes.begin()->first;
	return std::min({claim, proof, turn, _offerLimit.nextDeadline()});
}

bool Rendezvous::poll(Action& action)
{
	if (_actions.empty())
		return false;
	action = std::move(_actions.front());
	_actions.pop_front();
	return true;
}

void Rendezvous::admit(Member& member, TimePoint now)
{
	if (!_directory.admit(member, _limits))
		return drop(member, websocket::TRY_AGAIN_LATER, "this room is full", now);
	++_counters.joined;
}

/// Gives a connection its id. @param yield Whether a living holder of it goes before.
void Rendezvous::takeId(Member& member, bool yield, std::vector<std::string> heard, TimePoint now)
{
	const Key key = member.key;
	if (Member* holder = _directory.findId(member.id))
	{
		if (yield && holder->claimant == NOBODY)
			return beginClaim(member, *holder, std::move(heard), now);
		if (yield)
		{
			++_counters.idRefused;
			return drop(member, CLOSE_ID_IN_USE, "another connection claims this id at the moment", now);
		}
		if (Member* claimant = _directory.find(holder->claimant))
			drop(*claimant, CLOSE_ID_IN_USE, "a newer connection has taken this id over", now);
		++_counters.replaced;
		drop(*holder, CLOSE_ID_IN_USE, "a newer connection has taken this id over", now);
	}
	admit(member, now);
	hear(key, heard, now);
}

void Rendezvous::hear(Key key, const std::vector<std::string>& heard, TimePoint now)
{
	for (const std::string& text : heard)
	{
		// Any of its messages may have ended it.
		if (Member* member = _directory.find(key))
			handle(*member, text, now);
	}
}

void Rendezvous::beginClaim(Member& claimant, Member& holder, std::vector<std::string> heard, TimePoint now)
{
	holder.claimant = claimant.key;
	const TimePoint deadline = now + CLAIM_TIMEOUT;
	_claims.emplace(claimant.key, Claim{holder.key, deadline, std::move(heard)});
	_claimTimes.emplace(deadline, claimant.key);
	_actions.push_back({Action::Kind::Ping, holder.key, {}, 0});
}

void Rendezvous::endClaim(Key claimant, TimePoint now)
{
	const auto claim = std::move(_claims.extract(claimant).mapped());
	_claimTimes.erase({claim.deadline, claimant});
	admit(*_directory.find(claimant), now);
	hear(claimant, claim.heard, now);
}

void Rendezvous::drop(Member& member, std::uint16_t code, std::string_view reason, TimePoint now)
{
	close(member.key, code, reason);
	remove(member, now);
}

void Rendezvous::remove(Member& member, TimePoint now)
{
	_unproven.erase(member.key);
	const auto claim = _claims.find(member.key);
	if (claim != _claims.end())
	{
		_directory.find(claim->second.holder)->claimant = NOBODY;
		_claimTimes.erase({claim->second.deadline, member.key});
		_claims.erase(claim);
	}
	const Key claimant = member.claimant;
	Room* room = member.room;
	if (room)
	{
		++_counters.left;
		tellLeft(member);
		unpair(member);
		endGrants(member, now);
	}
	const bool lasts = room && room->members.size() > 1;
	_directory.remove(member.key);
	if (claimant != NOBODY)
		endClaim(claimant, now);
	if (lasts)
		matchRoom(*room, now);
}

void Rendezvous::send(const Member& member, std::string text)
{
	_actions.push_back({Action::Kind::Send, member.key, std::move(text), 0});
}

void Rendezvous::close(Key key, std::uint16_t code, std::string_view reason)
{
	_actions.push_back({Action::Kind::Close, key, std::string{reason}, code});
}

}
