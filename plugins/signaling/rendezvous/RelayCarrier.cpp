#include "plugins/signaling/rendezvous/RelayCarrier.h"

#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "node/api/Node.h"
#include "node/protocol/random/Random.h"
#include "plugins/signaling/rendezvous/ProxyChoice.h"

namespace gimlet::rendezvous_client
{

RelayCarrier::RelayCarrier(Context& context) : _context(context), _metrics(context.metrics()) {}

RelayCarrier::~RelayCarrier()
{
	stop();
}

void RelayCarrier::use(
	const std::optional<RelayPlaced>& said, const ClientSettings& settings, const std::string& iamToken)
{
	if (!_host.empty() && settings.url.host != _host)
		report({.topic = "relay", .text = {}});
	_host = settings.url.host;
	if (settings.relay && said && said->place)
		return enter(*said->place, settings, iamToken);
	stop();
	if (settings.relay && !said)
		return report({.topic = "relay", .text = "the rendezvous has not offered it yet", .pending = true});
	report({.topic = "relay",
		.text = settings.relay ? "the rendezvous has none" : "switched off by relay in [rendezvous]"});
}

void RelayCarrier::enter(
	const rendezvous::RelayPlace& place, const ClientSettings& settings, const std::string& iamToken)
{
	if (!_client)
		_client.emplace(
			"gimlet/" + _context.node().version(), PersistentConnection::Randomness{randomFraction});
	_target = streamTarget(settings, processEnvironment);
	const Endpoint& address = place.address;
	if (_port && _port->localEndpoint() != address)
		closePort();
	if (!_port)
		openPort(address);
	_client->offer({.url = settings.url,
					   .path = place.path,
					   .address = address,
					   .ticket = place.ticket,
					   .iamToken = iamToken},
		settings.pingInterval, settings.pingTimeout, _context.loop().now());
	settle();
}

void RelayCarrier::stop()
{
	if (!_client)
		return;
	_client->withdraw();
	write();
	_stream.reset();
	_timer.cancel();
	_scheduled = NEVER;
	_metrics.update(*_client);
	closePort();
	// Not destroyed: stop() may come from below a call of it. What it still had to tell is of no use.
	while (_client->pollEvent())
	{
	}
}

void RelayCarrier::networkChanged()
{
	if (!_port)
		return;
	if (_stream && !hasAddress(_stream->local()))
	{
		_stream.reset();
		onStreamClosed(PersistentConnection::ADDRESS_GONE);
	}
	_client->networkChanged(_context.loop().now());
	settle();
}

void RelayCarrier::openPort(const Endpoint& address)
{
	_port = std::make_unique<RelayPort>(
		address, [this](relay::Key to, ByteView datagram) { return send(to, datagram); });
	_context.discoveryHost().portOffered(*_port);
}

void RelayCarrier::closePort()
{
	if (!_port)
		return;
	_context.discoveryHost().portWithdrawn(*_port);
	_port.reset();
}

/// Frames of one round of the loop go to the stream as one, and are counted as one.
bool RelayCarrier::send(relay::Key to, ByteView datagram)
{
	const bool sent = _client->send(to, datagram, _stream ? _stream->bufferedAmount() : 0);
	if (!std::exchange(_flushing, true))
		_context.loop().post(
			[this, alive = std::weak_ptr(_alive)]
			{
				if (alive.expired())
					return;
				_flushing = false;
				write();
				_metrics.update(*_client);
			});
	return sent;
}

void RelayCarrier::write()
{
	const auto bytes = _client->output();
	if (_stream && !bytes.empty())
		_stream->send(bytes);
	_client->taken();
}

/// Does what the client has to say, until it is silent; what that leads to is done by the outermost call.
void RelayCarrier::settle()
{
	if (_settling)
		return;
	struct Guard
	{
		bool& flag;
		~Guard()
		{
			flag = false;
		}
	};
	_settling = true;
	const Guard guard{_settling};
	while (const auto event = _client->pollEvent())
		std::visit([this](const auto& happened) { handle(happened); }, *event);
	write();
	_metrics.update(*_client);
	schedule();
}

void RelayCarrier::schedule()
{
	const auto next = _client->nextDeadline();
	if (next == _scheduled)
		return;
	_scheduled = next;
	_timer.cancel();
	if (next != NEVER)
		_timer = _context.loop().at(next,
			[this]
			{
				_scheduled = NEVER;
				_client->onTimer(_context.loop().now());
				settle();
			});
}

void RelayCarrier::onStreamOpen()
{
	_client->onOpen(_context.loop().now());
	settle();
}

void RelayCarrier::onStreamData(ByteView bytes)
{
	_client->onBytes(bytes, _context.loop().now());
	settle();
	if (_stream && _stream->bufferedAmount() > BROKEN_AT)
	{
		_client->onClosed("it reads nothing of what it is sent", _context.loop().now());
		settle();
	}
}

void RelayCarrier::onStreamClosed(const std::string& error)
{
	_client->onClosed(error, _context.loop().now());
	settle();
}

void RelayCarrier::report(NetworkFact fact)
{
	fact.subject = _host;
	_context.report(fact);
}

Candidate RelayCarrier::candidate() const
{
	const auto address = _port->localEndpoint();
	return {.type = CandidateType::Relayed,
		.endpoint = address,
		.base = address,
		.port = _port.get(),
		.source = _host};
}

void RelayCarrier::handle(const Connect&)
{
	_stream = _context.streams().connect(_target, *this);
}

void RelayCarrier::handle(const Disconnect&)
{
	write();
	_stream.reset();
}

void RelayCarrier::handle(const Note& note)
{
	logWarning(_context.logger(), note.text);
}

void RelayCarrier::handle(const RoundTrip& measured)
{
	report({.topic = "relay",
		.verdict = NetworkFact::Verdict::Good,
		.text = "answers",
		.roundTrip = measured.time});
}

void RelayCarrier::handle(const RelayClient::Closed& closed)
{
	report({.topic = "relay", .verdict = NetworkFact::Verdict::Bad, .text = closed.reason});
}

void RelayCarrier::handle(const RelayClient::Reachable&)
{
	_context.discoveryHost().candidateFound(candidate());
}

void RelayCarrier::handle(const RelayClient::Unreachable&)
{
	_context.discoveryHost().candidateLost(candidate());
}

void RelayCarrier::handle(const RelayClient::Datagram& datagram)
{
	_context.discoveryHost().datagramReceived(
		datagram.bytes(), {_port.get(), _port->localEndpoint(), relay::addressOf(datagram.from)});
}

}
