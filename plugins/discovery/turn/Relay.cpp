#include "plugins/discovery/turn/Relay.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "node/api/Discovery.h"
#include "node/api/Log.h"

namespace gimlet::turn
{

namespace
{

/// RFC 8305, section 8: the "Connection Attempt Delay".
constexpr std::chrono::milliseconds STAGGER{250};

/// A name server may answer with hundreds.
constexpr std::size_t MOST_ADDRESSES = 4;

/// RFC 8489, section 10: a client follows ALTERNATE-SERVER, and ends what goes in circles.
constexpr unsigned MOST_REDIRECTS = 2;

/// The families by turns, so that one which leads nowhere costs one try.
std::deque<Endpoint> interleaved(const std::vector<Endpoint>& addresses)
{
	std::deque<Endpoint> result;
	std::deque<Endpoint> rest{addresses.begin(), addresses.end()};
	while (!rest.empty() && result.size() < MOST_ADDRESSES)
	{
		auto next = std::find_if(rest.begin(), rest.end(),
			[&](const auto& address)
			{ return result.empty() || address.family() != result.back().family(); });
		if (next == rest.end())
			next = rest.begin();
		result.push_back(*next);
		rest.erase(next);
	}
	return result;
}

}

Relay::Relay(const Client::Surroundings& around, const TurnUri& uri, const Credentials& credentials,
	const std::string& caFile, Owner& owner) :
	_around(around),
	_uri(uri),
	_url(uri.toString()),
	_credentials(credentials),
	_caFile(caFile),
	_owner(owner)
{
	if (uri.carriage == Carriage::Udp)
		lookUp();
	else
		connect(uri.host, uri.port);
}

Relay::~Relay()
{
	withdraw();
}

void Relay::lookUp()
{
	_query = _around.context.resolver().resolve(_uri.host, _uri.port, AF_UNSPEC,
		[this](const Resolver::Result& result)
		{
			const auto query = std::move(_query); // it must outlive its callback
			_untried = interleaved(result.endpoints);
			_lastEnd = {EndReason::Silent, "has no address: " + result.error};
			askNext();
		});
}

void Relay::connect(const std::string& host, std::uint16_t port)
{
	StreamTarget target;
	target.host = host;
	target.port = port;
	target.tls = _uri.carriage == Carriage::Tls;
	target.caFile = _caFile;
	_clients.push_back(
		std::make_unique<Client>(_around, target, _credentials, static_cast<Client::Owner&>(*this)));
}

/// Asks the next address, if there is one; it is over when nobody is left.
void Relay::askNext()
{
	_next.cancel();
	while (!_untried.empty())
	{
		const auto address = _untried.front();
		_untried.pop_front();
		try
		{
			_clients.push_back(
				std::make_unique<Client>(_around, address, _credentials, static_cast<Client::Owner&>(*this)));
			break;
		}
		catch (const std::exception& error)
		{
			_lastEnd = {EndReason::Silent, std::string{"cannot be asked: "} + error.what()};
		}
	}
	if (!_untried.empty())
		_next = _around.context.loop().after(STAGGER, [this] { askNext(); });
	else if (_clients.empty())
		endLater(_lastEnd);
}

void Relay::endLater(Ended ended)
{
	_around.context.loop().post(
		[this, ended = std::move(ended), alive = std::weak_ptr{_alive}]
		{
			if (!alive.expired())
				_owner.relayEnded(*this, ended);
		});
}

void Relay::renew(const Credentials& credentials)
{
	_credentials = credentials;
	for (const auto& client : _clients)
		client->renew(credentials);
}

void Relay::check()
{
	for (const auto& client : _clients)
		client->check();
}

void Relay::clientAnswered(Client& client)
{
	_next.cancel();
	_untried.clear();
	std::erase_if(_clients, [&](const auto& other) { return other.get() != &client; });
}

void Relay::clientAllocated(Client& client, const Allocated& allocated)
{
	_owner.relayAllocated(*this, allocated);
	auto& host = _around.context.discoveryHost();
	for (const auto& relayed : allocated.relayed)
	{
		auto& port = *_ports.emplace_back(std::make_unique<TurnPort>(client, relayed));
		host.portOffered(port);
		host.candidateFound(candidate(port));
	}
}

Candidate Relay::candidate(TurnPort& port) const
{
	return {.type = CandidateType::Relayed,
		.endpoint = port.localEndpoint(),
		.base = port.localEndpoint(),
		.port = &port,
		.source = _url};
}

void Relay::clientReceived(Client&, const Received& received)
{
	for (const auto& port : _ports)
		if (port->supports(received.peer.family()))
			_around.context.discoveryHost().datagramReceived(
				received.data, {.port = port.get(), .local = port->localEndpoint(), .remote = received.peer});
}

void Relay::clientEnded(Client& client, const Ended& ended)
{
	withdraw();
	std::erase_if(_clients, [&](const auto& other) { return other.get() == &client; });
	_lastEnd = ended;
	if (ended.reason == EndReason::Redirected && redirect(ended.alternate))
		return;
	if (!_clients.empty())
		return; // another address may still answer
	if (!_untried.empty())
		askNext();
	else
		_owner.relayEnded(*this, _lastEnd);
}

/// @return Whether somebody else is asked now.
bool Relay::redirect(const Endpoint& alternate)
{
	// Over TLS the certificate would have to be that of the name (section 10), and there is none but the old.
	if (++_redirects > MOST_REDIRECTS || _uri.carriage == Carriage::Tls)
		return false;
	logDebug(_around.context.logger(), "{} sends us to {}", _url, alternate.toString());
	if (_uri.carriage == Carriage::Udp)
	{
		_untried = {alternate};
		askNext();
	}
	else
		connect(alternate.addressString(), alternate.port());
	return true;
}

void Relay::withdraw()
{
	auto& host = _around.context.discoveryHost();
	for (const auto& port : _ports)
	{
		host.candidateLost(candidate(*port));
		host.portWithdrawn(*port);
	}
	_ports.clear();
}

}
