#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/EventLoop.h"
#include "node/api/Identity.h"
#include "node/api/Transport.h"
#include "plugins/transport/udp-punch/description/Description.h"
#include "plugins/transport/udp-punch/dtls/Session.h"
#include "plugins/transport/udp-punch/hard/HardPunch.h"
#include "plugins/transport/udp-punch/ice/Agent.h"
#include "plugins/transport/udp-punch/link/ChatChannel.h"
#include "plugins/transport/udp-punch/link/LinkHost.h"
#include "plugins/transport/udp-punch/mtu/PathMtuSearch.h"
#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/verify/VerifyMachine.h"

namespace gimlet::udp_punch
{

/// What a link does for one peer, bottom up: the ICE agent finds a path and keeps it, DTLS makes it secret
/// and says who is there, SCTP carries channels over it, chat runs on one of them.
///
///     offered() ──> our description ──signal──> peer
///     signalReceived() ──> judged ──> agent.setRemote ──> checks ──> a path
///     a path ──> DTLS (the active side begins) ──> fingerprint as described ──> SCTP ──> chat ──> up
///
/// The agent outlives what is above it: a restart changes paths under a living association. What is above is
/// made anew only when the peer's description names another DTLS association. Sockets are its ports' affair
/// and time is the loop's, so a simulator runs it as it is. Loop thread only.
class PunchLink final : private dtls::Sink, private sctp::Sink, private ChatChannel::Host
{
public:
	using Host = LinkHost;

	struct Configuration
	{
		PeerId own;
		PeerId peer;
		const Identity* identity = nullptr;
		std::shared_ptr<const dtls::Certificate> certificate;
		std::shared_ptr<sctp::Engine> engine;
		ice::Random random;
		/// Distinguishes the link's STUN transactions on shared ports.
		std::uint32_t tag = 0;
		/// What its ice-ufrags begin with, for the same.
		std::string ufragHead;
		/// Peers may name loopback addresses: the rendezvous itself was reached over loopback.
		bool allowLoopback = false;
		bool acceptUnsigned = false;
		std::uint64_t maxMessage = 16U << 20U;
		std::uint16_t streams = 256;
		std::size_t buffer = 8U << 20U;
		Duration keepalive = ice::Agent::Configuration{}.keepalive;
		Duration consentExpiry = std::chrono::seconds{30};
		hard::Budget punch{};
	};

	/// A pairing, as signaling offered it.
	struct Pairing
	{
		std::string session;
		std::string room;
		/// From where the peer speaks to the rendezvous; only there may many ports be tried.
		std::vector<Endpoint> seen{};
	};

	PunchLink(EventLoop& loop, Configuration configuration, Host& host);
	PunchLink(const PunchLink&) = delete;
	PunchLink& operator=(const PunchLink&) = delete;
	~PunchLink() override;

	/// The peer was offered, for the first time or again: it is told our description.
	void offered(const Pairing& pairing);
	void signalReceived(const std::string& session, const std::string& data);
	/// A candidate of the peer whose name was resolved.
	void addRemote(const CandidateLine& candidate);
	void peerLeft();

	/// What is known of the NATs before this side.
	void natBehaviour(const NatBehaviour& nat);
	/// Between these networks a punch has led to a direct path before.
	void expectPunch()
	{
		_hard.expectSuccess();
	}

	/// Candidates of ours, told to the peer as they come.
	void addLocal(const Candidate& candidate);
	void removeLocal(const Candidate& candidate);
	void removePort(const Port& port);
	/// The port is a fresh one for a link that was stuck: see ice::Agent::carefulPort.
	void carefulPort(const Port& port);
	/// The port will be given up soon: other paths are preferred, by the peer too (ice::Agent::retirePort).
	void retirePort(const Port& port);
	/// The host's addresses have changed: paths are looked for anew, whatever the present one seems to be
	/// worth.
	void networkChanged();

	/// A STUN datagram for this link's agent. @return Whether its sender is authentic: what else comes from
	/// there is this link's as well.
	bool onStun(ByteView datagram, const Path& path);
	/// A DTLS datagram from a remote address that is this link's.
	void onRecord(ByteView datagram, const Path& path);

	SendResult send(const ChatMessage& message);
	/// Null without an association. The observer must outlive the channel.
	Channel* open(const ChannelOptions& options, ChannelObserver& observer);

	/// Says goodbye. Nothing is sent and nobody is called any more.
	void close();

	const PeerId& peer() const
	{
		return _configuration.peer;
	}
	const std::string& session() const
	{
		return _pairing.session;
	}
	const PeerId& own() const
	{
		return _configuration.own;
	}
	const IceCredentials& credentials() const
	{
		return _agent.local();
	}
	LinkStatus status() const;

	const ice::Agent& agent() const
	{
		return _agent;
	}
	const hard::HardPunch& punch() const
	{
		return _hard;
	}
	const ChatChannel& chat() const
	{
		return _chat;
	}

private:
	enum class Ending
	{
		None,
		Refused, ///< what the peer says of itself is not to be believed
		Left,    ///< the peer said goodbye
		Failed,
	};

