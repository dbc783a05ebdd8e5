#include "plugins/signaling/rendezvous/RendezvousClient.h"

#include <fmt/format.h>

#include <algorithm>

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
