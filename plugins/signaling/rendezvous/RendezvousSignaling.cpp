#include "plugins/signaling/rendezvous/RendezvousSignaling.h"

#include <fmt/format.h>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "node/api/Node.h"
#include "node/protocol/random/Random.h"
#include "plugins/signaling/rendezvous/ProxyChoice.h"

namespace gimlet::rendezvous_client
{

namespace
{

/// The first of the problems, for a log line.
class FirstProblem final : public Problems
{
public:
	void add(const std::string&, const std::string& key, const std::string& message) override
	{
		if (text.empty())
			text = fmt::format("{} {}", key, message);
	}

	std::string text;
};

}

RendezvousSignaling::RendezvousSignaling(Context& context) :
	_context(context), _metrics(context.metrics()), _credentials(context.loop()), _relay(context)
{
}

RendezvousSignaling::~RendezvousSignaling()
{
	stop();
}

void RendezvousSignaling::configure(const Settings& settings, Problems& problems)
{
	_settings = readSettings(settings, problems);
}

void RendezvousSignaling::reconfigure(const Settings& settings)
{
	FirstProblem problem;
	auto changed = readSettings(settings, problem);
	if (!problem.text.empty())
		throw PluginError(problem.text);
	if (changed == _settings)
		return;
	const bool elsewhere = changed.url != _settings.url || changed.room != _settings.room;
	if (_client && changed.url.host != _settings.url.host)
		report({.topic = "rendezvous", .text = {}});
	_settings = std::move(changed);
	if (!_client)
		return;
	warnAboutPlainToken();
	if (elsewhere)
		_placed.reset();
	_relay.use(_placed, _settings, _credentials.iamToken());
	_client->reconfigure(clientOptions(), _context.loop().now());
	settle();
}

void RendezvousSignaling::start()
{
	warnAboutPlainToken();
	const auto& node = _context.node();
	_client.emplace(_context.identity(), "gimlet/" + node.version(), clientOptions(),
		RendezvousClient::Randomness{.chance = randomFraction});
	_context.setState(PluginState::Starting, "connecting to " + _settings.url.text);
	report({.topic = "rendezvous", .text = "no answer yet", .pending = true});
	_client->start();
	_relay.use(_placed, _settings, {});
	settle();
}

void RendezvousSignaling::stop()
{
	if (!_client)
		return;
	_client->stop();
	write();
	handle(Disconnect{});
	_client.reset();
	_relay.stop();
	_placed.reset();
	_timer.cancel();
	_metrics.state(SignalingState::Offline);
}

void RendezvousSignaling::describe(const LocalDescription& description)
{
	if (!_client)
		return;
	_client->describe(description);
	settle();
}

bool RendezvousSignaling::sendSignal(const PeerId& to, const std::string& session, const std::string& data)
{
	if (!_client || !_stream || _stream->bufferedAmount() > MAX_BUFFERED)
		return false;
	const bool sent = _client->sendSignal(to, session, data);
	settle();
	return sent;
}

void RendezvousSignaling::networkChanged()
{
	if (!_client)
		return;
	if (_stream && !hasAddress(_stream->local()))
	{
		_stream.reset();
		onStreamClosed(PersistentConnection::ADDRESS_GONE);
	}
	_client->networkChanged(_context.loop().now());
	settle();
	_relay.networkChanged();
}

RendezvousClient::Options RendezvousSignaling::clientOptions() const
{
	return {.url = _settings.url,
		.room = _settings.room,
		.pingInterval = _settings.pingInterval,
		.pingTimeout = _settings.pingTimeout};
}

void RendezvousSignaling::warnAboutPlainToken()
{
	if (_settings.hasToken() && !_settings.url.tls && !_settings.url.isLoopback())
		logWarning(_context.logger(),
			fmt::format("the token goes to {} without encryption; https or wss would protect it",
				_settings.url.text));
}

/// Does what the client has to say, until it is silent. What that leads to (a host may answer an offer by a
/// signal at once) is done by the outermost call.
void RendezvousSignaling::settle()
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
	while (_client)
	{
		write();
		const auto event = _client->pollEvent();
		if (!event)
			break;
		std::visit([this](const auto& happened) { handle(happened); }, *event);
	}
	if (_client)
		schedule();
}

void RendezvousSignaling::schedule()
{
	_metrics.update(_client->counters(), _client->connectionCounters());
	_timer.cancel();
	if (const auto next = _client->nextDeadline(); next != NEVER)
		_timer = _context.loop().at(next,
			[this]
			{
				_client->onTimer(_context.loop().now());
				settle();
			});
}

void RendezvousSignaling::write()
{
	const auto bytes = _client->takeOutput();
	if (_stream && !bytes.empty())
		_stream->send(bytes);
}

void RendezvousSignaling::handle(const Connect&)
{
	_credentials.get(_settings, [this](const std::string& error) { onTokens(error); });
}

void RendezvousSignaling::onTokens(const std::string& error)
{
	if (error.empty())
	{
		const auto where = streamTarget(_settings, processEnvironment);
		_behindProxy = !where.proxy.empty();
		_stream = _context.streams().connect(where, *this);
	}
	else
		_client->onNoToken(error, _context.loop().now());
	settle();
}

void RendezvousSignaling::handle(const Disconnect&)
{
	_credentials.cancel();
	_stream.reset();
}

void RendezvousSignaling::onStreamOpen()
{
	_client->onOpen({.token = _credentials.token(),
						.iamToken = _credentials.iamToken(),
						.overLoopback = !_behindProxy && _stream->remote().isLoopback()},
		_context.loop().now());
	settle();
}

void RendezvousSignaling::onStreamData(ByteView bytes)
{
	_client->onBytes(bytes, _context.loop().now());
	settle();
	if (_client && _stream && _stream->bufferedAmount() > BROKEN_AT)
	{
		_client->onClosed("it reads nothing of what it is sent", _context.loop().now());
		settle();
	}
}

void RendezvousSignaling::onStreamClosed(const std::string& error)
{
	_client->onClosed(error, _context.loop().now());
	settle();
}

}
