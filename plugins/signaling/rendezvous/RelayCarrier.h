#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "node/protocol/rendezvous/Messages.h"
#include "plugins/signaling/rendezvous/ClientSettings.h"
#include "plugins/signaling/rendezvous/RelayClient.h"
#include "plugins/signaling/rendezvous/RelayMetrics.h"
#include "plugins/signaling/rendezvous/RelayPort.h"

namespace gimlet::rendezvous_client
{

/// Gives RelayClient its stream and its timer, and the node the port and the candidate that come of it. The
/// port stays while the connection comes and goes. Loop thread only.
class RelayCarrier final : private StreamHandler
{
public:
	explicit RelayCarrier(Context& context);
	~RelayCarrier() override;

	/// Acts upon what the rendezvous has said of its relay, if it has, and upon the settings; again whenever
	/// either changes.
	/// @param iamToken For the gate of a cloud, or "": that of the signaling connection, since both begin
	/// together, and Cloud Run ends both within the hour that it is good for.
	void use(
		const std::optional<RelayPlaced>& said, const ClientSettings& settings, const std::string& iamToken);

	void networkChanged();

	/// Ends everything; the node hears only that the port goes.
	void stop();

private:
	/// More waiting bytes than the datagrams may have mean that the relay asks for pongs and reads none.
	static constexpr std::size_t BROKEN_AT = 2 * RelayClient::MAX_WAITING;

	void onStreamOpen() override;
	void onStreamData(ByteView bytes) override;
	void onStreamClosed(const std::string& error) override;

	void enter(
		const rendezvous::RelayPlace& place, const ClientSettings& settings, const std::string& iamToken);
	bool send(relay::Key to, ByteView datagram);
	void settle();
	void write();
	void schedule();
	void openPort(const Endpoint& address);
	void closePort();
	void report(NetworkFact fact);
	Candidate candidate() const;

	void handle(const Connect&);
	void handle(const Disconnect&);
	void handle(const Note& note);
	void handle(const RoundTrip& measured);
	void handle(const RelayClient::Closed& closed);
	void handle(const RelayClient::Reachable&);
	void handle(const RelayClient::Unreachable&);
	void handle(const RelayClient::Datagram& datagram);

	Context& _context;
	RelayMetrics _metrics;
	std::optional<RelayClient> _client;
	std::unique_ptr<RelayPort> _port;
	std::unique_ptr<Stream> _stream;
	StreamTarget _target;
	std::string _host; ///< for people
	bool _settling = false;
	bool _flushing = false; ///< a flush is posted
	TimePoint _scheduled = NEVER;
	Timer _timer;
	/// Expires with this object, so that a flush which is posted comes to nothing.
	std::shared_ptr<const bool> _alive = std::make_shared<const bool>(true);
};

}
