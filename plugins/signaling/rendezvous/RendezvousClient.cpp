#include "plugins/signaling/rendezvous/RendezvousClient.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "node/api/Log.h"

namespace gimlet::rendezvous_client
{

RendezvousClient::RendezvousClient(
	const Identity& identity, std::string software, Options options, Randomness randomness) :
	_identity(identity),
	_software(std::move(software)),
	_options(std::move(options)),
	_randomness(std::move(randomness)),
	_pool(websocket::Role::Client, _randomness.bytes)
{
}

void RendezvousClient::start()
{
	_started = true;
	if (_phase == Phase::Idle && !_description.transports.empty())
		dial();
}

void RendezvousClient::stop()
{
	_started = false;
	if (_session)
		_session->close(websocket::GOING_AWAY, "the node ends");
	leaveConnection();
	_phase = Phase::Idle;
}

void RendezvousClient::describe(const LocalDescription& description)
{
	_description = description;
	if (!_started || _description.transports.empty())
		return;
	if (_phase == Phase::Idle)
		dial();
	else if (_phase == Phase::Online)
	{
		// Hello is said once a connection, so what it tells needs another one.
		// Nor can an endpoint be taken back otherwise.
		const bool withdrawn = _announced.endpoint && !_description.endpoint;
		if (_announced.name != _description.name || _announced.transports != _description.transports ||
			withdrawn)
			reconnect();
		else
			announceAddresses();
	}
}

void RendezvousClient::reconfigure(Options options, TimePoint now)
{
	const bool elsewhere = options.url != _options.url || options.room != _options.room;
	_options = std::move(options);
	if (_phase == Phase::Online)
		_nextPing = std::min(_nextPing, now + _options.pingInterval);
	if (_phase == Phase::Idle || (!elsewhere && _phase != Phase::Pausing))
		return;
	_backoff.reset();
	_complaints.reset();
	reconnect();
}

bool RendezvousClient::sendSignal(const PeerId& to, const std::string& session, const std::string& data)
{
	// What the message has beside the data: type, ids, names.
	constexpr std::size_t ENVELOPE = 256;
	if (_phase != Phase::Online || data.size() + ENVELOPE > MAX_MESSAGE || !json::isValue(data))
		return false;
	send(rendezvous::encodeSignalTo({.peer = to, .session = session, .data = data}));
	return true;
}

void RendezvousClient::dial()
{
	if (_phase == Phase::Idle)
		emit(StateChanged{SignalingState::Connecting, "connecting to " + where()});
	_phase = Phase::Dialing;
	_deadline = NEVER;
	emit(Connect{});
}

void RendezvousClient::reconnect()
{
	if (_session)
		_session->close(websocket::NORMAL, "reconnecting");
	leaveConnection();
	_phase = Phase::Idle;
	dial();
}

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

void RendezvousClient::onTimer(TimePoint now)
{
	if (_phase == Phase::Pausing && now >= _deadline)
		dial();
	else if (_phase == Phase::Upgrading && now >= _deadline)
		fail({.reason = fmt::format(
				  "{} did not answer within {} s", _options.url.text, UPGRADE_TIMEOUT.count())},
			now);
	else if (_phase == Phase::Online)
	{
		if (now >= _pongDeadline)
		{
			fail({.reason = fmt::format("the rendezvous did not answer a ping within {:g} s",
					  static_cast<double>(_options.pingTimeout.count()) / 1000)},
				now);
			return;
		}
		if (now >= _nextPing)
			sendPing(now);
		for (auto& peer : _members.takeMissing(now))
			emit(PeerGone{std::move(peer)});
	}
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

TimePoint RendezvousClient::nextDeadline() const
{
	return std::min({_deadline, _nextPing, _pongDeadline, _members.nextDeadline()});
}

Buffer RendezvousClient::takeOutput()
{
	if (_session)
	{
		const auto frames = _session->output();
		_output.insert(_output.end(), frames.begin(), frames.end());
		_session->sent(frames.size());
	}
	return std::exchange(_output, {});
}

std::optional<Event> RendezvousClient::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

void RendezvousClient::emit(Event event)
{
	_events.push_back(std::move(event));
}

std::string RendezvousClient::where() const
{
	return fmt::format("the rendezvous {}, room {}", _options.url.text, _options.room);
}

}
