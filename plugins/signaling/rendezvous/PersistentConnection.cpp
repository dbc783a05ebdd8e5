#include "plugins/signaling/rendezvous/PersistentConnection.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "plugins/signaling/rendezvous/RandomStock.h"

namespace gimlet::rendezvous_client
{

PersistentConnection::PersistentConnection(
	std::string what, std::size_t maxMessage, Options options, Randomness randomness) :
	_what(std::move(what)),
	_maxMessage(maxMessage),
	_options(std::move(options)),
	_randomness(std::move(randomness)),
	_pool(websocket::Role::Client, RandomStock{_randomness.bytes})
{
}

void PersistentConnection::start()
{
	if (_phase == Phase::Idle)
		dial();
}

void PersistentConnection::stop()
{
	sayGoodbye(websocket::GOING_AWAY, "the node ends");
	leave();
	_phase = Phase::Idle;
}

void PersistentConnection::restart()
{
	sayGoodbye(websocket::NORMAL, "reconnecting");
	leave();
	_backoff.reset();
	dial();
}

void PersistentConnection::reconfigure(Options options, TimePoint now)
{
	_options = std::move(options);
	if (_phase == Phase::Open)
		_nextPing = std::min(_nextPing, now + _options.pingInterval);
}

void PersistentConnection::doubt(TimePoint now)
{
	if (_phase == Phase::Open)
	{
		// Anew, even if a ping is on its way: its answer may be as well.
		ping(now);
		expectPong(now, std::min<std::chrono::milliseconds>(DOUBT_TIMEOUT, _options.pingTimeout));
		_doubted = true;
	}
	else if (_phase != Phase::Idle && !(_phase == Phase::Pausing && _asked))
		restart();
}

void PersistentConnection::dial()
{
	_phase = Phase::Dialing;
	_deadline = NEVER;
	_events.emplace_back(Connect{});
}

void PersistentConnection::onOpen(websocket::ClientRequest request, Judge judge, TimePoint now)
{
	_key = websocket::makeKey(_randomness.bytes);
	_answer.clear();
	_judge = std::move(judge);
	request.key = _key;
	try
	{
		const auto text = websocket::requestText(request);
		_output.insert(_output.end(), text.begin(), text.end());
	}
	catch (const std::invalid_argument& error)
	{
		fail({.reason = error.what(), .state = SignalingState::Refused}, now);
		return;
	}
	_phase = Phase::Upgrading;
	_requested = now;
	_deadline = now + UPGRADE_TIMEOUT;
}

void PersistentConnection::onBytes(ByteView bytes, TimePoint now)
{
	if (_phase == Phase::Upgrading)
	{
		_answer.append(asText(bytes));
		readAnswer(now);
	}
	else if (_phase == Phase::Open)
	{
		// Whatever comes shows that the connection lives, a busy server's late pong or not; unless the
		// network has changed, since it may have been sent before that.
		if (!_doubted)
			_pongDeadline = NEVER;
		_heard = now;
		_session->receive(bytes);
	}
}

void PersistentConnection::readAnswer(TimePoint now)
{
	const auto answer = websocket::parseAnswer(_answer, _key);
	if (answer.result == websocket::Answer::Result::NeedMore)
		return;
	if (answer.result != websocket::Answer::Result::Accepted)
	{
		fail(_judge(answer), now);
		return;
	}
	_phase = Phase::Open;
	_deadline = NEVER;
	_openSince = now;
	_nextPing = now + _options.pingInterval;
	_pongDeadline = NEVER;
	_doubted = false;
	_pingPayload.clear();
	_session.emplace(_pool, _maxMessage);
	++_counters.connections;
	_events.emplace_back(Opened{});
	measured(_requested, now);
	const auto rest = _answer.substr(answer.headLength);
	_answer.clear();
	onBytes(asBytes(rest), now);
}

void PersistentConnection::measured(TimePoint sent, TimePoint now)
{
	_counters.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(now - sent);
	_events.emplace_back(RoundTrip{_counters.roundTrip});
}

void PersistentConnection::onClosed(const std::string& error, TimePoint now)
{
	switch (_phase)
	{
	case Phase::Idle:
	case Phase::Pausing:
		return;
	case Phase::Dialing:
		fail({.reason = fmt::format("{} cannot be reached: {}", _options.url, error)}, now);
		break;
	case Phase::Upgrading:
		fail({.reason = fmt::format("{} closed the connection without an answer{}{}", _options.url,
				  error.empty() ? "" : ": ", error)},
			now);
		break;
	case Phase::Open:
		fail({.reason = fmt::format(
				  "the connection to {} was lost{}{}", _what, error.empty() ? "" : ": ", error)},
			now);
		break;
	}
}

void PersistentConnection::fail(const Verdict& verdict, TimePoint now)
{
	const bool stable = _phase == Phase::Open && now - _openSince >= STABLE;
	if (stable)
		_backoff.reset();
	++_counters.failures;
	leave();
	_phase = Phase::Pausing;
	_asked = verdict.pause > verdict.pause.zero();
	const auto chance = _randomness.chance();
	const auto longer =
		std::chrono::duration_cast<std::chrono::milliseconds>(verdict.pause * (1 + chance / 10));
	_deadline = now + std::max(_backoff.next(chance), longer);
	_events.emplace_back(Failed{verdict, stable});
}

void PersistentConnection::sayGoodbye(std::uint16_t code, std::string_view reason)
{
	if (_session)
		_session->close(code, reason);
}

/// Ends the stream, if there is one or one is being made, after what is still to be written.
void PersistentConnection::leave()
{
	_deadline = _nextPing = _pongDeadline = NEVER;
	_doubted = false;
	output();
	_session.reset();
	if (_phase == Phase::Dialing || _phase == Phase::Upgrading || _phase == Phase::Open)
		_events.emplace_back(Disconnect{});
}

void PersistentConnection::onTimer(TimePoint now)
{
	if (_phase == Phase::Pausing && now >= _deadline)
		dial();
	else if (_phase == Phase::Upgrading && now >= _deadline)
		fail({.reason = fmt::format("{} did not answer within {} s", _options.url, UPGRADE_TIMEOUT.count())},
			now);
	else if (_phase == Phase::Open && now >= _pongDeadline)
		fail({.reason = fmt::format("{} did not answer a ping within {:g} s", _what,
				  static_cast<double>(_patience.count()) / 1000)},
			now);
	else if (_phase == Phase::Open && now >= _nextPing)
	{
		_nextPing = now + _options.pingInterval;
		if (_pongDeadline == NEVER)
			ping(now);
		expectPong(now, _options.pingTimeout);
	}
}

TimePoint PersistentConnection::nextDeadline() const
{
	return std::min({_deadline, _nextPing, _pongDeadline});
}

/// From now on the answer to no other ping counts.
void PersistentConnection::ping(TimePoint now)
{
	_nextPing = now + _options.pingInterval;
	_pingPayload = std::to_string(++_counters.pings);
	_session->ping(asBytes(_pingPayload));
	_pingSent = now;
}

/// An earlier deadline stays: a network that changes again and again keeps no dead connection.
void PersistentConnection::expectPong(TimePoint now, std::chrono::milliseconds patience)
{
	if (now + patience < _pongDeadline)
	{
		_pongDeadline = now + patience;
		_patience = patience;
	}
}

void PersistentConnection::sendText(std::string_view text)
{
	if (_session)
		_session->sendText(text);
}

void PersistentConnection::sendBinary(ByteView bytes)
{
	// Not by way of the session, whose memory comes and goes with each message.
	if (_session && !_session->closing())
		_pool.write(_output, websocket::Opcode::Binary, bytes);
}

ByteView PersistentConnection::output()
{
	if (_session)
	{
		const auto frames = _session->output();
		_output.insert(_output.end(), frames.begin(), frames.end());
		_session->sent(frames.size());
	}
	return _output;
}

void PersistentConnection::taken()
{
	_output.clear();
}

std::optional<PersistentConnection::Event> PersistentConnection::pollEvent()
{
	for (;;)
	{
		if (!_events.empty())
		{
			auto event = std::move(_events.front());
			_events.pop_front();
			return event;
		}
		auto event = _session ? _session->pollEvent() : std::nullopt;
		if (!event)
			return std::nullopt;
		if (event->type == websocket::Event::Type::Closed)
			fail(judgeClose(event->code, event->data, event->localFailure, _what), _heard);
		else if (event->type != websocket::Event::Type::Pong)
			return std::move(*event);
		else if (!_pingPayload.empty() && event->data == _pingPayload)
		{
			_pingPayload.clear();
			_pongDeadline = NEVER;
			_doubted = false;
			measured(_pingSent, _heard);
		}
	}
}

}
