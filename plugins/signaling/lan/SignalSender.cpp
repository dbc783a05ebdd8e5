#include "plugins/signaling/lan/SignalSender.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "plugins/signaling/lan/Limits.h"

namespace gimlet::lan
{

bool SignalSender::push(std::string signal)
{
	if (signal.empty() || signal.size() > MAX_SIGNAL || _signals.size() >= MAX_QUEUED_SIGNALS ||
		_bytes + signal.size() > MAX_QUEUED_BYTES)
		return false;
	_bytes += signal.size();
	_signals.push_back(std::move(signal));
	if (_signals.size() == 1)
		_due = all();
	return true;
}

std::uint8_t SignalSender::count() const
{
	return static_cast<std::uint8_t>((_signals.front().size() + FRAGMENT - 1) / FRAGMENT);
}

std::uint16_t SignalSender::all() const
{
	return static_cast<std::uint16_t>((1U << count()) - 1U);
}

void SignalSender::onAcknowledged(std::uint32_t sequence, std::uint16_t received, TimePoint now)
{
	if (_signals.empty() || sequence != _sequence || _attempts == 0)
		return;
	const auto before = std::exchange(_acknowledged, static_cast<std::uint16_t>(_acknowledged | received));
	if ((_acknowledged & all()) == all())
	{
		++_delivered;
		return next();
	}
	// Somebody is there: what is missing will be sent again soon, and the peer is not given up.
	if (before != _acknowledged)
	{
		_attempts = 1;
		_deadline = std::min(_deadline, now + FIRST_RETRY);
	}
}

void SignalSender::onTimer(TimePoint now)
{
	if (_signals.empty() || now < _deadline)
		return;
	if (_attempts >= MAX_ATTEMPTS)
	{
		++_undelivered;
		return next();
	}
	_due = static_cast<std::uint16_t>(all() & ~_acknowledged);
	_deadline = NEVER;
}

std::optional<SignalSender::Part> SignalSender::pollPart(TimePoint now)
{
	if (_due == 0)
		return std::nullopt;
	const auto& signal = _signals.front();
	const auto index = static_cast<std::uint8_t>(std::countr_zero(_due));
	_due = static_cast<std::uint16_t>(_due & (_due - 1U));
	if (_due == 0)
	{
		const Duration pause = FIRST_RETRY * (1U << std::min(_attempts, 8U));
		_deadline = now + std::min<Duration>(pause, LONGEST_RETRY);
		++_attempts;
	}
	const auto at = index * FRAGMENT;
	return Part{.sequence = _sequence,
		.index = index,
		.count = count(),
		.bytes = asBytes(std::string_view{signal}.substr(at, FRAGMENT))};
}

void SignalSender::next()
{
	_bytes -= _signals.front().size();
	_signals.pop_front();
	++_sequence;
	_acknowledged = 0;
	_attempts = 0;
	_deadline = NEVER;
	_due = _signals.empty() ? std::uint16_t{0} : all();
}

}
