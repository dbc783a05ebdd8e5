// The part of Relay that judges datagrams.
#include <algorithm>

#include "node/protocol/websocket/CloseCode.h"
#include "plugins/service/rendezvous-server/relay/Relay.h"

namespace gimlet::rendezvous_server
{

namespace
{

/// RFC 7983, section 7: STUN and DTLS, which is all that links of udp-punch consist of.
bool isCarried(std::uint8_t firstByte)
{
	return firstByte <= 3 || (firstByte >= 20 && firstByte <= 63);
}

}

const char* toString(RelayDrop drop)
{
	constexpr const char* NAMES[RELAY_DROPS] = {"foreign", "stranger", "absent", "rate", "pairs", "queue"};
	return NAMES[static_cast<std::size_t>(drop)];
}

Relay::Passed Relay::onFrame(RelayEnd& from, ByteView payload, TimePoint now)
{
	if (!from._session)
		return {};
	RelaySession& session = *from._session;
	const auto frame = relay::parseFrame(payload);
	if (!frame)
	{
		onMalformed(from);
		return {};
	}
	const auto cost = static_cast<double>(std::max(frame->datagram.size(), LEAST_COST));
	RelaySession* to = nullptr;
	if (const auto why = obstacle(session, *frame, cost, now, to))
	{
		drop(session, *why, cost, now);
		return {};
	}
	++_counters.datagrams;
	_counters.bytes += frame->datagram.size();
	return {to->end, {.other = session.key, .datagram = frame->datagram}};
}

void Relay::onMalformed(RelayEnd& from, bool closing)
{
	if (!from._session)
		return;
	++_counters.malformed;
	if (closing)
		return;
	detach(*from._session);
	close(from, websocket::PROTOCOL_ERROR, "not a frame of the relay");
}

std::optional<RelayDrop> Relay::obstacle(
	RelaySession& from, const relay::Frame& frame, double cost, TimePoint now, RelaySession*& to)
{
	if (!isCarried(frame.datagram.front()))
		return RelayDrop::Foreign;
	const auto found = _sessions.find(frame.other);
	if (found == _sessions.end() || &found->second == &from || found->second.room != from.room)
		return RelayDrop::Stranger;
	to = &found->second;
	if (!to->end)
		return RelayDrop::Absent;
	return overRate(from, *to, cost, now);
}

std::optional<RelayDrop> Relay::overRate(
	RelaySession& from, const RelaySession& to, double cost, TimePoint now)
{
	const bool slow = to.end->waiting() > RELAY_QUEUE;
	const Rate& rate = _limits.pair;
	if (rate.perSecond == 0)
		return slow ? std::optional{RelayDrop::Queue} : std::nullopt;
	TokenBucket* const pair = bucketFor(from, to.key, now);
	if (!pair)
		return RelayDrop::Pairs;
	if (!pair->take(rate, now, cost))
		return RelayDrop::Rate;
	if (!from.total.take(_limits.total(), now, cost))
	{
		pair->charge(-cost); // nothing has gone to it
		return RelayDrop::Rate;
	}
	if (!slow)
		return std::nullopt;
	pair->charge(QUEUE_CHARGE * cost);
	return RelayDrop::Queue;
}

TokenBucket* Relay::bucketFor(RelaySession& from, relay::Key to, TimePoint now)
{
	auto& pairs = from.pairs;
	auto pair = std::ranges::find(pairs, to, &RelaySession::Pair::to);
	if (pair == pairs.end() && pairs.size() < MAX_PAIRS)
	{
		pairs.push_back({to, TokenBucket{_limits.pair, now}});
		pair = std::prev(pairs.end());
	}
	if (pair == pairs.end())
	{
		// A bucket that is full says nothing: forgetting it forgives nothing.
		pair = std::ranges::find_if(
			pairs, [&](const RelaySession::Pair& each) { return each.bytes.full(_limits.pair, now); });
		if (pair == pairs.end())
			return nullptr;
		*pair = {to, TokenBucket{_limits.pair, now}};
	}
	return &pair->bytes;
}

void Relay::drop(RelaySession& from, RelayDrop why, double cost, TimePoint now)
{
	++_counters.dropped[static_cast<std::size_t>(why)];
	// A slow receiver is not the sender's fault, and what is charged to the pair bounds what that costs.
	// Where there is no limit nothing is charged: such a flood is read as one that passes would be.
	if (why == RelayDrop::Queue)
		return;
	from.excess = excess(from, now) + cost;
	from.excessAt = now;
	pauseIfFarOver(from, now);
}

void Relay::pauseIfFarOver(RelaySession& session, TimePoint now)
{
	const double over = excess(session, now);
	if (over <= MAX_EXCESS || session.pausedUntil != NEVER || !session.end)
		return;
	++_counters.paused;
	const std::chrono::duration<double> pause{over / forgiveness()};
	session.pausedUntil = now + std::chrono::ceil<std::chrono::milliseconds>(pause);
	_pauses.emplace(session.pausedUntil, session.key);
	_actions.push_back({RelayAction::Kind::Pause, session.end, 0, {}});
}

double Relay::forgiveness() const
{
	// Without a limit there is no measure for what is in vain either; the default's will do.
	const double rate = _limits.pair.perSecond == 0 ? RelayLimits{}.pair.perSecond : _limits.pair.perSecond;
	return std::max(rate, MIN_FORGIVENESS);
}

double Relay::excess(const RelaySession& session, TimePoint now) const
{
	const std::chrono::duration<double> since = now - session.excessAt;
	return std::max(0.0, session.excess - since.count() * forgiveness());
}

}
