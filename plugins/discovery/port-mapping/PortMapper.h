#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Time.h"
#include "plugins/discovery/port-mapping/Jobs.h"
#include "plugins/discovery/port-mapping/PcpMachine.h"

namespace gimlet::port_mapping
{

/// The port is reachable from outside there.
struct Found
{
	Endpoint external;
	Protocol protocol = Protocol::Pcp;
};

struct Lost
{
	Endpoint external;
	Protocol protocol = Protocol::Pcp;
};

/// What came of a protocol.
struct Tried
{
	Protocol protocol = Protocol::Pcp;
	bool good = false;
	/// "forwards UDP port 40001", "no answer", "refuses: not authorized".
	std::string text;
	std::string value{};
};

/// Everything that can be tried has been tried, or a mapping was found.
struct Done
{
};

using Event = std::variant<Found, Lost, Tried, Done>;

/// Has one port forwarded by one router, as a machine: the protocols are tried one after the other, for a
/// router that speaks several has one table for all of them. The first that works is kept and renewed at half
/// its lifetime; if none does, they are tried again, ever more rarely.
///
///     PCP ──1 s, or refused──> NAT-PMP ──failed──> UPnP ──failed──> pause ──> from the beginning
///      └────────────── mapped <──┴───────────────────┘ <──renewed──> (expired: from the beginning)
///
/// After every call take pollTransmit(), pollJob() and pollEvent() until there are none.
class PortMapper
{
public:
	struct Options
	{
		std::vector<Protocol> protocols;
		Endpoint gateway;
		/// This machine's address towards it, with port 0.
		Endpoint client;
		std::uint16_t internalPort = 0;
		std::chrono::seconds lifetime{7'200};
		pcp::Nonce nonce{};
		std::function<double()> random; ///< 0 to 1
	};

	/// A router on the own network answers within some ms. What is last has nobody to give way to.
	static constexpr std::chrono::seconds PCP_PATIENCE{1};
	static constexpr std::chrono::seconds LAST_PATIENCE{10};
	/// After a round without success, longer each time.
	static constexpr std::chrono::seconds FIRST_PAUSE{60};
	static constexpr std::chrono::seconds LONGEST_PAUSE{1'800};
	/// lookAgain() begins no round earlier after the last.
	static constexpr std::chrono::seconds SHORTEST_PAUSE{20};
	/// A mapping that has no lifetime is made anew so often, in case that the router was restarted.
	static constexpr std::chrono::seconds ENDLESS_RENEWAL{1'800};
	static constexpr std::chrono::seconds SHORTEST_RENEWAL{10};

	PortMapper(Options options, TimePoint now);

	/// The network may have changed: is the mapping still there?
	void lookAgain(TimePoint now);

	/// Deletes what there is; nothing is to be called after it but pollTransmit() and pollJob().
	void stop();

	/// A datagram from the gateway's PCP port. @return Whether it was for this mapping.
	bool onDatagram(ByteView datagram, TimePoint now);
	/// What the router tells everybody on the network (RFC 6887, section 14.1.2; RFC 6886, section 3.2.1).
	void onAnnouncement(ByteView datagram, TimePoint now);
	void onResult(const JobResult& result, TimePoint now);
	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	std::optional<Buffer> pollTransmit()
	{
		return _pcp.pollTransmit();
	}
	std::optional<Job> pollJob();
	std::optional<Event> pollEvent();

	const std::optional<Found>& mapping() const
	{
		return _mapping;
	}

private:
	enum class State
	{
		Trying,  ///< the protocol at _at
		Mapped,  ///< by it
		Pausing, ///< until _deadline
		Stopped,
	};

	Protocol protocol() const
	{
		return _options.protocols[_at];
	}

	void begin(TimePoint now);
	void attempt(TimePoint now);
	void failed(const std::string& why, TimePoint now);
	void mapped(const Endpoint& external, TimePoint now);
	void expired(TimePoint now);
	void settlePcp(TimePoint now);
	void handle(const PcpMapped& event, TimePoint now);
	void handle(const PcpRefused& event, TimePoint now);
	void handle(const PcpExpired& event, TimePoint now);
	void post(Job::Kind kind);
	void lose();

	Options _options;
	PcpMachine _pcp;
	State _state = State::Pausing;
	std::size_t _at = 0;
	std::optional<Found> _mapping;
	std::uint16_t _externalPort = 0; ///< what a router granted last, announced or not; 0 if nothing
	std::string _router;
	bool _doubted = false; ///< whether that is still the router's: the next mapping discovers it anew
	Duration _pause{FIRST_PAUSE};
	TimePoint _began{};
	TimePoint _deadline = NEVER; ///< of the state
	TimePoint _expiry = NEVER;   ///< of a mapping by a library
	std::uint64_t _job = 0;      ///< the one whose result is awaited; 0 if none is
	std::shared_ptr<std::atomic<bool>> _jobUnwanted;
	std::uint64_t _lastJob = 0;
	std::deque<Job> _jobs;
	std::deque<Event> _events;
};

}
