#include "node/core/net/CaresResolver.h"

#include <ares.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "node/api/Log.h"
#include "node/core/net/CaresChannel.h"

namespace gimlet::core
{

namespace
{

/// RFC 1035, section 2.3.4: 255 octets on the wire are at most 253 characters.
constexpr std::size_t MAX_NAME = 253;

/// One answer may carry hundreds of addresses; nobody tries that many.
constexpr std::size_t MAX_ENDPOINTS = 32;

const char* nameOf(int family)
{
	return family == AF_INET6 ? "IPv6" : family == AF_INET ? "IPv4" : "IP";
}

bool isLocalhost(std::string_view host)
{
	constexpr std::string_view name = "localhost";
	if (host.ends_with('.'))
		host.remove_suffix(1);
	if (host.size() < name.size() ||
		!std::equal(name.rbegin(), name.rend(), host.rbegin(),
			[](char expected, char found) { return expected == (found | 0x20); }))
		return false;
	return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

bool isName(std::string_view host)
{
	return !host.empty() && host.size() <= MAX_NAME &&
		   std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

std::string sentence(int status, const std::string& host, int family)
{
	switch (status)
	{
	case ARES_ENOTFOUND:
		return "no such name: " + host;
	case ARES_ENODATA:
		return fmt::format("{} has no {} address", host, nameOf(family));
	case ARES_ETIMEOUT:
		return fmt::format("no name server has answered the question for {}", host);
	case ARES_ECONNREFUSED: // also when every server answered SERVFAIL or REFUSED
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
		return fmt::format("no name server could be reached, or none would answer, for {}", host);
	case ARES_EBADNAME:
		return fmt::format("not a valid host name: {}", host);
	default:
		return fmt::format("{} could not be resolved: {}", host, ares_strerror(status));
	}
}

/// What one family's question came to.
struct FamilyAnswer
{
	int family = AF_UNSPEC;
	std::optional<int> status; ///< empty while it is asked
	std::vector<Endpoint> endpoints;
};

class Lookup final : public Resolver::Query
{
public:
	Lookup(EventLoop& loop, std::string host, int family, Resolver::Callback callback) :
		_loop(loop), _host(printable(host, MAX_NAME)), _family(family), _callback(std::move(callback))
	{
	}

	void begin(
		const std::string& host, std::uint16_t port, const CaresResolver::Options& options, HostsFile& hosts);

private:
	void ask(const std::string& host, std::uint16_t port, const CaresResolver::Options& options);
	void take(std::vector<Endpoint> endpoints);
	void onAnswer(FamilyAnswer& answer, int status, std::vector<Endpoint> endpoints);
	void failSoon(std::string error);
	void finishAfter(Duration delay);
	void deliver();
	std::string error() const;

	EventLoop& _loop;
	const std::string _host; ///< for messages
	const int _family;
	Resolver::Callback _callback;
	std::vector<FamilyAnswer> _answers;
	std::string _error;
	std::chrono::milliseconds _patience{0};
	std::unique_ptr<CaresChannel> _channel;
	Timer _deadline;
	Timer _finish;
};

void Lookup::begin(
	const std::string& host, std::uint16_t port, const CaresResolver::Options& options, HostsFile& hosts)
{
	if (const auto literal = Endpoint::parseAddress(host, port))
		take({*literal});
	else if (isLocalhost(host))
		take({Endpoint::loopback(AF_INET6, port), Endpoint::loopback(AF_INET, port)});
	else if (!isName(host))
		failSoon(host.empty() ? "a host name is missing" : fmt::format("not a valid host name: {}", _host));
	else if (auto known = hosts.find(host, port); !known.empty())
		// For both families: a name that is known by one address never waits for a name server about the
		// other.
		take(std::move(known));
	else
		ask(host, port, options);
}

void Lookup::ask(const std::string& host, std::uint16_t port, const CaresResolver::Options& options)
try
{
	_channel = std::make_unique<CaresChannel>(_loop, options.servers);
	_patience = options.patience;
	_deadline = _loop.after(options.timeout, [this] { deliver(); });
	for (const int family : {AF_INET6, AF_INET})
	{
		if (_family == AF_UNSPEC || _family == family)
			_answers.push_back({.family = family, .status = std::nullopt, .endpoints = {}});
	}
	for (auto& answer : _answers)
	{
		_channel->lookup(host, port, answer.family,
			[this, &answer](int status, std::vector<Endpoint> endpoints)
			{ onAnswer(answer, status, std::move(endpoints)); });
	}
}
catch (const std::exception& error)
{
	failSoon(error.what());
}

/// Addresses that nobody had to be asked for.
void Lookup::take(std::vector<Endpoint> endpoints)
{
	if (_family != AF_UNSPEC)
		std::erase_if(endpoints, [this](const Endpoint& endpoint) { return endpoint.family() != _family; });
	_answers = {{.family = _family, .status = ARES_ENODATA, .endpoints = std::move(endpoints)}};
	finishAfter(Duration::zero());
}

void Lookup::onAnswer(FamilyAnswer& answer, int status, std::vector<Endpoint> endpoints)
{
	answer.status = status == ARES_SUCCESS && endpoints.empty() ? ARES_ENODATA : status;
	answer.endpoints = std::move(endpoints);
	const bool all =
		std::all_of(_answers.begin(), _answers.end(), [](auto& one) { return one.status.has_value(); });
	if (all)
		finishAfter(Duration::zero());
	else if (!answer.endpoints.empty())
		finishAfter(_patience);
}

void Lookup::failSoon(std::string error)
{
	_error = std::move(error);
	finishAfter(Duration::zero());
}

void Lookup::finishAfter(Duration delay)
{
	_finish = _loop.after(delay, [this] { deliver(); });
}

void Lookup::deliver()
{
	_deadline.cancel();
	_finish.cancel();
	_channel.reset();
	Resolver::Result result;
	for (const auto& answer : _answers)
	{
		for (const auto& endpoint : answer.endpoints)
		{
			const bool known = std::ranges::find(result.endpoints, endpoint) != result.endpoints.end();
			if (!known && result.endpoints.size() < MAX_ENDPOINTS)
				result.endpoints.push_back(endpoint);
		}
	}
	if (result.endpoints.empty())
		result.error = error();
	// The callback may destroy this query, so nothing of it is touched afterwards.
	const auto callback = std::move(_callback);
	callback(result);
}

/// Why there is no address: silence says more than "has no IPv6 address", and "no such name" more than both.
std::string Lookup::error() const
{
	if (!_error.empty())
		return _error;
	int worst = ARES_ENODATA;
	const auto weight = [](int status)
	{
		constexpr std::array ordered{ARES_ENODATA, ARES_ETIMEOUT, ARES_ENOTFOUND};
		const auto* found = std::find(ordered.begin(), ordered.end(), status);
		return found == ordered.end() ? ordered.size() : static_cast<std::size_t>(found - ordered.begin());
	};
	for (const auto& answer : _answers)
	{
		const int status = answer.status.value_or(ARES_ETIMEOUT);
		if (weight(status) > weight(worst))
			worst = status;
	}
	return sentence(worst, _host, _family);
}

}

CaresResolver::CaresResolver(EventLoop& loop) : CaresResolver(loop, Options()) {}

CaresResolver::CaresResolver(EventLoop& loop, Options options) :
	_loop(loop), _options(std::move(options)), _hosts(_options.hostsFile)
{
}

CaresResolver::~CaresResolver() = default;

std::unique_ptr<Resolver::Query> CaresResolver::resolve(
	const std::string& host, std::uint16_t port, int family, Callback callback)
{
	auto lookup = std::make_unique<Lookup>(_loop, host, family, std::move(callback));
	lookup->begin(host, port, _options, _hosts);
	return lookup;
}

}
