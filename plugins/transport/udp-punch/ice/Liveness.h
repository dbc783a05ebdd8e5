#pragma once

#include <optional>

#include "node/api/Time.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

/// Whether the selected pair still carries: consent (RFC 7675) and a faster sign of life.
///
/// Consent is asked for every 5 s, more or less, and ends 30 s after the last answer. Besides, a pair on
/// which nothing authenticated was heard for 2 s is asked, and asked again each quarter of a second; after 3
/// s without an answer it is doubtful. So an idle link costs one question every two seconds, and a busy one
/// nothing but consent.
class Liveness
{
public:
	enum class Action
	{
		None,
		Ask,    ///< send a question and say asked()
		Doubt,  ///< doubtful() has become true
		Expire, ///< consent has ended; begin() or end() is to be called
	};

	/// @param silence After how long without a sound the pair is asked.
	explicit Liveness(Duration consentExpiry, Duration silence = Timing::SILENCE) :
		_consentExpiry(consentExpiry), _silence(silence)
	{
	}

	/// A pair is selected. @param answered When it last answered. @param askNow Its round trip is unknown.
	void begin(TimePoint answered, TimePoint now, bool askNow);

	/// No pair is selected.
	void end();

	/// Something authenticated has come by the pair.
	void heard(TimePoint now);

	/// A question was answered. @return Whether that ends a doubt.
	bool answered(TimePoint now);

	/// There is reason to ask at once: the peer looks for another pair.
	void suspect(TimePoint now);

	/// A question went out. @param chance 0 to 1, for the time of the next one.
	void asked(TimePoint now, Duration roundTrip, double chance);

	/// What is due; to be called until None.
	Action onTimer(TimePoint now);

	TimePoint nextDeadline() const;

	bool doubtful() const
	{
		return _doubtfulSince.has_value();
	}

	/// When doubt began; NEVER without doubt.
	TimePoint doubtfulSince() const
	{
		return _doubtfulSince.value_or(NEVER);
	}

	/// When something was last heard; meaningless without a pair.
	TimePoint lastHeard() const
	{
		return _heard;
	}

private:
	TimePoint askDue() const;
	TimePoint doubtDue() const;
	TimePoint expireDue() const;

	Duration _consentExpiry;
	Duration _silence;
	bool _active = false;
	TimePoint _heard{};
	TimePoint _answered{};
	TimePoint _nextConsent{};
	/// Of the questions since the last answer.
	std::optional<TimePoint> _firstAsked;
	TimePoint _nextAsk{};
	Duration _roundTrip{};
	std::optional<TimePoint> _doubtfulSince;
};

}
