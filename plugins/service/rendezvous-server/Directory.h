#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugins/service/rendezvous-server/Limits.h"
#include "plugins/service/rendezvous-server/Member.h"

namespace gimlet::rendezvous_server
{

/// Why a connection is not accepted: an HTTP status before the upgrade.
struct Refusal
{
	int status = 0; ///< 429 or 503; 0 for none
	std::string reason;
};

/// Owns the members and rooms, finds them, and counts them by address.
class Directory
{
public:
	/// Whether a further connection would be too many.
	Refusal wouldRefuse(const Limits& limits, const std::string& room, const Endpoint& remote) const;

	/// Adds a connection without a room.
	Member& add(std::unique_ptr<Member> member, const std::string& wantedRoom);

	/// Takes it into the room that it wanted, and its id for its own.
	/// @return False if the room, or the number of rooms, is full by now.
	bool admit(Member& member, const Limits& limits);

	/// Destroys it. A room ends with its last member.
	void remove(Key key);

	Member* find(Key key);
	/// Who has the id; claiming connections do not.
	Member* findId(const std::string& id) const;

	/// Whether somebody is connected from the address.
	bool seen(const Endpoint& endpoint) const;

	/// Connections, with those that claim an id.
	std::size_t size() const
	{
		return _members.size();
	}

	/// Members of rooms.
	std::size_t admitted() const
	{
		return _byId.size();
	}

	std::size_t rooms() const
	{
		return _rooms.size();
	}

private:
	std::unordered_map<Key, std::unique_ptr<Member>> _members;
	std::unordered_map<std::string, Member*> _byId;
	std::unordered_map<std::string, std::unique_ptr<Room>> _rooms;
	std::unordered_map<Endpoint, std::size_t> _addresses;
	std::unordered_map<Key, std::string> _wanted; ///< rooms of those that are not admitted
};

}
