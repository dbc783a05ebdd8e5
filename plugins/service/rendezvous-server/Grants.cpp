// What members get beside the acquaintance of each other: a place at the relay, and TURN servers.
#include "node/protocol/rendezvous/Names.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

void Rendezvous::grant(Member& member, Welcome& welcome, TimePoint now)
{
	// A version 4 id proves nothing, and a place must not be had by whoever has heard of an id.
	if (uuidVersion(member.id) != 8)
		return;
	if (_grants.relay)
	{
		welcome.relay = _grants.relay->arrive(member.room->name, member.id, now);
		member.hasPlace = welcome.relay.has_value();
	}
	if (_grants.turn && _grants.turn->any())
	{
		welcome.turn = _grants.turn->grant(member.id);
		turnDueIn(member, _grants.turn->renewAfter(), now);
	}
}

void Rendezvous::endGrants(Member& member, TimePoint now)
{
	if (member.hasPlace)
		_grants.relay->depart(member.room->name, member.id, now);
	_turnTimes.erase({member.turnDue, member.key});
}

void Rendezvous::renewTurn(TimePoint now)
{
	while (!_turnTimes.empty() && _turnTimes.begin()->first <= now)
	{
		Member& member = *_directory.find(_turnTimes.begin()->second);
		_turnTimes.erase(_turnTimes.begin());
		send(member, encode(_grants.turn->grant(member.id)));
		turnDueIn(member, _grants.turn->renewAfter(), now);
	}
}

void Rendezvous::turnDueIn(Member& member, Duration duration, TimePoint now)
{
	member.turnDue = now + duration;
	_turnTimes.emplace(member.turnDue, member.key);
}

}
