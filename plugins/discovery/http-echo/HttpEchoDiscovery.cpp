#include "plugins/discovery/http-echo/HttpEchoDiscovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/api/Log.h"

namespace gimlet::http_echo
{

namespace
{

using namespace std::chrono_literals;

/// An address has at most 45 characters; some services add a line end or a little markup.
constexpr std::size_t MAX_BODY = 1024;
/// The stream bounds how long a connection takes; from then on the service has as long again.
constexpr std::chrono::seconds ANSWER_TIME = 10s;
constexpr std::chrono::milliseconds FIRST_RETRY = 10s;
constexpr std::chrono::milliseconds SHORTEST_PAUSE = 30s;

}

HttpEchoDiscovery::HttpEchoDiscovery(Context& context) : _context(context) {}

HttpEchoDiscovery::~HttpEchoDiscovery() = default;

void HttpEchoDiscovery::configure(const Settings& settings, Problems& problems)
{
	if (!parseEchoUrl(settings.text("url")))
		problems.add(settings.section(), "url", "it is not a complete address: write https://api.ipify.org");
	else
		take(settings);
}

void HttpEchoDiscovery::reconfigure(const Settings& settings)
{
	if (!parseEchoUrl(settings.text("url")))
		return;
	take(settings);
	_stream.reset();
	ask();
}

void HttpEchoDiscovery::take(const Settings& settings)
{
	_url = *parseEchoUrl(settings.text("url"));
	_caFile = settings.text("ca_file");
	_interval = settings.seconds("interval");
	_retry = std::min(FIRST_RETRY, _interval);
}

void HttpEchoDiscovery::start()
{
	ask();
}

void HttpEchoDiscovery::stop()
{
	_timer.cancel();
	_stream.reset();
	_reader.reset();
}

void HttpEchoDiscovery::portOpened(Port& port)
{
	_context.discoveryHost().gatheringDone(port);
}

bool HttpEchoDiscovery::onDatagram(ByteView, const Path&, TimePoint)
{
	return false;
}

void HttpEchoDiscovery::refresh()
{
	if (!_stream && _context.loop().now() - _lastAsked >= SHORTEST_PAUSE)
		ask();
}

void HttpEchoDiscovery::ask()
{
	_timer.cancel();
	_lastAsked = _context.loop().now();
	_reader = std::make_unique<http1::ResponseReader>(MAX_BODY);
	StreamTarget target;
	target.host = _url.host;
	target.port = _url.port;
	target.tls = _url.tls;
	target.caFile = _caFile;
	_stream = _context.streams().connect(target, *this);
}

void HttpEchoDiscovery::onStreamOpen()
{
	_stream->send(asBytes(_url.request()));
	_timer = _context.loop().after(ANSWER_TIME,
		[this]
		{
			_stream.reset();
			fail(fmt::format("it did not answer within {} s", ANSWER_TIME.count()));
		});
}

void HttpEchoDiscovery::onStreamData(ByteView bytes)
{
	const auto state = _reader->receive(bytes);
	if (state == http1::ResponseReader::State::Done || state == http1::ResponseReader::State::Failed)
		finish();
}

void HttpEchoDiscovery::onStreamClosed(const std::string& error)
{
	_reader->end();
	if (_reader->state() == http1::ResponseReader::State::Failed && !error.empty())
	{
		_stream.reset();
		fail(error);
	}
	else
		finish();
}

void HttpEchoDiscovery::finish()
{
	_stream.reset();
	if (_reader->state() != http1::ResponseReader::State::Done)
		fail(_reader->error());
	else if (_reader->head().status != 200)
		fail(fmt::format("the server answered {}", _reader->head().status));
	else if (const auto address = parseEchoBody(_reader->body()))
		succeed(*address);
	else
		fail("the server's answer is not a public address: \"" + printable(_reader->body(), 60) + "\"");
}

void HttpEchoDiscovery::succeed(const std::string& address)
{
	_retry = std::min(FIRST_RETRY, _interval);
	_context.setState(PluginState::Ready, "");
	_context.discoveryHost().publicAddress(address, _url.host);
	_timer = _context.loop().after(_interval, [this] { ask(); });
}

void HttpEchoDiscovery::fail(const std::string& why)
{
	_context.setState(
		PluginState::Degraded, fmt::format("asking {} for the public address failed: {}", _url.host, why));
	_timer = _context.loop().after(_retry, [this] { ask(); });
	_retry = std::min(_retry * 2, _interval);
}

}
