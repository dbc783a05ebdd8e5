#pragma once

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "node/protocol/stun/ClientTransaction.h"
#include "plugins/discovery/turn/Channels.h"
#include "plugins/discovery/turn/Events.h"
#include "plugins/discovery/turn/LongTerm.h"
#include "plugins/discovery/turn/Permissions.h"

namespace gimlet::turn
{

/// One allocation on one TURN server (RFC 8656), from the first request until it ends: authentication, its
/// refreshing, permissions and channels for the peers, and the datagrams that go through it. A machine: it is
/// given time and bytes, and neither sends nor waits.
///
///     Allocating ──Allocated──> Allocated ──Ended / release()──> over
///         └──────────────Ended──────────────────────────────────> over
///
/// What is over is thrown away; another try is another machine, from another address of ours, since a server
/// keeps what it has for the old one (section 7.4 on error 437).
///
/// After each call but wrap() that takes the time, and after wrap() if hasWork(): call pollTransmit and
/// pollEvent until they are empty.
class AllocationMachine
{
public:
	/// What carries the messages (section 3.1). A stream loses nothing, so nothing is sent twice there.
	enum class Carrier
	{
		Datagrams,
		Stream,
	};

	/// Begins: a request is due at once.
	/// @param timing, random Must outlive the machine.
	AllocationMachine(const Endpoint& server, Carrier carrier, const Credentials& credentials,
		const Timing& timing, const Random& random, TimePoint now);

	/// Takes credentials in place of the old ones. Those of the same user count at once. Those of another one
	/// do when the server no longer takes the old ones: a server refuses another user's requests for an
	/// allocation (section 5), and many keep one whose user has expired.
	void renew(const Credentials& credentials);

	/// The network may have changed: asks the server now whether it still knows us.
	void check(TimePoint now);

	/// Gives the allocation back: pollTransmit has a last datagram for the server, if there was one. It is
	/// over.
	void release();

	/// Whether a datagram could be sent there: a relayed address of that family, and no unspecified,
	/// broadcast or multicast address. A public relayed address leads to public ones only: what is private is
	/// another network's or, worse, the server's own.
	bool reaches(const Endpoint& peer) const;

	/// Wraps a datagram for a peer in what the server wants.
	/// @return The size of the message in `out`, which goes to the server now; 0 when the datagram is kept
	/// until the server lets the peer through; empty when it is dropped, and counted.
	std::optional<std::size_t> wrap(
		ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out, TimePoint now);

	/// Takes a message from the server: one datagram, or one of StreamSplitter.
	/// @param source Whence it came; on a stream the server.
	/// @return What a peer has sent, if it is that.
	std::optional<Received> onDatagram(ByteView message, const Endpoint& source, TimePoint now);

	void onTimer(TimePoint now);

	/// A message for the server; valid until the next call.
	std::optional<ByteView> pollTransmit();
	std::optional<Event> pollEvent();

	/// NEVER when it is over.
	TimePoint nextDeadline() const;

	bool hasWork() const
	{
		return _work;
	}

	bool isOver() const
	{
		return _state == State::Over;
	}

	const Counters& counters() const
	{
		return _counters;
	}

private:
	enum class State
	{
		Allocating,
		Allocated,
		Over,
	};

	/// Which relayed addresses are asked for: those of both families at best (section 7.1).
	enum class Families
	{
		Both,
		OnlyIpv4,
		OnlyIpv6,
	};

	/// USERNAME, REALM and NONCE of 508, 763 and 763 bytes at most (RFC 8489, section 14), and a few short
	/// attributes.
	static constexpr std::size_t LARGEST_REQUEST = 2560;

	struct Request
	{
		std::uint16_t method = 0;
		Endpoint peer{};                    ///< CreatePermission, ChannelBind
		std::uint16_t channel = 0;          ///< ChannelBind
		unsigned challenges = 0;            ///< how often it was sent anew for a nonce or realm
		std::optional<unsigned> signedBy{}; ///< LongTerm::version(); empty if it is not signed
		TimePoint begun{};
		stun::TransactionId id{};
		std::optional<stun::ClientTransaction> transaction{};
	};

	struct Waiting
	{
		Endpoint peer;
		Buffer datagram;
	};

	// AllocationMachine.cpp
	void refresh(TimePoint now);
	void end(Ended ended);
	void emit(Event event);

	// AllocationRequests.cpp
	void begin(Request request, TimePoint now);
	bool isRunning(std::uint16_t method) const;
	ByteView write(Request& request, std::span<std::uint8_t> out) const;
	void onResponse(const stun::MessageView& message, TimePoint now);
	bool believes(const Request& request, const stun::MessageView& message);
	void succeeded(const Request& request, const stun::MessageView& message, TimePoint now);
	void allocated(const Request& request, const stun::MessageView& message, TimePoint now);
	void setLifetime(const stun::MessageView& message, TimePoint now);
	void timedOut(const Request& request, TimePoint now);

	// AllocationErrors.cpp
	void failed(Request request, const stun::MessageView& message, stun::ErrorCode error, TimePoint now);
	bool challenged(Request& request, const stun::MessageView& message, std::uint16_t code, TimePoint now);
	void allocateFailed(
		const Request& request, const stun::MessageView& message, stun::ErrorCode error, TimePoint now);

	// AllocationTraffic.cpp
	std::optional<std::size_t> wrapNow(
		ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out, TimePoint now);
	std::size_t writeIndication(ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out) const;
	std::optional<std::size_t> keep(ByteView datagram, const Endpoint& peer);
	void sendWaiting(const Endpoint& peer, TimePoint now);
	void dropWaiting(const Endpoint& peer);
	std::optional<Received> onIndication(const stun::MessageView& message, TimePoint now);
	std::optional<Received> onChannelData(ByteView message, TimePoint now);

	const Endpoint _server;
	const Carrier _carrier;
	const Timing& _timing;
	const Random& _random;
	State _state = State::Allocating;
	Families _families = Families::Both;
	LongTerm _longTerm;
	std::optional<Credentials> _renewed;
	std::vector<Endpoint> _relayed;
	Permissions _permissions;
	Channels _channels;
	std::vector<Request> _requests;
	std::deque<Waiting> _waiting;
	std::deque<Buffer> _ready; ///< for the server
	Buffer _leaving;           ///< what pollTransmit has handed out
	std::deque<Event> _events;
	bool _answered = false;
	bool _unsignedAnswers = false;
	bool _work = false;
	TimePoint _lastHeard;
	TimePoint _refreshAt = NEVER;
	TimePoint _expiresAt = NEVER;
	Counters _counters;
};

}
