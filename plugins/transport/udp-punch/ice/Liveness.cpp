#include "plugins/transport/udp-punch/ice/Liveness.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

void Liveness::begin(TimePoint answered, TimePoint now, bool askNow)
{
	_active = true;
	_heard = now;
	_answered = answered;
	_nextConsent = askNow ? now : now + Timing::CONSENT_INTERVAL;
	_firstAsked.reset();
	_doubtfulSince.reset();
	_roundTrip = {};
}

void Liveness::end()
{
	_active = false;
	_firstAsked.reset();
	_doubtfulSince.reset();
}

void Liveness::heard(TimePoint now)
{
	_heard = std::max(_heard, now);
}

bool Liveness::answered(TimePoint now)
{
	const bool recovered = doubtful();
	heard(now);
	_answered = now;
	_firstAsked.reset();
	_doubtfulSince.reset();
	return recovered;
}

void Liveness::suspect(TimePoint now)
{
	if (_active && !_firstAsked)
		_nextConsent = now;
}

void Liveness::asked(TimePoint now, Duration roundTrip, double chance)
{
	_roundTrip = roundTrip;
	if (!_firstAsked)
		_firstAsked = now;
	const auto least = doubtful() ? Timing::ASK_AGAIN_IN_DOUBT : Timing::ASK_AGAIN;
	_nextAsk = now + std::max<Duration>(least, roundTrip + roundTrip / 2);
	const auto factor =
		Timing::LEAST_CONSENT_FACTOR + chance * (Timing::MOST_CONSENT_FACTOR - Timing::LEAST_CONSENT_FACTOR);
	_nextConsent = now + std::chrono::duration_cast<Duration>(Timing::CONSENT_INTERVAL * factor);
}

Liveness::Action Liveness::onTimer(TimePoint now)
{
	if (!_active)
		return Action::None;
	if (expireDue() <= now)
		return Action::Expire;
	if (doubtDue() <= now)
	{
		_doubtfulSince = now;
		return Action::Doubt;
	}
	return askDue() <= now ? Action::Ask : Action::None;
}

TimePoint Liveness::nextDeadline() const
{
	return _active ? std::min({askDue(), doubtDue(), expireDue()}) : NEVER;
}

TimePoint Liveness::askDue() const
{
	return _firstAsked ? _nextAsk : std::min(_heard + _silence, _nextConsent);
}

TimePoint Liveness::doubtDue() const
{
	if (!_firstAsked || doubtful())
		return NEVER;
	const auto patience = _heard > *_firstAsked ? Timing::DOUBT_ONE_WAY : Timing::DOUBT;
	return *_firstAsked + std::max<Duration>(patience, 4 * _roundTrip);
}

TimePoint Liveness::expireDue() const
{
	return _answered + _consentExpiry;
}

}
