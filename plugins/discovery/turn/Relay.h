#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "plugins/discovery/turn/TurnPort.h"
#include "plugins/discovery/turn/TurnUri.h"

namespace gimlet::turn
{

/// One server, from the lookup of its name to the loss of the allocation that it gave, with the ports that
/// this offers. Over UDP its addresses are asked one after another, 250 ms apart, and the first that answers
/// at all is kept (as RFC 8305 does for connections). Loop thread only.
///
/// What has ended is thrown away; another try is another Relay. Destroying it withdraws the ports and gives
/// the allocation back.
class Relay final : private Client::Owner
{
public:
	/// Whom it reports to, never inside a call of its user.
	class Owner
	{
	public:
		virtual ~Owner() = default;
		/// The ports follow, when this has returned. Must not destroy the relay.
		virtual void relayAllocated(Relay& relay, const Allocated& allocated) = 0;
		/// It is over. May destroy the relay.
		virtual void relayEnded(Relay& relay, Ended ended) = 0;
	};

	/// Begins. @param caFile As in StreamTarget.
	Relay(const Client::Surroundings& around, const TurnUri& uri, const Credentials& credentials,
		const std::string& caFile, Owner& owner);
	Relay(const Relay&) = delete;
	Relay& operator=(const Relay&) = delete;
	~Relay() override;

	const std::string& url() const
	{
		return _url;
	}

	/// How many relayed addresses it has.
	std::size_t addresses() const
	{
		return _ports.size();
	}

	void renew(const Credentials& credentials);

	/// The network may have changed: asks whether the server still knows us.
	void check();

private:
	void clientAnswered(Client& client) override;
	void clientAllocated(Client& client, const Allocated& allocated) override;
	void clientEnded(Client& client, const Ended& ended) override;
	void clientReceived(Client& client, const Received& received) override;

	void lookUp();
	void connect(const std::string& host, std::uint16_t port);
	void askNext();
	bool redirect(const Endpoint& alternate);
	void endLater(Ended ended);
	Candidate candidate(TurnPort& port) const;
	void withdraw();

	const Client::Surroundings& _around;
	const TurnUri _uri;
	const std::string _url;
	Credentials _credentials;
	const std::string _caFile;
	Owner& _owner;
	std::unique_ptr<Resolver::Query> _query;
	std::deque<Endpoint> _untried;
	std::vector<std::unique_ptr<Client>> _clients;
	std::vector<std::unique_ptr<TurnPort>> _ports;
	Timer _next;
	unsigned _redirects = 0;
	Ended _lastEnd;
	/// Expires with the relay: for what was posted.
	std::shared_ptr<const bool> _alive = std::make_shared<const bool>(true);
};

}
