// Who has a place at the relay, and which connection is at it; what they send is RelayFrames.cpp's part.
#include "plugins/service/rendezvous-server/relay/Relay.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/protocol/websocket/CloseCode.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

Relay::Relay(const RelayLimits& limits, Random random) : _limits(limits), _random(std::move(random)) {}

std::optional<RelayPlace> Relay::arrive(const std::string& room, const std::string& id, TimePoint now)
{
	const relay::Key key = relay::keyOf(room, id);
	// Who is here goes before those that have left.
	if (!_sessions.contains(key) && _sessions.size() >= _limits.maxPlaces && !_leaving.empty())
		remove(_sessions.at(_leaving.begin()->second));
	auto found = _sessions.find(key);
	if (found == _sessions.end() && _sessions.size() < _limits.maxPlaces)
	{
		found = _sessions.emplace(key, RelaySession{}).first;
		found->second.key = key;
		found->second.room = room;
		found->second.id = id;
		found->second.excessAt = now;
		found->second.total = TokenBucket{_limits.total(), now};
	}
	if (found == _sessions.end() || found->second.room != room || found->second.id != id)
	{
		++_counters.placesRefused;
		return std::nullopt;
	}
	RelaySession& session = found->second;
	_leaving.erase({std::exchange(session.leaves, NEVER), key});
	renewTicket(session);
	return RelayPlace{std::string{RELAY_PATH} + session.ticket, relay::addressOf(key), session.ticket};
}

void Relay::depart(const std::string& room, const std::string& id, TimePoint now)
{
	RelaySession* session = find(room, id);
	if (!session || session->leaves != NEVER)
		return;
	session->leaves = now + PLACE_GRACE;
	_leaving.emplace(session->leaves, session->key);
}

void Relay::open(const std::string& ticket, RelayEnd& end, TimePoint now)
{
	const auto found = _tickets.find(ticket);
	if (found == _tickets.end())
		return close(end, websocket::POLICY_VIOLATION, "the ticket is void");
	RelaySession& session = _sessions.at(found->second);
	if (RelayEnd* older = session.end)
	{
		++_counters.replaced;
		detach(session);
		close(*older, CLOSE_ID_IN_USE, "a newer connection of this member has taken its place");
	}
	++_counters.opened;
	++_connections;
	session.end = &end;
	end._session = &session;
	// Whoever was held back does not escape by coming anew.
	pauseIfFarOver(session, now);
}

void Relay::closed(RelayEnd& end)
{
	if (end._session)
		detach(*end._session);
	std::erase_if(_actions, [&](const RelayAction& action) { return action.end == &end; });
}

void Relay::onTimer(TimePoint now)
{
	while (!_leaving.empty() && _leaving.begin()->first <= now)
		remove(_sessions.at(_leaving.begin()->second));
	while (!_pauses.empty() && _pauses.begin()->first <= now)
	{
		RelaySession& session = _sessions.at(_pauses.begin()->second);
		_pauses.erase(_pauses.begin());
		session.pausedUntil = NEVER;
		_actions.push_back({RelayAction::Kind::Resume, session.end, 0, {}});
	}
}

TimePoint Relay::nextDeadline() const
{
	return std::min(
		_leaving.empty() ? NEVER : _leaving.begin()->first, _pauses.empty() ? NEVER : _pauses.begin()->first);
}

bool Relay::poll(RelayAction& action)
{
	if (_actions.empty())
		return false;
	action = _actions.front();
	_actions.pop_front();
	return true;
}

RelaySession* Relay::find(const std::string& room, const std::string& id)
{
	const auto found = _sessions.find(relay::keyOf(room, id));
	const bool its = found != _sessions.end() && found->second.room == room && found->second.id == id;
	return its ? &found->second : nullptr;
}

void Relay::renewTicket(RelaySession& session)
{
	_tickets.erase(session.ticket);
	session.ticket = fmt::format("{:016x}{:016x}", _random(), _random());
	_tickets.emplace(session.ticket, session.key);
}

void Relay::remove(RelaySession& session)
{
	if (RelayEnd* end = session.end)
	{
		detach(session);
		close(*end, websocket::GOING_AWAY, "its member has left");
	}
	_tickets.erase(session.ticket);
	_leaving.erase({session.leaves, session.key});
	_sessions.erase(session.key);
}

void Relay::detach(RelaySession& session)
{
	session.end->_session = nullptr;
	session.end = nullptr;
	--_connections;
	if (session.pausedUntil != NEVER)
		_pauses.erase({std::exchange(session.pausedUntil, NEVER), session.key});
}

void Relay::close(RelayEnd& end, std::uint16_t code, std::string_view reason)
{
	_actions.push_back({RelayAction::Kind::Close, &end, code, reason});
}

}
