#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/api/Candidate.h"
#include "node/api/Endpoint.h"
#include "node/api/Export.h"
#include "node/api/Time.h"

namespace gimlet
{

/// A worker id: a UUID in lower case.
using PeerId = std::string;

/// The truth about one link.
enum class LinkState
{
	Waiting,   ///< known, nothing tried yet (no offer, no address)
	Attempted, ///< datagrams are sent; none of the peer has arrived
	Up,        ///< the peer's datagrams arrive
	Silent,    ///< was up, nothing has been heard for a while
	Lost,      ///< given up until a new offer comes
	Refused,   ///< the node will not link with it (PeerInfo::refusal); never a transport's own state
};

/// "waiting", "attempted", "up", "silent", "lost", "refused": the words of /ui_ws and /readyz.
GIMLET_API const char* toString(LinkState state);

/// What a transport knows of one link.
struct LinkStatus
{
	LinkState state = LinkState::Waiting;
	/// Why, for people: "no datagram of the peer has arrived in 12 s; its NAT may refuse ours".
	std::string reason;
	/// The path in use, or tried; invalid if none.
	Endpoint local;
	Endpoint remote;
	/// Smoothed round-trip time, where measured.
	std::optional<std::chrono::microseconds> roundTrip;
	bool encrypted = false;
	/// Whether the peer acknowledges messages by id; false for workers of the first version.
	bool acknowledges = false;
	std::uint64_t bytesSent = 0;
	std::uint64_t bytesReceived = 0;
	std::uint64_t retransmissions = 0;
	/// What kinds of candidate the path joins, where the transport knows (RFC 8445, section 5.1.1).
	std::optional<CandidateType> localType;
	std::optional<CandidateType> remoteType;
	/// The cipher suite in use, "" if none: "ECDHE-ECDSA-AES128-GCM-SHA256".
	std::string cipher;
	/// Whether the peer has proven that its id is its own: its description was signed by the key of the id.
	bool proven = false;
	/// What two people compare to know that nobody stands between them: five words, and the same in digits.
	/// The same on both sides of this link and nowhere else; "" until known.
	std::string codeWords;
	std::string codeDigits;
	/// Why there is no such code, and will be none on this link: "the peer showed another number than ...";
	/// "" if nothing has failed.
	std::string codeFailure{};
};

/// A text from one node to another.
struct ChatMessage
{
	/// Chosen by the sender, unique among its messages (a UUID in ours); "" from old workers.
	std::string id;
	std::string content;
	/// When the sender says it was written; zero if it does not say.
	WallTime time{0};
};

}
