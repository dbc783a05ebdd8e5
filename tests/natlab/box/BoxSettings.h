#pragma once

#include <string_view>

#include "tests/sim/net/Nat.h"

namespace gimlet::natlab
{

/// All that tells one box from another.
struct BoxSettings
{
	sim::NatModel nat;
	/// Of each packet, each way.
	Duration delay{};
	/// Of TCP, besides: a rendezvous that is farther away than peers are.
	Duration tcpDelay{};
	/// Probability, each way.
	double loss = 0;
	/// How many routers stand between the box and everybody else: what has fewer hops to live dies there.
	unsigned hops = 0;
	/// Whether UDP passes.
	bool udp = true;

	/// Sets one of
	///
	///     mapping=endpoint|address|port     RFC 4787, section 4.1: what else than the inside endpoint counts
	///     filtering=endpoint|address|port   section 5
	///     allocation=preserving|sequential|random
	///     ports=FIRST-LAST                  those that it has to give away
	///     pooling=paired|arbitrary          when it has several addresses
	///     stray=dropped|planted             what an unasked packet leaves behind
	///     hairpin=yes|no
	///     idle=SECONDS absolute=SECONDS     when a mapping ends; absolute=0: only when idle
	///     delay=MILLISECONDS tcp_delay=MILLISECONDS loss=PERCENT hops=COUNT udp=yes|no
	///
	/// @throws std::invalid_argument that names the text.
	void set(std::string_view text);
};

}
