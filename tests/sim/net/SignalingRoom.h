#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "node/api/EventLoop.h"
#include "node/api/Signaling.h"
#include "tests/sim/net/Agenda.h"

namespace gimlet::sim
{

/// A rendezvous without its protocol: members are offered to each other and exchange texts, in order and
/// with delay. It can be taken away, and it can lie.
class SignalingRoom
{
public:
	/// What a member does with what it hears; each is called on the agenda.
	struct Member
	{
		std::function<void(const PeerOffer& offer)> offered;
		std::function<void(const PeerId& from, const std::string& session, const std::string& data)> signal;
		std::function<void(const PeerId& peer)> left;
	};

	/// @param toServer One way between a member and the server. From member to member it is twice as long.
	SignalingRoom(Agenda& agenda, Duration toServer) : _agenda(agenda), _toServer(toServer) {}

	/// A hostile one: sees each text, may change it, and swallows it by returning nothing.
	std::function<std::optional<std::string>(const PeerId& from, const PeerId& to, const std::string& data)>
		tamper;
	/// From where members are seen; nobody who is not in it.
	std::map<PeerId, Endpoint> seen;
	/// In the offers.
	std::string room = "lobby";
	std::string transport = "udp-punch/1";

	/// The member's hello leaves it now. Each pair is offered to both once the server has heard of both.
	void join(const PeerId& id, Member member);
	void leave(const PeerId& id);

	/// @return False while the server is away; what is under way then is lost.
	bool send(const PeerId& from, const PeerId& to, const std::string& session, const std::string& data);

	/// Gone, every connection breaks; back, everybody is offered anew, with new sessions.
	void setReachable(bool reachable);

	std::uint64_t signals() const
	{
		return _signals;
	}

private:
	void offer(const PeerId& one, const PeerId& other);
	/// After the way from the server to the member, unless the server was away meanwhile or the member left.
	void tell(const PeerId& id, std::function<void(Member&)> what);
	void arrived(const PeerId& id);

	Agenda& _agenda;
	Duration _toServer;
	bool _reachable = true;
	/// Counts the server's lives: what belongs to an earlier one is lost.
	std::uint64_t _life = 1;
	std::uint64_t _sessions = 0;
	std::uint64_t _signals = 0;
	std::map<PeerId, Member> _members;
	std::map<PeerId, bool> _known; ///< those whose hello has reached the server
};

}
