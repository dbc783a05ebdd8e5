// The part of NodeCore that deals with signaling: who is there, and by which plugin to speak with whom.
//
// Several signaling plugins run side by side, and each may offer the same peer, with a session of its own.
// There is one link a peer, and one of the offers is in use: the first, for as long as its signaling is
// online and knows the peer. The others are remembered, and one of them is used
//   - when the signaling in use loses the peer, or its own connection;
//   - when no link comes of the offer in use in some seconds;
//   - when the peer already speaks by it and no link is up: the offer that goesBefore() wins on both sides.
// A link that is up is not touched by any of this: it is told where its signals go from now on.
#include <algorithm>
#include <array>
#include <utility>

#include "node/api/Log.h"
#include "node/core/NodeCore.h"
#include "node/core/PeerText.h"

namespace gimlet::core
{

void NodeCore::peerOffered(Signaling& from, const PeerOffer& offer)
{
	if (offer.peer == _options.id)
		return;
	auto* record = find(offer.peer);
	if (record && staysWith(*record, from, offer))
		remember(*record, from, offer);
	else
		follow(from, offer);
}

/// Whether a peer that is offered goes on being spoken with by another signaling.
bool NodeCore::staysWith(const PeerRecord& record, const Signaling& from, const PeerOffer& offer) const
{
	const auto* used = record.used.from;
	if (!used || used == &from || record.used.left || !reachable(*used))
		return false;
	const bool refused = record.info.link.state == LinkState::Refused;
	return !refused || refusalOf(offer, transportOf(offer.transport)) != LinkRefusal::None;
}

void NodeCore::remember(PeerRecord& record, Signaling& from, const PeerOffer& given)
{
	auto offer = given;
	keepName(offer);
	auto* known = findOffer(record.others, from);
	if (!known)
		known = &record.others.emplace_back(KnownOffer{.from = &from});
	known->offer = std::move(offer);
	watchOffers(record);
}

/// Tries to link with a peer by what a signaling says of it.
void NodeCore::follow(Signaling& from, const PeerOffer& given)
{
	auto offer = given;
	keepName(offer);
	auto* transport = transportOf(offer.transport);
	if (const auto refusal = refusalOf(offer, transport); refusal != LinkRefusal::None)
		return refuse(&from, offer, refusal);
	if (!transport)
		return peerIncompatible(from, offer.peer, "it was offered for " + offer.transport);
	if (!find(offer.peer) && !makeRoom())
		return say(_warnings, Poco::Message::PRIO_WARNING, "no room",
			fmt::format("{} peers are linked: no room for another one", _peers.size()));
	auto& record = _peers[offer.peer];
	if (!adopt(record, offer, *transport))
		return;
	engage(record, &from, offer);
	transport->connect(offer);
	for (const auto& signal : record.used.held.take(offer.session))
		transport->signalReceived(offer.peer, offer.session, signal);
	watchOffers(record);
	tellPeer(record);
}

/// From now on the peer is spoken with by this signaling; the one before is remembered.
void NodeCore::engage(PeerRecord& record, Signaling* from, const PeerOffer& offer)
{
	if (record.used.from != from)
	{
		auto before = std::exchange(record.used, KnownOffer{.from = from});
		if (auto* known = from ? findOffer(record.others, *from) : nullptr)
		{
			record.used = std::move(*known);
			std::erase_if(record.others, [from](const auto& other) { return other.from == from; });
		}
		if (before.from && !before.left)
			record.others.push_back(std::move(before));
		loseInterest(record);
	}
	record.used.offer = offer;
	record.used.left = false;
}

bool NodeCore::reachable(const Signaling& signaling) const
{
	const auto status = std::find_if(_signalingStatus.begin(), _signalingStatus.end(),
		[&signaling](const auto& known) { return known.signaling == &signaling; });
	return status == _signalingStatus.end() || status->state == SignalingState::Online;
}

bool NodeCore::acceptable(const KnownOffer& known) const
{
	const auto* transport = transportOf(known.offer.transport);
	return transport && reachable(*known.from) && refusalOf(known.offer, transport) == LinkRefusal::None;
}

KnownOffer* NodeCore::bestOther(PeerRecord& record) const
{
	KnownOffer* best = nullptr;
	for (auto& other : record.others)
		if (acceptable(other) && (!best || goesBefore(other, *best)))
			best = &other;
	return best;
}

/// Goes over to another offer, if there is one. @return Whether it did.
bool NodeCore::changeSignaling(PeerRecord& record)
{
	auto* other = bestOther(record);
	if (!other)
		return false;
	auto& from = *other->from;
	follow(from, PeerOffer{other->offer});
	return record.used.from == &from;
}

/// Keeps a timer for as long as there is another offer to try and no link.
void NodeCore::watchOffers(PeerRecord& record)
{
	const auto state = record.info.link.state;
	if (record.others.empty() || state == LinkState::Up || state == LinkState::Refused)
		return loseInterest(record);
	if (std::exchange(record.impatient, true))
		return;
	const auto& peer = record.info.id;
	const auto patience =
		_options.id < peer ? _options.signalingPatience : _options.signalingPatience * 3 / 2;
	record.patience = _loop.after(patience,
		[this, peer]
		{
			auto* waiting = find(peer);
			if (!waiting)
				return;
			waiting->impatient = false;
			++waiting->used.failures;
			if (!changeSignaling(*waiting))
				watchOffers(*waiting);
		});
}

void NodeCore::loseInterest(PeerRecord& record)
{
	record.impatient = false;
	record.patience.cancel();
}

void NodeCore::signalReceived(
	Signaling& from, const PeerId& peer, const std::string& session, const std::string& data)
{
	auto* record = find(peer);
	if (!record)
		return;
	const auto state = record->info.link.state;
	if (record->used.from == &from)
	{
		if (record->transport)
			record->transport->signalReceived(peer, session, data);
		else if (state == LinkState::Refused)
			record->used.held.hold(session, data);
		return;
	}
	auto* other = findOffer(record->others, from);
	if (!other || other->offer.session != session)
		return;
	other->held.hold(session, data);
	const bool open = state != LinkState::Up && state != LinkState::Refused;
	if (open && acceptable(*other) && goesBefore(*other, record->used))
		follow(from, PeerOffer{other->offer});
}

bool NodeCore::signal(Transport&, const PeerId& peer, const std::string& session, const std::string& data)
{
	const auto* record = find(peer);
	if (!record)
		return false;
	auto* by = record->used.from;
	if (session != record->used.offer.session)
		for (const auto& other : record->others)
			if (other.offer.session == session)
				by = other.from;
	return by && by->sendSignal(peer, session, data);
}

void NodeCore::peerLeft(Signaling& from, const PeerId& peer)
{
	auto* record = find(peer);
	if (!record)
		return;
	if (record->used.from == &from || !record->used.from)
		record->used.left = true;
	else
		std::erase_if(record->others, [&from](const auto& other) { return other.from == &from; });
	if (record->used.left && changeSignaling(*record))
		return;
	if (!record->used.left ||
		!record->others.empty()) // by one that is away perhaps, but present all the same
		return watchOffers(*record);
	if (std::exchange(record->info.present, false) &&
		_departures.admit(std::to_string(++_departed), _loop.now()) != AlarmFilter::Verdict::Silent)
		logInformation(_logger, fmt::format("{} left the room", label(record->info)));
	if (record->transport)
		record->transport->peerLeft(peer);
	scheduleForgetting(*record);
	tellPeer(*record);
}

void NodeCore::signalingState(Signaling& from, SignalingState state, const std::string& detail)
{
	const auto known = std::find_if(_signalingStatus.begin(), _signalingStatus.end(),
		[&from](const auto& status) { return status.signaling == &from; });
	if (known == _signalingStatus.end())
		_signalingStatus.push_back({&from, state, detail});
	else if (known->state == state && known->detail == detail)
		return;
	else
		*known = {&from, state, detail};
	if (state != SignalingState::Online)
		signalingLost(from);
	_observers.tell(
		[this](NodeObserver& observer) { observer.signalingChanged(signalingState(), signalingDetail()); });
}

/// Whoever is spoken with by a signaling that is away is spoken with by another one, if that knows the peer.
void NodeCore::signalingLost(const Signaling& from)
{
	std::vector<PeerId> concerned;
	for (const auto& [id, record] : _peers)
		if (record.used.from == &from && !record.others.empty())
			concerned.push_back(id);
	for (const auto& id : concerned)
		if (auto* record = find(id))
			changeSignaling(*record);
}

/// The best of them all: online if any of them is.
SignalingState NodeCore::signalingState() const
{
	constexpr std::array BEST_FIRST{
		SignalingState::Online, SignalingState::Connecting, SignalingState::Offline, SignalingState::Refused};
	for (const auto state : BEST_FIRST)
		for (const auto& status : _signalingStatus)
			if (status.state == state)
				return state;
	return SignalingState::Offline;
}

std::string NodeCore::signalingDetail() const
{
	std::string result;
	for (const auto& status : _signalingStatus)
		result += (result.empty() || status.detail.empty() ? "" : "; ") + status.detail;
	return result;
}

}
