#include "plugins/frontend/web/Web.h"

#include <fmt/format.h>

#include <filesystem>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "plugins/frontend/web/Address.h"
#include "plugins/frontend/web/PageConnection.h"
#include "plugins/frontend/web/Token.h"

namespace gimlet::web
{

namespace
{

/// How often the figures of the links (bytes, round trip) are told, if they changed.
constexpr auto REFRESH = std::chrono::seconds{2};

/// Whether a text can be what stands in Host before the port: only that is compared.
bool isHostName(const std::string& text)
{
	return Endpoint::parseAddress(text, 0) || text.find_first_of(":/@[] ") == std::string::npos;
}

constexpr std::size_t RUN_BYTES = 9;
constexpr std::size_t TOKEN_BYTES = 32;

}

Web::Web(Context& context) : _context(context) {}

Web::~Web() = default;

void Web::configure(const Settings& settings, Problems& problems)
{
	_guard.token = settings.text("token");
	_guard.hosts = settings.list("hosts");
	_folder = settings.text("folder");
	_history.messages = static_cast<std::size_t>(settings.integer("history"));
	_limits.pages = static_cast<std::size_t>(settings.integer("max_pages"));
	_limits.rate = static_cast<unsigned>(settings.integer("rate_limit"));
	if (const auto weakness = tokenWeakness(_guard.token); !_guard.token.empty() && !weakness.empty())
		problems.add(settings.section(), "token", weakness);
	for (const auto& host : _guard.hosts)
		if (!isHostName(host))
			problems.add(settings.section(), "hosts",
				fmt::format(
					"\"{}\" is no host name; write it without scheme, port and path, as chat.example.org",
					printable(host, 100)));
}

void Web::reconfigure(const Settings& settings)
{
	_guard.hosts = settings.list("hosts");
	if (setGuard())
		printAddress(true);
}

/// @return Whether a token was needed and made.
bool Web::setGuard()
{
	auto& http = _context.http();
	// Names listed on a loopback listener are a reverse proxy's: everybody may be behind it.
	const bool needed = !http.onLoopback() || !_guard.hosts.empty();
	const bool made = needed && _guard.token.empty();
	if (made)
		_guard.token = randomText(TOKEN_BYTES);
	http.setGuard(_guard);
	return made;
}

void Web::start()
{
	auto& http = _context.http();
	if (!http.listening().valid())
		throw PluginError("the page needs a listener: set [http] listen, or take web out of [node] plugins");
	const auto folder = _folder.empty() ? _context.dataDirectory() + "/web" : _folder;
	if (!std::filesystem::is_regular_file(std::filesystem::path{folder} / "index.html"))
		throw PluginError(fmt::format("the page is not there: {}/index.html cannot be read", folder));

	const bool tokenIsNew = setGuard();

	_audience = std::make_shared<Audience>(_context.loop(), _context.metrics(), _limits);
	_session = std::make_unique<ui::Session>(_context.node(), _history, randomText(RUN_BYTES),
		[audience = _audience](const ui::ToPage& object) { audience->tell(object); });
	_audience->open(*_session);

	_page = http.files("/", folder, Access::Guarded);
	WebSocketOptions options;
	options.maxMessage = ui::MAX_OBJECT;
	options.maxConnections = _limits.pages;
	_socket = http.webSocket("/ui_ws", options,
		[audience = _audience](const HttpRequest&) { return std::make_unique<PageConnection>(audience); });
	refreshLater();
	printAddress(tokenIsNew);
}

void Web::stop()
{
	_refresh.cancel();
	// The listener may close the pages' connections later than this: the audience outlives the session.
	if (_audience)
		_audience->close();
	_socket.reset();
	_page.reset();
	_session.reset();
	_audience.reset();
}

void Web::refreshLater()
{
	_refresh = _context.loop().after(REFRESH,
		[this]
		{
			if (!_audience->empty())
				_session->refresh();
			refreshLater();
		});
}

void Web::printAddress(bool tokenIsNew)
{
	auto& http = _context.http();
	const auto query = tokenIsNew ? "?token=" + _guard.token : "?token= followed by the configured token";
	if (http.onLoopback())
	{
		logInformation(_context.logger(),
			fmt::format("the page is at {}", pageAddress(http.scheme(), http.listening(), {}, {})));
		if (!_guard.hosts.empty())
			logInformation(_context.logger(),
				fmt::format("through a proxy, the page of {} opens with {}", _guard.hosts.front(), query));
	}
	else
		logInformation(_context.logger(),
			fmt::format("the page is at {}{}",
				pageAddress(http.scheme(), http.listening(), _guard.hosts, hostAddresses()), query));
}

}
