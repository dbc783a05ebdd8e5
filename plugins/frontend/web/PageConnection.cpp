#include "plugins/frontend/web/PageConnection.h"

#include <fmt/format.h>

#include "node/protocol/ui/Codec.h"
#include "node/protocol/websocket/CloseCode.h"

namespace gimlet::web
{

namespace
{

constexpr double BURST_SECONDS = 10;

/// Whoever sends so many objects against the answer that it is too fast does not listen.
constexpr unsigned PATIENCE = 1000;

}

PageConnection::PageConnection(std::shared_ptr<Audience> audience) :
	_audience(std::move(audience)),
	_rate{BURST_SECONDS * _audience->limits().rate, 1.0 * _audience->limits().rate},
	_bucket(_rate, _audience->now())
{
}

PageConnection::~PageConnection()
{
	_audience->leave(*this);
}

void PageConnection::onOpen(WebSocketConnection&)
{
	_audience->join(*this);
	if (auto* session = _audience->session())
		for (const auto& object : session->introduction())
			send(object);
}

void PageConnection::onText(std::string_view text)
{
	auto* session = _audience->session();
	if (!session)
		return;
	if (!_bucket.take(_rate, _audience->now()))
		return refuseTooFast(text);
	_tooFast = 0;
	std::string error;
	const auto object = ui::decodeFromPage(text, error);
	_audience->count(object ? "accepted" : "bad");
	if (!object)
		return send(ui::Error{fmt::format("Not understood: {}.", error), "bad_message", ""});
	for (const auto& answer : session->handle(*object))
		send(answer);
}

void PageConnection::refuseTooFast(std::string_view text)
{
	_audience->count("too_fast");
	if (++_tooFast > PATIENCE)
	{
		if (_connection)
			_connection->close(websocket::POLICY_VIOLATION, "too many objects a second");
		return;
	}
	// A page that keeps what was typed must learn which text was refused.
	std::string error;
	const auto object = ui::decodeFromPage(text, error);
	const auto* message = object ? std::get_if<ui::SendMessage>(&*object) : nullptr;
	send(ui::Error{fmt::format("Too fast: at most {} messages a second.", _audience->limits().rate),
		"too_fast", message ? message->id : ""});
}

void PageConnection::onClose(std::uint16_t, std::string_view)
{
	_audience->leave(*this);
}

void PageConnection::sendText(std::string_view text)
{
	if (_connection)
		_connection->sendText(text);
}

void PageConnection::send(const ui::ToPage& object)
{
	sendText(ui::encode(object));
}

}