	void dtlsSend(ByteView datagram) override;
	void dtlsReceived(ByteView data) override;
	void sctpSend(ByteView packet) override;
	void associationUp() override;
	ChannelObserver* channelOffered(Channel& channel) override;
	void associationLost(const std::string& reason) override;
	void chatReady() override;
	void chatReceived(const ChatMessage& message) override;
	void chatAcknowledged(const std::string& id) override;
	void chatControl(const chat::Control& control) override;
	void chatWritable() override;

	static IceCredentials makeCredentials(const Configuration& configuration);
	static ice::Agent::Configuration agentConfiguration(const Configuration& configuration);
	/// 120 random bits and more (RFC 8842, section 4).
	static std::string makeTlsId(const ice::Random& random);

	bool active() const;
	TimePoint now() const
	{
		return _loop.now();
	}

	void describe();
	void trickle(const CandidateLine& line, bool removed);
	void describedBy(const Description& description);
	bool isRepeated(const Description& description, bool newAssociation) const;
	bool believe(const Description& description);
	void follow(const Description& description, bool newAssociation);
	void addRemotes(const std::vector<CandidateLine>& candidates);
	void refuse(const std::string& reason);

	class Below;

	void finish();
	void settle();
	void settleOnce();
	void settleLater();
	void transmit();
	void onPathEvent(ice::Event event);
	void doubtful();
	void restart();
	void retry();
	Duration nextRetry();
	void onTimer();
	void schedule();

	static hard::Below below(const ice::Random& random);
	void tellNat();
	void addMapped(const std::vector<CandidateLine>& candidates);
	void servePunch();
	bool wantsDirect() const;
	void noticeStuck();
	void removeMapped(const std::vector<CandidateLine>& candidates);
	void carryOut(const hard::Begin& begin);
	void carryOut(const hard::End& end);
	void carryOut(const hard::Sample& sample);
	void carryOut(const hard::Shot& shot);
	void carryOut(const Punch& punch);

	void searchMtu();
	void noticeStall();

	void beginSession();
	void sessionChanged();
	void beginAssociation();
	void openChat();
	void beginVerification();
	void sendVerification();
	void dropStack(Ending ending, const std::string& reason);
	std::optional<ice::SelectedPair> way() const;
	bool sendByWay(ByteView datagram);

	LinkState state() const;
	std::string reason() const;
	std::string reasonOfRelay() const;
	void tellIfChanged();

	EventLoop& _loop;
	Configuration _configuration;
	Host& _host;
	Pairing _pairing;
	ice::Agent _agent;
	std::string _tlsId;
	std::uint32_t _generation = 0;
	bool _closed = false;
	bool _peerLeft = false;

	std::optional<Description> _remote; ///< the last one believed
	/// DTLS associations of the peer's in this session that are over: what names them comes late, or again.
	std::deque<std::string> _overTlsIds;
	bool _proven = false;
	bool _ours = false; ///< it says that it is a Gimlet
	std::string _refusal;

	/// Chat and session call each other's owner, never each other; destroyed top down.
	std::unique_ptr<dtls::Session> _session;
	std::unique_ptr<sctp::Association> _association;
	ChatChannel _chat;
	Channel* _ownChat = nullptr; ///< the channel for it that this side opened, as long as the association
	std::unique_ptr<verify::VerifyMachine> _verification;
	PathMtuSearch _mtu;
	std::uint64_t _retransmissionsSeen = 0;
	std::deque<Buffer> _early;    ///< DTLS that came before the description that says whom to expect
	std::deque<Buffer> _outgoing; ///< DTLS that waits for a path
	Ending _ending = Ending::None;
	std::string _endingReason;
	bool _associationOver = false;
	bool _sessionOpen = false;

	NatBehaviour _nat; ///< before this side
	std::vector<Endpoint> _peerMapped;
	hard::HardPunch _hard;
	std::vector<Port*> _shotPorts; ///< the host's, during a punch
	TimePoint _stuckAt = NEVER;    ///< if there is no direct path by then
	bool _stuckTold = false;
	TimePoint _describedAt{};     ///< when the peer described itself last
	std::uint64_t _shotsTold = 0; ///< before the present round

	bool _doubt = false;
	bool _failed = false;
	bool _restartPending = false;
	bool _networkChanged = false; ///< a restart is to follow, whatever is found before
	TimePoint _restartAt = NEVER;
	Duration _retry;
	TimePoint _downSince = NEVER; ///< when the first of these attempts was made

	bool _settling = false;
	bool _again = false;
	/// How many calls of session and association are under way: they must not be destroyed inside.
	unsigned _below = 0;
	bool _settleLater = false;
	Timer _timer;
	TimePoint _timerAt = NEVER;
	LinkState _toldState = LinkState::Waiting;
	std::string _toldReason;
	Endpoint _toldRemote;
	verify::VerifyMachine::State _toldVerification = verify::VerifyMachine::State::Idle;
	TimePoint _toldAt{};
	std::uint64_t _bytesSent = 0;
	std::uint64_t _bytesReceived = 0;
	/// Posted tasks ask it whether the link is still there.
	std::shared_ptr<bool> _alive = std::make_shared<bool>(true);
};

}
