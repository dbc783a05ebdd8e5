#include "plugins/signaling/rendezvous/RelayClient.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gimlet::rendezvous_client
{

RelayClient::RelayClient(std::string software, PersistentConnection::Randomness randomness) :
	_software(std::move(software)), _connection("the relay", relay::MAX_FRAME, {}, std::move(randomness))
{
}

void RelayClient::offer(
	Place place, std::chrono::milliseconds pingInterval, std::chrono::milliseconds pingTimeout, TimePoint now)
{
	_now = now;
	const bool same = _place && _place->isSameFor(place);
	_place = std::move(place);
	_connection.reconfigure(
		{.url = "the relay of " + _place->url.text, .pingInterval = pingInterval, .pingTimeout = pingTimeout},
		now);
	if (same && _connection.isOpen())
	{
		// It may have died with the connection that has just been made anew.
		_connection.doubt(now);
		return;
	}
	if (!same)
	{
		_reachable = false;
		_giveUpAt = NEVER;
		_complaints.reset();
	}
	if (_giveUpAt == NEVER)
		_giveUpAt = now + PATIENCE;
	_reason = "no answer yet";
	_connection.restart();
}

void RelayClient::withdraw()
{
	_connection.stop();
	_place.reset();
	_reachable = false;
	_giveUpAt = NEVER;
}

void RelayClient::networkChanged(TimePoint now)
{
	_now = now;
	_connection.doubt(now);
}

bool RelayClient::send(relay::Key to, ByteView datagram, std::size_t waiting)
{
	const auto payload = relay::writeFrame(_frame, {.other = to, .datagram = datagram});
	if (!_connection.isOpen())
		++_counters.notConnected;
	else if (payload.empty())
		++_counters.tooLong;
	else if (waiting + _connection.output().size() + payload.size() > MAX_WAITING)
		++_counters.congested;
	else
	{
		_connection.sendBinary(payload);
		++_counters.sent;
		_counters.sentBytes += datagram.size();
		return true;
	}
	return false;
}

void RelayClient::onOpen(TimePoint now)
{
	_now = now;
	// Whatever is on the way may log paths, and seldom this header.
	const auto& ticket = _place->ticket;
	const auto path =
		ticket.empty() ? _place->path : _place->path.substr(0, _place->path.size() - ticket.size() - 1);
	websocket::ClientRequest request{.host = _place->url.hostHeader(),
		.target = _place->url.target(path),
		.key = {},
		.headers = {{"User-Agent", _software}}};
	if (!ticket.empty())
		request.headers.emplace_back("Authorization", "Bearer " + ticket);
	if (!_place->iamToken.empty())
		request.headers.push_back(gateHeader(_place->iamToken));
	_connection.onOpen(
		std::move(request),
		[this](const websocket::Answer& answer) { return judgeRelayAnswer(answer, _place->url.text); }, now);
}

void RelayClient::onBytes(ByteView bytes, TimePoint now)
{
	_now = now;
	_connection.onBytes(bytes, now);
}

void RelayClient::onClosed(const std::string& error, TimePoint now)
{
	_now = now;
	_connection.onClosed(error, now);
}

void RelayClient::onTimer(TimePoint now)
{
	_now = now;
	_connection.onTimer(now);
	if (now >= _giveUpAt)
		giveUp();
}

TimePoint RelayClient::nextDeadline() const
{
	return std::min(_connection.nextDeadline(), _giveUpAt);
}

std::optional<RelayClient::Event> RelayClient::pollEvent()
{
	while (_events.empty())
	{
		auto event = _connection.pollEvent();
		if (!event)
			return std::nullopt;
		std::visit([this](auto& happened) { on(happened); }, *event);
	}
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

void RelayClient::on(const Connect& wish)
{
	_events.emplace_back(wish);
}

void RelayClient::on(const Disconnect& wish)
{
	_events.emplace_back(wish);
}

void RelayClient::on(const PersistentConnection::Opened&)
{
	_giveUpAt = NEVER;
	if (!std::exchange(_reachable, true))
		_events.emplace_back(Reachable{});
}

void RelayClient::on(const PersistentConnection::Failed& failure)
{
	_reason = failure.verdict.reason;
	if (_giveUpAt == NEVER && _reachable)
		_giveUpAt = _now + PATIENCE;
	_events.emplace_back(Closed{_reason});
}

void RelayClient::on(const RoundTrip& measured)
{
	_events.emplace_back(measured);
}

void RelayClient::on(websocket::Event& message)
{
	const auto frame = message.type == websocket::Event::Type::Binary
						   ? relay::parseFrame(asBytes(message.data))
						   : std::nullopt;
	if (!frame)
	{
		++_counters.malformed;
		return;
	}
	++_counters.received;
	_counters.receivedBytes += frame->datagram.size();
	_events.emplace_back(Datagram{frame->other, std::move(message.data)});
}

/// Nobody should try this way in vain. It is found again as soon as it is there.
void RelayClient::giveUp()
{
	_giveUpAt = NEVER;
	if (std::exchange(_reachable, false))
		_events.emplace_back(Unreachable{});
	if (_complaints.isDue(_reason, _now))
		_events.emplace_back(Note{
			fmt::format("no relay for peers that cannot be reached directly: {}; trying again until it works",
				_reason),
			true});
}

}
