#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/api/Context.h"
#include "node/api/Signaling.h"
#include "plugins/signaling/rendezvous/ClientSettings.h"
#include "plugins/signaling/rendezvous/Credentials.h"
#include "plugins/signaling/rendezvous/Metrics.h"
#include "plugins/signaling/rendezvous/RelayCarrier.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"

namespace gimlet::rendezvous_client
{

/// The plugin: gives RendezvousClient its stream, its tokens and its timer, and passes on what it tells. The
/// relay, which the rendezvous tells of, is RelayCarrier's.
class RendezvousSignaling final : public Signaling, private StreamHandler
{
public:
	explicit RendezvousSignaling(Context& context);
	~RendezvousSignaling() override;

	void configure(const Settings& settings, Problems& problems) override;
	/// @throws PluginError when the values do not fit together; the old ones stay.
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;
	void describe(const LocalDescription& description) override;
	bool sendSignal(const PeerId& to, const std::string& session, const std::string& data) override;
	void networkChanged() override;

private:
	/// More waiting bytes than this mean that the rendezvous does not read: signals are then refused.
	static constexpr std::size_t MAX_BUFFERED = 256 * 1024;
	/// So many mean that it asks for answers (pongs, say) and reads none: the connection is given up.
	static constexpr std::size_t BROKEN_AT = 1024 * 1024;

	void onStreamOpen() override;
	void onStreamData(ByteView bytes) override;
	void onStreamClosed(const std::string& error) override;

	RendezvousClient::Options clientOptions() const;
	void onTokens(const std::string& error);
	void settle();
	void schedule();
	void write();
	void warnAboutPlainToken();
	void report(NetworkFact fact);

	void handle(const Connect&);
	void handle(const Disconnect&);
	void handle(const StateChanged& change);
	void handle(const Complaint& complaint);
	void handle(const Note& note);
	void handle(const RoundTrip& measured);
	void handle(const RelayPlaced& placed);
	void handle(const TurnHandedOut& turn);
	void handle(const PeerOffer& offer);
	void handle(const SignalArrived& signal);
	void handle(const PeerGone& gone);
	void handle(const PeerStranger& stranger);

	Context& _context;
	Metrics _metrics;
	ClientSettings _settings;
	std::optional<RendezvousClient> _client;
	Credentials _credentials;
	RelayCarrier _relay;
	std::optional<RelayPlaced> _placed; ///< what the rendezvous said of its relay, if it did
	std::unique_ptr<Stream> _stream;
	bool _behindProxy = false;
	bool _settling = false;
	Timer _timer;
};

}
