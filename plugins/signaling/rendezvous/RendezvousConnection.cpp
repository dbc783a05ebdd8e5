// One connection of RendezvousClient, from the open stream to its end; the rest is in RendezvousClient.cpp,
// and what is said in RendezvousMessages.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "plugins/signaling/rendezvous/RendezvousClient.h"

namespace gimlet::rendezvous_client
{

void RendezvousClient::onOpen(const Connection& connection, TimePoint now)
{
	_connection = connection;
	_key = websocket::makeKey(_randomness.bytes);
	_answer.clear();
	websocket::ClientRequest request{.host = _options.url.hostHeader(),
		.target = _options.url.target(_identity.id(), _options.room),
		.key = _key,
		.headers = {{"User-Agent", _software}}};
	if (!connection.token.empty())
		request.headers.emplace_back("Authorization", "Bearer " + connection.token);
	// https://cloud.google.com/run/docs/authenticating/service-to-service: read before Authorization, which
	// is then the service's own.
	if (!connection.iamToken.empty())
		request.headers.emplace_back("X-Serverless-Authorization", "Bearer " + connection.iamToken);
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
	_deadline = now + UPGRADE_TIMEOUT;
}

void RendezvousClient::onBytes(ByteView bytes, TimePoint now)
{
	if (_phase == Phase::Upgrading)
	{
		_answer.append(asText(bytes));
		readAnswer(now);
	}
	else if (_phase == Phase::Online)
		readSession(bytes, now);
}

void RendezvousClient::readAnswer(TimePoint now)
{
	const auto answer = websocket::parseAnswer(_answer, _key);
	if (answer.result == websocket::Answer::Result::NeedMore)
		return;
	if (answer.result != websocket::Answer::Result::Accepted)
	{
		fail(judgeAnswer(answer, _options.url.text, !_connection.token.empty()), now);
		return;
	}
	goOnline(now);
	const auto rest = _answer.substr(answer.headLength);
	_answer.clear();
	if (!rest.empty())
		readSession(asBytes(rest), now);
}

void RendezvousClient::goOnline(TimePoint now)
{
	_phase = Phase::Online;
	_deadline = NEVER;
	_onlineSince = now;
	_nextPing = now + _options.pingInterval;
	_pongDeadline = NEVER;
	_pingPayload.clear();
	_allowance = MESSAGE_BURST;
	_allowanceAt = now;
	_lastNote.clear();
	_proven = false;
	_session.emplace(_pool, MAX_MESSAGE);
	++_counters.connections;
	_members.connected(now);
	emit(StateChanged{SignalingState::Online, "connected to " + where()});
	announceHello();
	announceAddresses();
}

void RendezvousClient::readSession(ByteView bytes, TimePoint now)
{
	// Whatever comes shows that the connection lives, a busy server's late pong or not.
	_pongDeadline = NEVER;
	_session->receive(bytes);
	while (_phase == Phase::Online)
	{
		const auto event = _session->pollEvent();
		if (!event)
			break;
		switch (event->type)
		{
		case websocket::Event::Type::Text:
			onMessage(event->data, now);
			break;
		case websocket::Event::Type::Binary:
			++_counters.malformed;
			break;
		case websocket::Event::Type::Pong:
			if (event->data == _pingPayload)
				_counters.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(now - _pingSent);
			_pingPayload.clear();
			break;
		case websocket::Event::Type::Closed:
			fail(judgeClose(event->code, event->data, event->localFailure), now);
			break;
		}
	}
}

void RendezvousClient::onClosed(const std::string& error, TimePoint now)
{
	switch (_phase)
	{
	case Phase::Idle:
	case Phase::Pausing:
		return;
	case Phase::Dialing:
		fail({.reason = fmt::format("{} cannot be reached: {}", _options.url.text, error)}, now);
		break;
	case Phase::Upgrading:
		fail({.reason = fmt::format("{} closed the connection without an answer{}{}", _options.url.text,
				  error.empty() ? "" : ": ", error)},
			now);
		break;
	case Phase::Online:
		fail({.reason = "the connection to the rendezvous was lost" + (error.empty() ? "" : ": " + error)},
			now);
		break;
	}
}

void RendezvousClient::onNoToken(const std::string& error, TimePoint now)
{
	if (_phase == Phase::Dialing)
		fail({.reason = fmt::format("there is no token for {}: {}", _options.url.text, error)}, now);
}

void RendezvousClient::fail(const Verdict& verdict, TimePoint now)
{
	if (_phase == Phase::Online && now - _onlineSince >= STABLE)
	{
		_backoff.reset();
		_complaints.reset();
		_yields = false;
	}
	_yields = _yields || verdict.replaced;
	++_counters.failures;
	leaveConnection();
	_phase = Phase::Pausing;
	const auto chance = _randomness.chance();
	const auto longer =
		std::chrono::duration_cast<std::chrono::milliseconds>(verdict.pause * (1 + chance / 10));
	_deadline = now + std::max(_backoff.next(chance), longer);
	emit(StateChanged{verdict.state, verdict.reason});
	if (_complaints.isDue(verdict.reason, now))
		emit(Complaint{verdict.reason + "; trying again until it works"});
}

/// Ends the stream, if there is one or one is being made, after what is still to be written.
void RendezvousClient::leaveConnection()
{
	_deadline = _nextPing = _pongDeadline = NEVER;
	_members.disconnected();
	if (_session)
	{
		const auto last = _session->output();
		_output.insert(_output.end(), last.begin(), last.end());
		_session.reset();
	}
	if (_phase == Phase::Dialing || _phase == Phase::Upgrading || _phase == Phase::Online)
		emit(Disconnect{});
}

void RendezvousClient::sendPing(TimePoint now)
{
	_nextPing = now + _options.pingInterval;
	if (_pongDeadline != NEVER)
		return;
	_pingPayload = std::to_string(++_counters.pings);
	_session->ping(asBytes(_pingPayload));
	_pingSent = now;
	_pongDeadline = now + _options.pingTimeout;
}

}
