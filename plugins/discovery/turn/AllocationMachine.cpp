#include "plugins/discovery/turn/AllocationMachine.h"

#include <algorithm>
#include <utility>

namespace gimlet::turn
{

using namespace stun;

const char* toString(EndReason reason)
{
	switch (reason)
	{
	case EndReason::Silent:
		return "silent";
	case EndReason::Credentials:
		return "credentials";
	case EndReason::Quota:
		return "quota";
	case EndReason::Mismatch:
		return "mismatch";
	case EndReason::Redirected:
		return "redirected";
	case EndReason::Refused:
		return "refused";
	case EndReason::Broken:
		return "broken";
	}
	return "";
}

AllocationMachine::AllocationMachine(const Endpoint& server, Carrier carrier, const Credentials& credentials,
	const Timing& timing, const Random& random, TimePoint now) :
	_server(server),
	_carrier(carrier),
	_timing(timing),
	_random(random),
	_longTerm(credentials),
	_permissions(timing),
	_channels(timing),
	_lastHeard(now)
{
	begin({.method = method::ALLOCATE}, now);
}

void AllocationMachine::renew(const Credentials& credentials)
{
	if (credentials.user == _longTerm.credentials().user)
	{
		_renewed.reset();
		if (credentials != _longTerm.credentials())
			_longTerm.use(credentials);
	}
	else
		_renewed = credentials;
}

void AllocationMachine::check(TimePoint now)
{
	if (_state == State::Allocated)
		refresh(now);
}

void AllocationMachine::refresh(TimePoint now)
{
	if (!isRunning(method::REFRESH))
		begin({.method = method::REFRESH}, now);
}

void AllocationMachine::release()
{
	_requests.clear();
	_ready.clear();
	if (_state == State::Allocated)
	{
		// RFC 8656, section 8.1: "a LIFETIME of zero" deletes it. Should it be lost, the allocation expires.
		std::array<std::uint8_t, LARGEST_REQUEST> buffer{};
		MessageBuilder builder(buffer, MessageClass::Request, method::REFRESH, _random.transactionId());
		builder.number32(attribute::LIFETIME, 0);
		_longTerm.sign(builder);
		const auto bytes = builder.finish();
		_ready.emplace_back(bytes.begin(), bytes.end());
		_work = true;
	}
	_state = State::Over;
	_waiting.clear();
}

void AllocationMachine::end(Ended ended)
{
	if (_state == State::Over)
		return;
	_state = State::Over;
	_requests.clear();
	_ready.clear();
	_counters.abandoned += _waiting.size();
	_waiting.clear();
	emit(std::move(ended));
}

void AllocationMachine::emit(Event event)
{
	_events.push_back(std::move(event));
	_work = true;
}

void AllocationMachine::onTimer(TimePoint now)
{
	// Those that have timed out are taken out first: what follows from it begins others.
	std::vector<Request> late;
	for (auto& request : _requests)
	{
		request.transaction->onTimer(now);
		if (request.transaction->state() == ClientTransaction::State::TimedOut)
			late.push_back(request);
	}
	std::erase_if(_requests, [](const auto& request)
		{ return request.transaction->state() == ClientTransaction::State::TimedOut; });
	for (const auto& request : late)
		if (_state != State::Over)
			timedOut(request, now);
	_work = true;
	if (_state != State::Allocated)
		return;
	if (now >= _expiresAt)
	{
		end({EndReason::Silent, "has not renewed the allocation in time"});
		return;
	}
	if (now >= _refreshAt || now >= _lastHeard + _timing.quiet)
		refresh(now);
	while (const auto peer = _permissions.due(now))
		begin({.method = method::CREATE_PERMISSION, .peer = *peer}, now);
	while (const auto binding = _channels.due(now))
		begin({.method = method::CHANNEL_BIND, .peer = binding->peer, .channel = binding->number}, now);
}

std::optional<ByteView> AllocationMachine::pollTransmit()
{
	if (!_ready.empty())
	{
		_leaving = std::move(_ready.front());
		_ready.pop_front();
		return _leaving;
	}
	for (auto& request : _requests)
		if (const auto bytes = request.transaction->pollTransmit())
			return bytes;
	_work = !_events.empty();
	return std::nullopt;
}

std::optional<Event> AllocationMachine::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

TimePoint AllocationMachine::nextDeadline() const
{
	auto deadline = NEVER;
	for (const auto& request : _requests)
		deadline = std::min(deadline, request.transaction->nextDeadline());
	if (_state != State::Allocated)
		return deadline;
	if (!isRunning(method::REFRESH))
		deadline = std::min({deadline, _refreshAt, _lastHeard + _timing.quiet});
	return std::min({deadline, _expiresAt, _permissions.nextDeadline(), _channels.nextDeadline()});
}

}
