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
	_connection("the rendezvous", MAX_MESSAGE, connectionOptions(), _randomness)
{
}

void RendezvousClient::start()
{
	_started = true;
	if (_connection.isIdle() && !_description.transports.empty())
		begin();
}

void RendezvousClient::stop()
{
	_started = false;
	_connection.stop();
}

void RendezvousClient::describe(const LocalDescription& description)
{
	_description = description;
	if (!_started || _description.transports.empty())
		return;
	if (_connection.isIdle())
		begin();
	else if (_connection.isOpen())
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
	_connection.reconfigure(connectionOptions(), now);
	if (_connection.isIdle() || (!elsewhere && !_connection.isPausing()))
		return;
	_complaints.reset();
	reconnect();
}

void RendezvousClient::networkChanged(TimePoint now)
{
	_now = now;
	_connection.doubt(now);
	readConnection();
}

bool RendezvousClient::sendSignal(const PeerId& to, const std::string& session, const std::string& data)
{
	// What the message has beside the data: type, ids, names.
	constexpr std::size_t ENVELOPE = 256;
	if (!_connection.isOpen() || data.size() + ENVELOPE > MAX_MESSAGE || !json::isValue(data))
		return false;
	send(rendezvous::encodeSignalTo({.peer = to, .session = session, .data = data}));
	return true;
}

void RendezvousClient::begin()
{
	emit(StateChanged{SignalingState::Connecting, "connecting to " + where()});
	_connection.start();
}

void RendezvousClient::reconnect()
{
	emit(StateChanged{SignalingState::Connecting, "connecting to " + where()});
	_connection.restart();
}

void RendezvousClient::onTimer(TimePoint now)
{
	_now = now;
	_connection.onTimer(now);
	readConnection();
	if (_connection.isOpen())
		for (auto& peer : _members.takeMissing(now))
			emit(PeerGone{std::move(peer)});
}

TimePoint RendezvousClient::nextDeadline() const
{
	return std::min(_connection.nextDeadline(), _members.nextDeadline());
}

Buffer RendezvousClient::takeOutput()
{
	const auto bytes = _connection.output();
	Buffer result(bytes.begin(), bytes.end());
	_connection.taken();
	return result;
}

std::optional<Event> RendezvousClient::pollEvent()
{
	readConnection();
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

/// At once, for what comes of it may have to be written.
void RendezvousClient::readConnection()
{
	while (const auto event = _connection.pollEvent())
		std::visit([this](const auto& happened) { on(happened); }, *event);
}

void RendezvousClient::emit(Event event)
{
	_events.push_back(std::move(event));
}

std::string RendezvousClient::where() const
{
	return fmt::format("the rendezvous {}, room {}", _options.url.text, _options.room);
}

PersistentConnection::Options RendezvousClient::connectionOptions() const
{
	return {
		.url = _options.url.text, .pingInterval = _options.pingInterval, .pingTimeout = _options.pingTimeout};
}

}
