#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "node/api/Export.h"

namespace gimlet
{

/// One thing that a plugin has found out about the network of this machine, for people and for programs: what
/// `gimlet netcheck`, the page and /readyz show. The node keeps the latest of each topic and subject.
struct NetworkFact
{
	enum class Verdict
	{
		Unknown, ///< not found out, or neither good nor bad
		Good,
		Bad,
	};

	/// What it is about, in lower case: "ipv4", "ipv6", "mtu", "changes" of the network, "stun", "mapping",
	/// "filtering", "port assignment", "hairpin", "port-mapping", "rendezvous", "relay", "turn", or whatever
	/// a plugin has to tell.
	std::string topic;
	/// Which one of these, as people write it: "stun.example.org:3478 IPv4"; "" if there is only one.
	std::string subject{};
	Verdict verdict = Verdict::Unknown;
	/// One sentence without a full stop: "answers", "no answer in 5 s". An empty one takes back what was said
	/// of this topic and subject: a server that is asked no more, a way that is gone.
	std::string text;
	/// What a program wants of it: "203.0.113.7:40001"; "" if nothing.
	std::string value{};
	/// Where it was measured.
	std::optional<std::chrono::microseconds> roundTrip{};
	/// It is being found out now: whoever wants to know waits a little longer. What is unknown and not
	/// pending stays so.
	bool pending = false;

	friend bool operator==(const NetworkFact&, const NetworkFact&) = default;
};

/// "unknown", "good", "bad".
GIMLET_API const char* toString(NetworkFact::Verdict verdict);

}
