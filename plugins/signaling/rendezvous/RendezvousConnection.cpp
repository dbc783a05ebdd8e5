// What RendezvousClient makes of its connection, from the open stream to its end; the rest is in
// RendezvousClient.cpp, and what is said in RendezvousMessages.cpp.
#include <fmt/format.h>

#include "plugins/signaling/rendezvous/RendezvousClient.h"

namespace gimlet::rendezvous_client
{

void RendezvousClient::onOpen(const Connection& connection, TimePoint now)
{
	_now = now;
	_hasToken = !connection.token.empty();
	_overLoopback = connection.overLoopback;
	websocket::ClientRequest request{.host = _options.url.hostHeader(),
		.target = _options.url.target(_identity.id(), _options.room),
		.key = {},
		.headers = {{"User-Agent", _software}}};
	if (_hasToken)
		request.headers.emplace_back("Authorization", "Bearer " + connection.token);
	if (!connection.iamToken.empty())
		request.headers.push_back(gateHeader(connection.iamToken));
	const auto judge = [this](const websocket::Answer& answer)
	{ return judgeAnswer(answer, _options.url.text, _hasToken); };
	_connection.onOpen(std::move(request), judge, now);
	readConnection();
}

void RendezvousClient::onBytes(ByteView bytes, TimePoint now)
{
	_now = now;
	_connection.onBytes(bytes, now);
	readConnection();
}

void RendezvousClient::onClosed(const std::string& error, TimePoint now)
{
	_now = now;
	_connection.onClosed(error, now);
	readConnection();
}

void RendezvousClient::onNoToken(const std::string& error, TimePoint now)
{
	_now = now;
	if (_connection.isDialing())
		_connection.fail(
			{.reason = fmt::format("there is no token for {}: {}", _options.url.text, error)}, now);
	readConnection();
}

void RendezvousClient::on(const Connect& wish)
{
	emit(wish);
}

void RendezvousClient::on(const Disconnect& wish)
{
	_members.disconnected();
	emit(wish);
}

void RendezvousClient::on(const PersistentConnection::Opened&)
{
	_messages = TokenBucket{MESSAGES, _now};
	_lastNote.clear();
	_skipNoted = false;
	_proven = false;
	_members.connected(_now);
	emit(StateChanged{SignalingState::Online, "connected to " + where()});
	announceHello();
	announceAddresses();
}

void RendezvousClient::on(const PersistentConnection::Failed& failure)
{
	if (failure.stable)
	{
		_complaints.reset();
		_yields = false;
	}
	_yields = _yields || failure.verdict.replaced;
	emit(StateChanged{failure.verdict.state, failure.verdict.reason});
	if (_complaints.isDue(failure.verdict.reason, _now))
		emit(Complaint{failure.verdict.reason + "; trying again until it works"});
}

void RendezvousClient::on(const RoundTrip& measured)
{
	emit(measured);
}

void RendezvousClient::on(const websocket::Event& message)
{
	if (message.type == websocket::Event::Type::Text)
		onMessage(message.data);
	else
		++_counters.malformed;
}

}
