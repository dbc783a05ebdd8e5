#include "node/core/net/Dialer.h"

#include <Poco/Exception.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace gimlet::core
{

namespace
{

std::set<int> familiesOf(const std::string& host)
{
	if (const auto literal = Endpoint::parseAddress(host, 0))
		return {literal->family()};
	return {AF_INET6, AF_INET};
}

std::string sentence(const Endpoint& endpoint, int error)
{
	const auto where = endpoint.toString();
	switch (error)
	{
	case ECONNREFUSED:
		return where + " refused the connection";
	case ETIMEDOUT:
		return where + " did not answer";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
		return "there is no route to " + where;
	default:
		return where + ": " + std::strerror(error);
	}
}

}

Dialer::Dialer(EventLoop& loop, Resolver& resolver, const std::string& host, std::uint16_t port, Done done) :
	_loop(loop), _done(std::move(done)), _order(familiesOf(host))
{
	for (const int family : familiesOf(host))
		resolve(resolver, host, port, family);
}

Dialer::~Dialer() = default;

void Dialer::resolve(Resolver& resolver, const std::string& host, std::uint16_t port, int family)
{
	_queries.push_back(resolver.resolve(host, port, family,
		[this, family](const Resolver::Result& result)
		{
			_order.onResolved(family, result.endpoints, result.error, _loop.now());
			step();
		}));
}

std::string Dialer::tried() const
{
	std::vector<std::string> texts;
	for (const auto& endpoint : _tried)
		texts.push_back(endpoint.toString());
	return fmt::format("{}", fmt::join(texts, ", "));
}

void Dialer::step()
{
	while (const auto endpoint = _order.pollAttempt(_loop.now()))
		begin(*endpoint);
	if (_order.exhausted())
	{
		_timer.cancel();
		const auto done = std::move(_done);
		done(Descriptor{}, Endpoint{}, _order.error());
		return;
	}
	if (const auto next = _order.nextDeadline(); next != NEVER)
		_timer = _loop.at(next, [this] { step(); });
	else
		_timer.cancel();
}

void Dialer::begin(const Endpoint& endpoint)
{
	_tried.push_back(endpoint);
	const auto attempt = _attempts.insert(_attempts.end(), Attempt{endpoint, Descriptor{}, Watch{}});
	try
	{
		connect(*attempt);
		attempt->watch = _loop.watch(
			attempt->socket.value(), EventLoop::WRITABLE, [this, attempt](unsigned) { onWritable(attempt); });
	}
	catch (const Poco::SystemException& error)
	{
		_attempts.erase(attempt);
		const auto text = error.code() != 0 ? sentence(endpoint, error.code()) : error.displayText();
		_order.onFailed(text, _loop.now());
	}
}

void Dialer::connect(Attempt& attempt)
{
	const auto check = [](int result)
	{
		if (result < 0)
			throw Poco::SystemException("connect", errno);
		return result;
	};
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	attempt.socket = Descriptor{check(::socket(attempt.endpoint.family(), type, 0))};
	const int on = 1;
	::setsockopt(attempt.socket.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	// What waits does so in the stream, where its user sees it and can stop: the kernel would take megabytes,
	// and datagrams on their way to a relay are better lost than seconds late.
	const int mostUnsent = 64 * 1024;
	::setsockopt(attempt.socket.value(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &mostUnsent, sizeof mostUnsent);
	sockaddr_storage address{};
	const auto length = attempt.endpoint.toSockaddr(address);
	const int result = ::connect(attempt.socket.value(), reinterpret_cast<sockaddr*>(&address), length);
	check(result < 0 && errno == EINPROGRESS ? 0 : result);
}

void Dialer::onWritable(std::list<Attempt>::iterator attempt)
{
	int error = 0;
	socklen_t length = sizeof error;
	if (::getsockopt(attempt->socket.value(), SOL_SOCKET, SO_ERROR, &error, &length) != 0)
		error = errno;
	attempt->watch.cancel();
	auto socket = std::move(attempt->socket);
	const auto endpoint = attempt->endpoint;
	_attempts.erase(attempt);
	if (error != 0)
	{
		_order.onFailed(sentence(endpoint, error), _loop.now());
		step();
		return;
	}
	_attempts.clear();
	_queries.clear();
	_timer.cancel();
	const auto done = std::move(_done);
	done(std::move(socket), endpoint, {});
}

}
