#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/api/Context.h"
#include "node/api/Signaling.h"
#include "plugins/signaling/rendezvous/ClientSettings.h"
#include "plugins/signaling/rendezvous/Metrics.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"
#include "plugins/signaling/rendezvous/TokenSource.h"

namespace gimlet::rendezvous_client
{

/// The plugin: gives RendezvousClient its stream, its token and its timer, and passes on what it tells.
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

private:
	/// More waiting bytes than this mean that the rendezvous does not read: signals are then refused.
	static constexpr std::size_t MAX_BUFFERED = 256 * 1024;
	/// So many mean that it asks for answers (pongs, say) and reads none: the connection is given up.
	static constexpr std::size_t BROKEN_AT = 1024 * 1024;

	void onStreamOpen() override;
	void onStreamData(ByteView bytes) override;
	void onStreamClosed(const std::string& error) override;

	RendezvousClient::Options clientOptions() const;
	StreamTarget target() const;
	void onToken(const std::string& token, const std::string& error);
	void onIamToken(const std::string& token, const std::string& error);
	void onNoToken(const std::string& error);
	void settle();
	void schedule();
	void write();
	void warnAboutPlainToken();

	void handle(const Connect&);
	void handle(const Disconnect&);
	void handle(const StateChanged& change);
	void handle(const Complaint& complaint);
	void handle(const Note& note);
	void handle(const PeerOffer& offer);
	void handle(const SignalArrived& signal);
	void handle(const PeerGone& gone);
	void handle(const PeerStranger& stranger);

	Context& _context;
	Metrics _metrics;
	ClientSettings _settings;
	std::optional<RendezvousClient> _client;
	std::unique_ptr<TokenSource> _tokens;
	std::unique_ptr<TokenSource> _iamTokens;
	std::unique_ptr<Stream> _stream;
	std::string _token;
	std::string _iamToken;
	bool _behindProxy = false;
	bool _settling = false;
	Timer _timer;
};

}
