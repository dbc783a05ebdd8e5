#include "plugins/service/rendezvous-server/Directory.h"

#include <algorithm>

#include "plugins/service/rendezvous-server/AddressBuckets.h"

namespace gimlet::rendezvous_server
{

Refusal Directory::wouldRefuse(const Limits& limits, const std::string& room, const Endpoint& remote) const
{
	const auto fromThere = _addresses.find(addressKey(remote));
	if (fromThere != _addresses.end() && fromThere->second >= limits.maxPerAddress)
		return {429, "too many connections from your address"};
	if (_members.size() >= limits.maxMembers)
		return {503, "this rendezvous is full"};
	const auto found = _rooms.find(room);
	if (found == _rooms.end() && _rooms.size() >= limits.maxRooms)
		return {503, "this rendezvous has no room for another room"};
	if (found != _rooms.end() && found->second->members.size() >= limits.maxPerRoom)
		return {503, "this room is full"};
	return {};
}

Member& Directory::add(std::unique_ptr<Member> member, const std::string& wantedRoom)
{
	Member& result = *member;
	++_addresses[addressKey(result.remote)];
	_wanted.emplace(result.key, wantedRoom);
	_members.emplace(result.key, std::move(member));
	return result;
}

bool Directory::admit(Member& member, const Limits& limits)
{
	const auto wanted = _wanted.find(member.key);
	auto found = _rooms.find(wanted->second);
	if (found == _rooms.end())
	{
		if (_rooms.size() >= limits.maxRooms)
			return false;
		found = _rooms.emplace(wanted->second, std::make_unique<Room>()).first;
		found->second->name = wanted->second;
	}
	else if (found->second->members.size() >= limits.maxPerRoom)
		return false;
	member.room = found->second.get();
	member.room->members.push_back(&member);
	_byId.emplace(member.id, &member);
	_wanted.erase(wanted);
	return true;
}

void Directory::remove(Key key)
{
	const auto found = _members.find(key);
	if (found == _members.end())
		return;
	Member& member = *found->second;
	if (Room* room = member.room)
	{
		std::erase(room->members, &member);
		_byId.erase(member.id);
		if (room->members.empty())
			_rooms.erase(std::string{room->name});
	}
	const auto address = _addresses.find(addressKey(member.remote));
	if (--address->second == 0)
		_addresses.erase(address);
	_wanted.erase(key);
	_members.erase(found);
}

Member* Directory::find(Key key)
{
	const auto found = _members.find(key);
	return found == _members.end() ? nullptr : found->second.get();
}

Member* Directory::findId(const std::string& id) const
{
	const auto found = _byId.find(id);
	return found == _byId.end() ? nullptr : found->second;
}

bool Directory::seen(const Endpoint& endpoint) const
{
	return _addresses.contains(addressKey(endpoint));
}

}
