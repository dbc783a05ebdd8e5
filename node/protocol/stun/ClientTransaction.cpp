#include "node/protocol/stun/ClientTransaction.h"

#include <algorithm>

#include "node/protocol/stun/Wire.h"

namespace gimlet::stun
{

ClientTransaction::ClientTransaction(
	ByteView request, const Endpoint& server, TimePoint now, const Timing& timing) :
	_request(request.begin(), request.end()),
	_server(server),
	_timing(timing),
	_begun(now),
	_deadline(now + timing.rto),
	_interval(timing.rto)
{
	if (timing.rc <= 1)
		_deadline = now + timing.rm * timing.rto;
}

TimePoint ClientTransaction::nextDeadline() const
{
	return _state == State::Pending ? _deadline : NEVER;
}

void ClientTransaction::onTimer(TimePoint now)
{
	if (_state != State::Pending || now < _deadline)
		return;
	if (_transmissions >= _timing.rc)
	{
		_state = State::TimedOut;
		_due = false;
		return;
	}
	_due = true;
	_interval *= 2;
	const bool last = _transmissions + 1 >= _timing.rc;
	_deadline = now + (last ? _timing.rm * _timing.rto : _interval);
}

std::optional<ByteView> ClientTransaction::pollTransmit()
{
	if (!_due || _state != State::Pending)
		return std::nullopt;
	_due = false;
	++_transmissions;
	return _request;
}

bool ClientTransaction::onResponse(const MessageView& message, const Endpoint& source, TimePoint now)
{
	const auto kind = message.messageClass();
	const auto own = MessageView::parse(_request);
	if (_state != State::Pending || !own || source != _server || message.method() != own->method() ||
		(kind != MessageClass::SuccessResponse && kind != MessageClass::ErrorResponse) ||
		!std::ranges::equal(message.transactionId(), own->transactionId()))
		return false;
	_state = State::Answered;
	_answered = now;
	return true;
}

std::optional<Duration> ClientTransaction::roundTrip() const
{
	if (_state != State::Answered || _transmissions != 1)
		return std::nullopt;
	return _answered - _begun;
}

}
