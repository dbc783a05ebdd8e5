#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "node/api/Time.h"

namespace gimlet::udp_punch
{

/// Finds by probes how large a datagram the path carries (RFC 8899), upward from a size that every path does.
/// A machine: whoever drives it sends the probes (ice::Agent::probe) and tells what became of them.
///
/// All sizes are bytes of UDP payload. The search goes up a list of sizes, each probed once the one below has
/// been answered, so it takes a round trip for each that fits and the time of one failure at the end. A size
/// that holds is asked for again now and then; one that no longer does ends in the base size at once, and
/// the search begins anew.
class PathMtuSearch
{
public:
	struct Configuration
	{
		/// Which size is assumed without a probe: IPv6 demands 1,280 of a path with its headers, and WebRTC
		/// counts on it for IPv4 too (RFC 8831, section 5).
		std::size_t base = 1200;
		/// Beyond it nothing is probed. 65,507 finds what loopback carries.
		std::size_t largest = 8972;
		/// What to probe, ascending; what is not between base and largest is left out.
		std::vector<std::size_t> sizes{defaultSizes().begin(), defaultSizes().end()};
		/// How many failures in a row mean that a size does not fit. The agent sends a probe three times
		/// (MAX_PROBES, RFC 8899, section 5.1.2) before it calls it failed.
		unsigned failures = 1;
		/// PMTU_RAISE_TIMER (RFC 8899, section 5.1.1): when to try larger sizes again.
		Duration raise = std::chrono::seconds{600};
		/// The same where the path once carried more than it seems to now: first so, then twice as long each
		/// time. It may have been silent rather than small.
		Duration retry = std::chrono::seconds{10};
		/// CONFIRMATION_TIMER of the same section: when to ask again for the size that holds.
		Duration confirm = std::chrono::seconds{30};
		/// The least time between two stalls that are believed (see onStall).
		Duration stall = std::chrono::seconds{5};
	};

	struct Counters
	{
		std::uint64_t probes = 0;
		std::uint64_t answers = 0;
		std::uint64_t failures = 0;
		std::uint64_t blackHoles = 0; ///< a size that had held did so no longer
	};

	PathMtuSearch() : PathMtuSearch(Configuration{}) {}
	explicit PathMtuSearch(Configuration configuration);

	/// Payloads for MTUs that are common: see the list.
	static const std::array<std::size_t, 11>& defaultSizes();

	/// There is a path, or another one: base size, and the search begins. A probe that was under way must
	/// not be answered any more.
	void start(TimePoint now);
	/// There is none: nothing is probed; the size stays for what is on its way.
	void stop();

	/// The size to probe now, at most one at a time; then onAnswer or notSent must follow.
	std::optional<std::size_t> pollProbe(TimePoint now);
	/// The probe was answered, or given up.
	void onAnswer(bool answered, TimePoint now);
	/// The probe could not be sent now (no selected pair, another probe): again in a second.
	void notSent(TimePoint now);

	/// What was sent in the present size is not acknowledged though smaller things are, or a retransmission
	/// timer ran out: the base size holds at once, and the present one again as soon as a probe proves it.
	void onStall(TimePoint now);

	/// When pollProbe() will have something.
	TimePoint nextDeadline() const;

	/// What may be sent.
	std::size_t size() const
	{
		return _size;
	}

	/// size(), once after each change.
	std::optional<std::size_t> pollChange();

	/// Whether nothing larger is to be tried before the raise timer.
	bool complete() const
	{
		return _running && _next == _sizes.size();
	}

	const Counters& counters() const
	{
		return _counters;
	}

private:
	std::size_t ask(std::size_t size);
	void climb(TimePoint now);
	void finish(TimePoint now);

	Configuration _configuration;
	std::vector<std::size_t> _sizes; ///< ascending, all above base
	std::size_t _size;
	std::size_t _told;
	std::size_t _best;         ///< that this path has carried
	std::size_t _next = 0;     ///< of _sizes: the one to try; their number when complete
	std::size_t _proving = 0;  ///< a size that has held and is asked for again; 0: none
	std::size_t _underWay = 0; ///< 0: none
	unsigned _failed = 0;      ///< in a row
	bool _running = false;
	Duration _retry{};
	TimePoint _searchAt{};  ///< the next step of the search
	TimePoint _confirmAt{}; ///< when to ask for the size that holds
	TimePoint _believeAt{}; ///< from when on a stall is believed
	Counters _counters;
};

}
