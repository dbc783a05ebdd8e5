#pragma once

#include <memory>
#include <optional>

#include "node/api/Context.h"
#include "plugins/discovery/turn/AllocationMachine.h"
#include "plugins/discovery/turn/Carrier.h"
#include "plugins/discovery/turn/Metrics.h"

namespace gimlet::turn
{

/// One AllocationMachine with what carries its messages and its timer. Loop thread only. Destroying it gives
/// the allocation back.
class Client final : private Carrier::User
{
public:
	/// Whom it reports to, never inside a call of its user. But for clientReceived each may destroy the
	/// client.
	class Owner
	{
	public:
		virtual ~Owner() = default;
		virtual void clientAnswered(Client& client) = 0;
		virtual void clientAllocated(Client& client, const Allocated& allocated) = 0;
		virtual void clientEnded(Client& client, const Ended& ended) = 0;
		virtual void clientReceived(Client& client, const Received& received) = 0;
	};

	/// What all clients of the plugin share; outlives them.
	struct Surroundings
	{
		Context& context;
		Metrics& metrics;
		const Timing& timing;
		const Random& random;
	};

	/// Over UDP. @throws std::system_error when no socket can be opened.
	Client(const Surroundings& around, const Endpoint& server, const Credentials& credentials, Owner& owner);

	/// Over TCP or TLS.
	Client(
		const Surroundings& around, const StreamTarget& server, const Credentials& credentials, Owner& owner);

	~Client() override;

	/// Sends a datagram to a peer. False when it is dropped.
	bool send(ByteView datagram, const Endpoint& peer);

	bool reaches(const Endpoint& peer) const;

	void renew(const Credentials& credentials);
	void check();

private:
	void carrierOpen(const Endpoint& server) override;
	void carrierReceived(ByteView message, const Endpoint& source) override;
	void carrierIdle() override;
	void carrierClosed(const std::string& error) override;

	/// Sends what the machine wants sent, and sees to its events and its time.
	void serve();
	void transmit();
	void setTimer();
	void count();
	void deliverLater();
	void deliver();
	void tell(const Event& event);

	const Surroundings& _around;
	Owner& _owner;
	Credentials _credentials;
	AllocationMachine::Carrier _kind;
	std::optional<AllocationMachine> _machine; ///< once the carrier is open
	std::optional<Ended> _closed;              ///< the carrier is, and the owner has not heard of it
	Counters _counted;
	Timer _timer;
	TimePoint _timerAt = NEVER;
	bool _posted = false;
	/// Expires with the client: for what was posted.
	std::shared_ptr<const bool> _alive = std::make_shared<const bool>(true);
	std::unique_ptr<Carrier> _carrier;
};

}
