#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/api/Discovery.h"
#include "node/api/Node.h"
#include "node/api/Signaling.h"
#include "node/api/Transport.h"
#include "node/core/AlarmFilter.h"
#include "node/core/CandidateBook.h"
#include "node/core/KnownOffer.h"
#include "node/core/NodeMetrics.h"
#include "node/core/NodeObservers.h"
#include "node/core/Outbox.h"
#include "node/core/Pins.h"
#include "node/core/RecentIds.h"

namespace gimlet::core
{

/// The node: the one place where the roles meet. It knows no protocol and no plugin by name.
///
/// Ports of transports are lent to discoveries; what those find becomes the description that signaling
/// carries; offers of signaling go to the transport that both sides speak; accepted messages wait in the
/// outbox until a transport has them acknowledged; everything is told to the observers. Loop thread only.
class NodeCore final : public Node, public SignalingHost, public TransportHost
{
public:
	struct Options
	{
		PeerId id;
		std::string name;
		std::string version;
		/// When not empty, the node links with no others ([node] peers).
		std::set<PeerId> peers;
		Outbox::Limits outbox{};
		/// How long discovery may take before a host address is announced for want of a better one, and how
		/// often that is looked at again for as long as there is none.
		std::chrono::milliseconds discoveryGrace{3'000};
		/// When no link comes of one signaling's offer in so long, the offer of another one is tried. The
		/// side with the greater id waits half as long again, lest the two miss each other for ever.
		std::chrono::milliseconds signalingPatience{5'000};
		/// A peer that has left and is not linked is forgotten after so long, with its undelivered messages.
		std::chrono::milliseconds forgetAfter{600'000};
		std::size_t maxPeers = 1024;
		/// Where verified identities are kept; outlives the node. Null keeps them in memory.
		Pins* pins = nullptr;
		/// Outlives the node. Null counts for nobody.
		prometheus::Registry* metrics = nullptr;
	};

	NodeCore(EventLoop& loop, Poco::Logger& logger, Options options);
	~NodeCore() override;

	/// Plugins that have been started, in any order; detach before stop(). Discoveries hear of open ports
	/// at once, signaling gets the description at once.
	void attach(Discovery& discovery);
	void attach(Signaling& signaling);
	void attach(Transport& transport);
	void detach(Discovery& discovery);
	void detach(Signaling& signaling);
	void detach(Transport& transport);

	/// Called by the plugin manager whenever a plugin's state changes.
	void pluginChanged(const PluginInfo& plugin);

	/// What a plugin has found out about the network. Of each topic and subject the latest is kept, until it
	/// is taken back; what is too much is counted.
	void report(const NetworkFact& fact);

	/// The machine's addresses or routes have changed, or it has slept: everybody looks anew.
	/// @param what For the log: "the addresses of this machine have changed".
	void networkChanged(const std::string& what);

	const PeerId& id() const override;
	const std::string& name() const override;
	const std::string& version() const override;
	std::vector<PeerInfo> peers() const override;
	std::vector<PluginInfo> plugins() const override;
	std::vector<Candidate> candidates() const override;
	MappingBehaviour mapping() const override;
	NatBehaviour nat() const override;
	std::vector<NetworkFact> networkFacts() const override;
	SignalingState signalingState() const override;
	std::string signalingDetail() const override;
	bool ready() const override;
	std::size_t maxMessage() const override;
	bool encrypted() const override;
	SendOutcome send(const std::optional<PeerId>& to, const std::string& content, const std::string& id,
		NodeObserver* origin) override;
	std::string verify(const PeerId& peer) override;
	void unverify(const PeerId& peer) override;
	void refuse(const PeerId& peer) override;
	Channel* openChannel(
		const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer) override;
	void serveChannels(const std::string& label, ChannelService* service) override;
	void addObserver(NodeObserver& observer) override;
	void removeObserver(NodeObserver& observer) override;

	/// What plugins find (DiscoveryHost; see PluginDiscoveryHost). @param finder The plugin's name.
	void candidateFound(const Candidate& candidate, const std::string& finder);
	void candidateLost(const Candidate& candidate, const std::string& finder);
	void gatheringDone(Port& port);
	void mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail);
	void natBehaviour(Port& port, const NatBehaviour& behaviour);
	void portOffered(Port& port);
	void portWithdrawn(Port& port);
	void datagramReceived(ByteView datagram, const Path& path);
	void publicAddress(const std::string& address, const std::string& source);

	void peerOffered(Signaling& from, const PeerOffer& offer) override;
	void signalReceived(
		Signaling& from, const PeerId& peer, const std::string& session, const std::string& data) override;
	void peerLeft(Signaling& from, const PeerId& peer) override;
	void peerIncompatible(Signaling& from, const PeerId& peer, const std::string& detail) override;
	void signalingState(Signaling& from, SignalingState state, const std::string& detail) override;
	void relayServers(Signaling& from, const std::vector<RelayServer>& servers) override;

	void portOpened(Transport& from, Port& port) override;
	void portClosed(Transport& from, Port& port) override;
	bool stunReceived(ByteView datagram, const Path& path, TimePoint now) override;
	bool signal(
		Transport& from, const PeerId& peer, const std::string& session, const std::string& data) override;
	void linkChanged(Transport& from, const PeerId& peer, const LinkStatus& status) override;
	void messageReceived(Transport& from, const PeerId& peer, const ChatMessage& message) override;
	void messageAcknowledged(Transport& from, const PeerId& peer, const std::string& id) override;
	void writable(Transport& from, const PeerId& peer) override;
	ChannelObserver* channelOffered(Transport& from, const PeerId& peer, Channel& channel) override;
	void notice(const std::string& text) override;
	void refreshDiscoveries() override;
	void sampleNat(Port& port) override;
	const PeerId& ownId() const override;
	bool mayLink(const PeerId& peer) const override;

private:
	struct PeerRecord
	{
		PeerInfo info;
		Transport* transport = nullptr;
		KnownOffer used;                ///< the one by which it is spoken with; what it holds, while refused
		std::vector<KnownOffer> others; ///< of further signaling plugins that know the peer too
		std::optional<Trust> counted;   ///< how its link counts in the metrics now
		RecentIds received{1024};
		/// Of the changes of its link's way, those that are logged: a path may flap.
		AlarmFilter ways{{.burst = 6, .refill = std::chrono::minutes{1}, .remembered = 1}};
		std::uint64_t wayChanges = 0;
		Timer forget;
		Timer patience;           ///< until another offer is tried
		bool impatient = false;   ///< that timer runs
		bool flushing = false;    ///< flush() is under way
		bool flushWanted = false; ///< and was asked for (again)
	};

	struct SignalingStatus
	{
		Signaling* signaling;
		SignalingState state;
		std::string detail;
	};

	PeerRecord* find(const PeerId& peer);
	Transport* transportOf(const std::string& protocol) const;
	PeerInfo snapshot(const PeerRecord& record) const;
	void tellPeer(const PeerRecord& record);
	void follow(Signaling& from, const PeerOffer& offer);
	void remember(PeerRecord& record, Signaling& from, const PeerOffer& given);
	bool staysWith(const PeerRecord& record, const Signaling& from, const PeerOffer& offer) const;
	bool reachable(const Signaling& signaling) const;
	bool acceptable(const KnownOffer& known) const;
	KnownOffer* bestOther(PeerRecord& record) const;
	bool changeSignaling(PeerRecord& record);
	void engage(PeerRecord& record, Signaling* from, const PeerOffer& offer);
	void watchOffers(PeerRecord& record);
	void loseInterest(PeerRecord& record);
	void signalingLost(const Signaling& from);
	void keepName(PeerOffer& offer);
	bool adopt(PeerRecord& record, const PeerOffer& offer, Transport& transport);
	void countLink(PeerRecord& record);
	void say(AlarmFilter& filter, Poco::Message::Priority priority, const std::string& what,
		const std::string& text);
	bool mustProve(const PeerId& peer) const;
	bool bearsPinnedName(const PeerId& peer, const std::string& name) const;
	LinkRefusal refusalOf(const PeerOffer& offer, const Transport* transport) const;
	Trust trustOf(const PeerInfo& peer) const;
	std::string refusalReason(const PeerInfo& peer, LinkRefusal refusal) const;
	std::string refusalAlarm(const PeerInfo& peer, LinkRefusal refusal) const;
	void refuse(Signaling* from, const PeerOffer& offer, LinkRefusal refusal);
	bool makeRoomForRefused();
	void reconsider();
	void reconsider(PeerRecord& record);
	void scheduleForgetting(PeerRecord& record);
	void forget(const PeerId& peer);
	bool makeRoom();
	void linkCameUp(PeerRecord& record);
	void linkWentDown(PeerRecord& record);
	void wayChanged(PeerRecord& record);
	std::string relayOf(const LinkStatus& link) const;
	void flush(PeerRecord& record);
	bool handOverNext(PeerRecord& record);
	void tellDelivery(
		const PeerId& peer, const std::string& id, Delivery delivery, const std::string& detail);
	void describe();
	void announceHostAddresses();
	std::optional<Candidate> hostCandidate(Port& port) const;
	std::vector<RelayServer> allRelayServers() const;
	void check(const std::string& content, const std::string& id, SendOutcome& outcome) const;
	std::vector<PeerRecord*> addressees(const std::optional<PeerId>& to, SendOutcome& outcome);
	std::vector<PeerRecord*> accept(
		const std::optional<PeerId>& to, const ChatMessage& message, SendOutcome& outcome);

	EventLoop& _loop;
	Poco::Logger& _logger;
	Options _options;
	std::vector<Discovery*> _discoveries;
	std::vector<Signaling*> _signalings;
	std::vector<Transport*> _transports;
	std::map<Port*, Transport*> _ports;
	std::vector<Port*> _offeredPorts; ///< those that discoveries bring
	std::map<Port*, NatBehaviour> _nats;
	std::map<std::pair<std::string, std::string>, NetworkFact> _facts; ///< by topic and subject
	std::map<Signaling*, std::vector<RelayServer>> _relayServers;
	NodeObservers _observers;
	std::vector<PluginInfo> _plugins;
	MemoryPins _ownPins;
	Pins* _pins;
	std::set<PeerId> _differing; ///< whose code a person found to differ
	NodeMetrics _metrics;
	/// Strangers may cause warnings at will; that must not hide that somebody poses as a friend.
	AlarmFilter _identityAlarms{{}};
	AlarmFilter _warnings{{}};
	AlarmFilter _notices{{}};
	AlarmFilter _departures{{.burst = 60, .refill = std::chrono::seconds{10}, .remembered = 1}};
	std::uint64_t _departed = 0;
	std::map<std::string, ChannelService*> _services;
	std::map<PeerId, PeerRecord> _peers;
	CandidateBook _candidates;
	Outbox _outbox;
	RecentIds _sentIds{4096};
	LocalDescription _description;
	/// What each signaling has said of itself last, in the order in which they first spoke.
	std::vector<SignalingStatus> _signalingStatus;
	Timer _grace;
	TimePoint _lastRefresh{};
	Timer _nextRefresh;
};

}
