#include "tests/sim/net/SignalingRoom.h"

#include <fmt/format.h>

namespace gimlet::sim
{

void SignalingRoom::join(const PeerId& id, Member member)
{
	_members[id] = std::move(member);
	if (_reachable)
		_agenda.at(_agenda.now() + _toServer,
			[this, id, life = _life]
			{
				if (life == _life && _members.contains(id))
					arrived(id);
			});
}

void SignalingRoom::arrived(const PeerId& id)
{
	for (const auto& [other, known] : _known)
		if (other != id)
			offer(id, other);
	_known[id] = true;
}

void SignalingRoom::offer(const PeerId& one, const PeerId& other)
{
	const auto session = fmt::format("session-{:08}", ++_sessions);
	const auto make = [&](const PeerId& peer)
	{
		const auto from = seen.find(peer);
		return PeerOffer{.peer = peer,
			.name = peer.substr(0, 8),
			.transport = transport,
			.session = session,
			.room = room,
			.endpoint = {},
			.ours = true,
			.seen = from == seen.end() ? std::vector<Endpoint>{} : std::vector{from->second}};
	};
	tell(one, [offered = make(other)](Member& member) { member.offered(offered); });
	tell(other, [offered = make(one)](Member& member) { member.offered(offered); });
}

void SignalingRoom::leave(const PeerId& id)
{
	_members.erase(id);
	_known.erase(id);
	for (const auto& [other, known] : _known)
		tell(other,
			[id](Member& member)
			{
				if (member.left)
					member.left(id);
			});
}

bool SignalingRoom::send(
	const PeerId& from, const PeerId& to, const std::string& session, const std::string& data)
{
	if (!_reachable)
		return false;
	++_signals;
	_agenda.at(_agenda.now() + _toServer,
		[this, from, to, session, data, life = _life]
		{
			const auto passed = tamper ? tamper(from, to, data) : std::optional{data};
			if (life == _life && passed)
				tell(to,
					[from, session, text = *passed](Member& member) { member.signal(from, session, text); });
		});
	return true;
}

void SignalingRoom::setReachable(bool reachable)
{
	if (reachable == _reachable)
		return;
	_reachable = reachable;
	++_life;
	_known.clear();
	if (!reachable)
		return;
	const auto members = _members;
	for (const auto& [id, member] : members)
		join(id, member);
}

void SignalingRoom::tell(const PeerId& id, std::function<void(Member&)> what)
{
	_agenda.at(_agenda.now() + _toServer,
		[this, id, what = std::move(what), life = _life]
		{
			const auto found = _members.find(id);
			if (life != _life || found == _members.end())
				return;
			// The member may leave from inside.
			auto member = found->second;
			what(member);
		});
}

}
