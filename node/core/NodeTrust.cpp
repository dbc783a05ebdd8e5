// The part of NodeCore that deals with identities: whom to link with, and how far to rely on who it is.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "node/api/Log.h"
#include "node/core/NodeCore.h"
#include "node/core/PeerText.h"

namespace gimlet::core
{

namespace
{

/// Refused peers that are shown; what comes beyond is counted. Real ones are few.
constexpr std::size_t MAX_REFUSED = 16;

/// Whether the id follows from a key: a UUID version 8 (docs/PROTOCOL.md, section 5).
bool isProvable(const PeerId& peer)
{
	constexpr std::size_t VERSION = 14; // RFC 9562, section 4
	return peer.size() > VERSION && peer[VERSION] == '8';
}

std::string quoted(const std::string& name)
{
	return '"' + printable(name, 64) + '"';
}

}

bool NodeCore::mayLink(const PeerId& peer) const
{
	return _options.peers.empty() || _options.peers.contains(peer);
}

/// Whoever is verified or configured by an id that a key proves must prove it: the rendezvous could else name
/// the id, offer a transport that proves nothing, and pose as the peer.
bool NodeCore::mustProve(const PeerId& peer) const
{
	if (!isProvable(peer))
		return false;
	const bool canProve = std::any_of(
		_transports.begin(), _transports.end(), [](const auto* transport) { return transport->encrypts(); });
	return _pins->nameOf(peer) || (canProve && _options.peers.contains(peer));
}

bool NodeCore::bearsPinnedName(const PeerId& peer, const std::string& name) const
{
	const auto pinned = _pins->find(pinName(name));
	return pinned && *pinned != peer;
}

LinkRefusal NodeCore::refusalOf(const PeerOffer& offer, const Transport* transport) const
{
	if (!mayLink(offer.peer))
		return LinkRefusal::NotInPeers;
	if (_differing.contains(offer.peer))
		return LinkRefusal::CodesDiffer;
	if (bearsPinnedName(offer.peer, offer.name))
		return LinkRefusal::IdentityChanged;
	if (transport && !transport->encrypts() && mustProve(offer.peer))
		return LinkRefusal::Unproven;
	return LinkRefusal::None;
}

Trust NodeCore::trustOf(const PeerInfo& peer) const
{
	if (!peer.link.proven || !linked(peer.link))
		return Trust::Unproven;
	const auto pinned = _pins->find(pinName(peer.name));
	if (pinned && *pinned == peer.id)
		return Trust::Verified;
	return _options.peers.contains(peer.id) ? Trust::Configured : Trust::Proven;
}

/// The reason that stands beside the peer's name.
std::string NodeCore::refusalReason(const PeerInfo& peer, LinkRefusal refusal) const
{
	switch (refusal)
	{
	case LinkRefusal::NotInPeers:
		return "its id is not in [node] peers";
	case LinkRefusal::IdentityChanged:
		return "another identity is verified under this name; this one may be a stranger in its place";
	case LinkRefusal::Unproven:
		return fmt::format(
			"it is known by its key, and a link by {} would not prove that it has it; somebody may "
			"pose as it",
			printable(peer.transport, 64));
	case LinkRefusal::CodesDiffer:
		return "the codes that two people compared were not the same; somebody may stand in between";
	case LinkRefusal::None:
		break;
	}
	return {};
}

/// What is said of it once.
std::string NodeCore::refusalAlarm(const PeerInfo& peer, LinkRefusal refusal) const
{
	if (refusal != LinkRefusal::IdentityChanged)
		return fmt::format("not linking with {}: {}", label(peer), refusalReason(peer, refusal));
	const auto pinned = _pins->find(pinName(peer.name));
	return fmt::format(
		"Refused: somebody who is called {} has another identity than the one that was verified under this "
		"name "
		"({}, not {}), and may be a stranger in its place. If it really has a new identity (a new machine, a "
		"lost key), forget the old one, then verify the new one.",
		quoted(peer.name), printable(peer.id, 64), pinned.value_or(PeerId{}));
}

/// Shows the peer as one that the node keeps away from, with the reason, and says so once.
void NodeCore::refuse(Signaling* from, const PeerOffer& offer, LinkRefusal refusal)
{
	_metrics.refused(refusal);
	PeerInfo info;
	info.id = offer.peer;
	info.name = offer.name;
	info.transport = offer.transport;
	const bool loud = refusal == LinkRefusal::IdentityChanged || refusal == LinkRefusal::Unproven;
	say(loud ? _identityAlarms : _warnings, loud ? Poco::Message::PRIO_ERROR : Poco::Message::PRIO_WARNING,
		fmt::format("{} {} {}", toString(refusal), offer.peer, offer.name), refusalAlarm(info, refusal));
	if (!find(offer.peer) && !makeRoomForRefused())
		return;
	auto& record = _peers[offer.peer];
	if (auto* transport = std::exchange(record.transport, nullptr))
		transport->disconnect(offer.peer);
	info.since = record.info.refusal == refusal ? record.info.since : wallTime();
	info.present = true;
	info.refusal = refusal;
	info.link.state = LinkState::Refused;
	info.link.reason = refusalReason(info, refusal);
	record.info = std::move(info);
	record.transport = nullptr;
	engage(record, from, offer);
	watchOffers(record);
	record.forget.cancel();
	countLink(record);
	tellPeer(record);
}

/// Nobody fills the list of peers with ever new ones that are refused.
bool NodeCore::makeRoomForRefused()
{
	std::size_t refused = 0;
	const PeerRecord* gone = nullptr;
	for (const auto& [id, record] : _peers)
		if (record.info.link.state == LinkState::Refused)
		{
			++refused;
			if (!record.info.present)
				gone = &record;
		}
	if (refused >= MAX_REFUSED)
	{
		if (!gone)
			return false;
		forget(PeerId{gone->info.id});
	}
	return makeRoom();
}

std::string NodeCore::verify(const PeerId& peer)
{
	auto* record = find(peer);
	if (!record)
		return "No such peer.";
	const auto info = snapshot(*record);
	if (info.link.state == LinkState::Refused)
		return "This peer is refused; forget the old identity first.";
	if (info.link.state != LinkState::Up)
		return "There is no link with this peer now, so there is nothing to compare.";
	if (!info.link.proven)
		return "The id of this peer proves nothing, so it cannot be verified.";
	if (!info.link.codeFailure.empty())
		return fmt::format("There is no code to compare on this link: {}.", info.link.codeFailure);
	if (info.link.codeDigits.empty())
		return "The code for this link is not known yet; try again in a moment.";
	const auto name = pinName(info.name);
	if (name.empty())
		return "This peer has no name to which its identity could be pinned; it needs one ([node] name).";
	if (bearsPinnedName(peer, info.name))
		return fmt::format(
			"Another identity is verified under the name {}; forget that one first.", quoted(info.name));
	try
	{
		_pins->pin(name, peer);
	}
	catch (const std::exception& error)
	{
		return error.what();
	}
	logInformation(_logger, fmt::format("{} is verified: its identity is pinned to its name", label(info)),
		{{"peer", peer}});
	reconsider();
	return {};
}

void NodeCore::refuse(const PeerId& peer)
{
	auto* record = find(peer);
	if (!record)
		return;
	_differing.insert(peer);
	reconsider(*record);
}

void NodeCore::unverify(const PeerId& peer)
{
	_differing.erase(peer);
	const auto* record = find(peer);
	const auto named = record ? pinName(record->info.name) : std::string{};
	try
	{
		if (const auto pinned = _pins->find(named))
		{
			logInformation(_logger, fmt::format("{} is no longer verified as {}", printable(*pinned, 64),
										quoted(record->info.name)));
			_pins->unpin(named);
		}
		// It may have been called otherwise when it was verified.
		if (!record || record->info.refusal != LinkRefusal::IdentityChanged)
			while (const auto other = _pins->nameOf(peer))
				_pins->unpin(*other);
	}
	catch (const std::exception& error)
	{
		logError(_logger, fmt::format("cannot take a verification back: {}", error.what()));
		notice(fmt::format("The verification could not be taken back: {}.", error.what()));
	}
	reconsider();
}

/// Pins have changed: who was refused may be linked with, and who is linked may have to be refused.
void NodeCore::reconsider()
{
	std::vector<PeerId> ids;
	for (const auto& [id, record] : _peers)
		ids.push_back(id);
	for (const auto& id : ids)
		if (auto* record = find(id))
			reconsider(*record);
}

void NodeCore::reconsider(PeerRecord& record)
{
	const auto offer = record.used.offer;
	auto* signaling = record.used.from;
	const auto refusal = refusalOf(offer, record.transport ? record.transport : transportOf(offer.transport));
	if (refusal == record.info.refusal || !signaling)
	{
		countLink(record);
		tellPeer(record);
	}
	else if (refusal != LinkRefusal::None)
		refuse(signaling, offer, refusal);
	else if (record.info.present)
		follow(*signaling, offer);
	else
		forget(offer.peer);
}

}
