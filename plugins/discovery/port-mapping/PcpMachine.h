#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "node/api/Time.h"
#include "plugins/discovery/port-mapping/Pcp.h"

namespace gimlet::port_mapping
{

/// The router forwards the port, from there, for so long.
struct PcpMapped
{
	Endpoint external;
	Duration lifetime{};
};

/// It refused; it is asked again when it has said that it may, unless it does not speak PCP at all.
struct PcpRefused
{
	pcp::Result result = pcp::Result::Success;
};

/// The mapping's time is over, and it was not renewed: the machine has ended, and may be started again.
struct PcpExpired
{
};

using PcpEvent = std::variant<PcpMapped, PcpRefused, PcpExpired>;

/// One mapping by PCP (RFC 6887), as a machine: asked for, asked for again until there is an answer (section
/// 8.1.1), renewed in time (section 11.2.1), made anew when the server has lost its state (section 8.5), and
/// deleted. After every call take pollTransmit() and pollEvent() until there are none.
class PcpMachine
{
public:
	struct Options
	{
		Endpoint client;
		std::uint16_t internalPort = 0;
		std::chrono::seconds lifetime{7'200};
		pcp::Nonce nonce{};
		std::function<double()> random; ///< 0 to 1
	};

	// RFC 6887, section 8.1.1.
	static constexpr std::chrono::seconds IRT{3};
	static constexpr std::chrono::seconds MRT{1'024};
	/// Section 11.2.1: no two renewals within less.
	static constexpr std::chrono::seconds SHORTEST_RENEWAL{4};
	/// Section 7.4 recommends 30 s and 30 min for how long errors hold; a server's word counts within these.
	static constexpr std::chrono::seconds SHORTEST_ERROR{30};
	static constexpr std::chrono::seconds LONGEST_ERROR{3'600};
	/// Section 15: a mapping of more than a day is not believed in.
	static constexpr std::chrono::seconds LONGEST_LIFETIME{86'400};

	explicit PcpMachine(Options options);

	/// Asks for the mapping, now.
	void start(TimePoint now);

	/// Deletes the mapping, if there may be one: granted, or asked for and not answered. Two copies: nobody
	/// waits for the answer.
	void stop();

	/// Whether the mapping is still there? Asks by renewing it.
	void renew(TimePoint now);

	/// A datagram of the server. @return Whether it was an answer to this machine, or an announcement.
	bool onDatagram(ByteView datagram, TimePoint now);

	void onTimer(TimePoint now);

	TimePoint nextDeadline() const
	{
		return _deadline < _expiry ? _deadline : _expiry;
	}

	std::optional<Buffer> pollTransmit();
	std::optional<PcpEvent> pollEvent();

	/// Datagrams sent since the start, or since the last answer.
	unsigned unanswered() const
	{
		return _unanswered;
	}

private:
	/// Within one tenth of it, on both sides (RAND of section 8.1.1).
	Duration about(Duration duration) const;
	void send(std::uint32_t lifetime);
	void request(TimePoint now);
	bool sameState(std::uint32_t epoch, TimePoint now);
	void granted(const pcp::Response& response, TimePoint now);
	void refused(const pcp::Response& response, TimePoint now);
	void scheduleRenewal(TimePoint now);

	Options _options;
	bool _running = false;
	Endpoint _external;          ///< the last one that was granted: asked for again
	TimePoint _expiry = NEVER;   ///< of the mapping
	TimePoint _deadline = NEVER; ///< of the next request
	Duration _retransmission{};  ///< RT of section 8.1.1; 0 before the first request
	unsigned _unanswered = 0;
	std::optional<std::uint32_t> _serverTime;
	TimePoint _clientTime{};
	std::deque<Buffer> _output;
	std::deque<PcpEvent> _events;
};

}
