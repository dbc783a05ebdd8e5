#include "node/http/HttpConnection.h"

#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "node/protocol/http1/HeaderValues.h"
#include "node/protocol/http1/ResponseHead.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

HttpConnection::Owner::~Owner() = default;

HttpConnection::HttpConnection(const Services& services, std::shared_ptr<Channel> channel, bool scarce) :
	_services(services), _channel(std::move(channel)), _scarce(scarce)
{
	_services.metrics.connections.Increment();
}

HttpConnection::~HttpConnection()
{
	_services.metrics.connections.Decrement();
}

void HttpConnection::start()
{
	_watch = _services.loop.watch(_channel->descriptor(), 0, [this](unsigned events) { onEvents(events); });
	waitFor(_channel->secure() ? Phase::Handshaking : Phase::Reading, EventLoop::READABLE,
		_services.options.requestTimeout);
}

void HttpConnection::waitFor(Phase phase, unsigned events, Duration patience)
{
	_phase = phase;
	_watch.update(events);
	_services.deadlines.set(*this, _services.loop.now() + patience);
}

void HttpConnection::onEvents(unsigned events)
{
	const auto self = shared_from_this(); // the owner may drop it meanwhile
	if (events & EventLoop::HANGUP)
		return close();
	switch (_phase)
	{
	case Phase::Handshaking:
		return shakeHands();
	case Phase::Reading:
		read();
		return resume();
	case Phase::Writing:
		write();
		return resume();
	case Phase::Draining:
		return drain();
	case Phase::Waiting:
	case Phase::Closed:
		return;
	}
}

void HttpConnection::onDeadline(TimePoint)
{
	const auto self = shared_from_this();
	if (_phase == Phase::Reading && !_input.empty())
	{
		_services.metrics.refused("timeout");
		return refuse(408, "The request did not arrive in time.");
	}
	close();
}

TimePoint HttpConnection::expendableAt() const
{
	const bool waits = _phase == Phase::Handshaking || _phase == Phase::Reading || _phase == Phase::Draining;
	return waits ? deadline() : NEVER;
}

void HttpConnection::shakeHands()
{
	// Asymmetric cryptography takes a millisecond. Until the worker has done its step nobody else touches the
	// channel; the deadline set at the start goes on.
	_watch.update(0);
	const auto work = [channel = _channel, &loop = _services.loop, weak = weak_from_this()]
	{
		const auto status = channel->handshake();
		loop.post(
			[weak, status]
			{
				if (const auto self = weak.lock())
					self->handshaken(status);
			});
	};
	if (!_services.workers.run(work))
	{
		_services.metrics.refused("busy");
		close();
	}
}

void HttpConnection::handshaken(Channel::Status status)
{
	if (_phase != Phase::Handshaking)
		return;
	switch (status)
	{
	case Channel::Status::Done:
		_phase = Phase::Reading;
		_watch.update(EventLoop::READABLE);
		read();
		return resume();
	case Channel::Status::WantsRead:
		return _watch.update(EventLoop::READABLE);
	case Channel::Status::WantsWrite:
		return _watch.update(EventLoop::WRITABLE);
	case Channel::Status::Closed:
	case Channel::Status::Failed:
		_services.metrics.refused("tls");
		return close();
	}
}

void HttpConnection::read()
{
	const bool idle = _input.empty();
	while (_input.size() < http1::MAX_HEAD)
	{
		const auto result = _channel->read(
			_services.scratch.first(std::min(_services.scratch.size(), http1::MAX_HEAD - _input.size())));
		if (result.status == Channel::Status::Failed)
			return close();
		_ended = result.status == Channel::Status::Closed;
		if (result.status != Channel::Status::Done)
			break;
		_input.append(asText(_services.scratch.first(result.length)));
	}
	if (_ended && _input.empty())
		return close();
	if (idle && !_input.empty())
		_services.deadlines.set(*this, _services.loop.now() + _services.options.requestTimeout);
}

void HttpConnection::resume()
{
	// One answer after the other, also when several requests came at once.
	while (_phase == Phase::Reading)
	{
		if (takeRequest())
			continue;
		if (_phase != Phase::Reading || !_channel->pending())
			break;
		read();
	}
}

bool HttpConnection::takeRequest()
{
	const auto length = http1::headLength(_input, std::exchange(_searched, _input.size()));
	if (!length)
	{
		if (!http1::mayBeRequest(_input))
			refuse(400, static_cast<unsigned char>(_input.front()) == 0x16
							? "This address speaks plain HTTP, not TLS."
							: "This is not HTTP.");
		else if (_input.size() >= http1::MAX_HEAD)
			refuse(431, "The request's head is too long.");
		else if (_ended)
			close();
		return false;
	}
	http1::RequestHead head;
	const auto fault = http1::parseRequestHead(std::string_view{_input}.substr(0, *length), head);
	_input.erase(0, *length);
	_searched = 0;
	if (fault)
	{
		refuse(fault->status, "Bad request: " + fault->message + ".");
		return false;
	}
	serve(head);
	return true;
}

void HttpConnection::close()
{
	if (std::exchange(_phase, Phase::Closed) == Phase::Closed)
		return;
	_watch.cancel();
	_services.deadlines.set(*this, NEVER);
	_services.owner.closed(*this);
}

}
