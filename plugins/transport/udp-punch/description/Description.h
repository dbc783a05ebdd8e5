#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "plugins/transport/udp-punch/description/CandidateLine.h"

namespace gimlet::udp_punch
{

/// ice-ufrag and ice-pwd (RFC 8839, section 5.4): 4 to 256 and 22 to 256 characters of A-Z a-z 0-9 + /
struct IceCredentials
{
	std::string ufrag{};
	std::string pwd{};

	friend bool operator==(const IceCredentials&, const IceCredentials&) = default;
};

/// RFC 8842, section 5.2: who opens the DTLS connection.
enum class Setup
{
	ActPass, ///< either; then the peer with the smaller id is active, and ICE controlling
	Active,
	Passive,
};

/// All that a node tells a peer to be reached and recognised: one JSON object in a signal of the pairing,
/// from which an SDP description can be made and back (docs/PROTOCOL.md, section 4).
struct Description
{
	/// Of the offer. Signed, not sent again inside.
	std::string session{};
	/// Counts this side's descriptions of the session, from 1; a new one means new ICE credentials (a
	/// restart).
	std::uint32_t generation = 1;
	IceCredentials ice{};
	/// "sha-256 AB:CD:..." of the DTLS certificate (RFC 8122); sha-384 and sha-512 too.
	std::string fingerprint{};
	Setup setup = Setup::ActPass;
	/// Names the DTLS association (RFC 8842, section 4): another one means that it begins anew. "" if
	/// unknown.
	std::string tlsId{};
	/// The ice-ufrag of the peer's that this side knew when it wrote; "" if none. Tells a restart from its
	/// answer.
	std::string answers{};
	std::uint16_t sctpPort = 5000;
	/// RFC 8841, section 6: 0 means any size. At most 2^53 - 1, which JSON keeps exactly.
	std::uint64_t maxMessageSize = 65536;
	/// RFC 8839, section 5.6: "trickle", "ice2"; ours add "gimlet1".
	std::vector<std::string> iceOptions{};
	std::vector<CandidateLine> candidates{};
	/// No candidate will follow.
	bool endOfCandidates = false;
	/// SubjectPublicKeyInfo in DER and the signature over signedText(); both empty in an unsigned
	/// description.
	Buffer publicKey{};
	Buffer signature{};

	friend bool operator==(const Description&, const Description&) = default;
};

/// Candidates that were found after the description of that generation was sent (RFC 8838).
struct Trickle
{
	std::uint32_t generation = 1;
	std::vector<CandidateLine> candidates{};
	/// Of candidates sent before: they hold no longer.
	std::vector<CandidateLine> removed{};
	bool endOfCandidates = false;

	friend bool operator==(const Trickle&, const Trickle&) = default;
};

/// What a side tells of its NATs, and that it is about to punch hard ones (hard/HardPunch.h). Not signed: it
/// is a hint about where to try.
struct Punch
{
	enum class Step
	{
		Tell,    ///< this is known of my NATs
		Propose, ///< let us meet; answer when your sockets have shot
		Ready,   ///< my sockets have shot: shoot now
	};

	Step step = Step::Tell;
	/// Counts the sender's rounds; of an answer, that of the proposal. 0 with Tell.
	std::uint32_t round = 0;
	NatBehaviour nat{};

	friend bool operator==(const Punch&, const Punch&) = default;
};

/// What one signal carries.
using PunchSignal = std::variant<Description, Trickle, Punch>;

/// Of a decoded signal.
constexpr std::size_t MAX_SIGNAL = 16 * 1024;
constexpr std::size_t MAX_CANDIDATES = 40;

/// What a description's key signs: everything in it that is not a candidate, and whom it is for. A line with
/// the version ("gimlet-description-1") and one for each value with its name and its length in bytes, so no
/// value can look like another (docs/PROTOCOL.md, section 4). Candidates are not signed: they are claims,
/// which an answer that is authenticated by `pwd` proves. `room` is "" where signaling knows none.
std::string signedText(
	const Description& description, std::string_view room, std::string_view from, std::string_view to);

std::string encode(const Description& description);
std::string encode(const Trickle& trickle);
std::string encode(const Punch& punch);

/// Reads what encode() writes, strictly: at most MAX_SIGNAL bytes and MAX_CANDIDATES (further ones are left
/// out); unknown members are ignored, and so are candidate lines that are well-formed but not for us. A
/// fingerprint's case is made canonical. Empty for anything else; `why` then says it in words that quote
/// nothing of it. That a signature is there does not mean that it is right.
/// @param session Of the signal that carried it.
/// @param describes Set to whether it calls itself a description, or is no object at all.
std::optional<PunchSignal> decodeSignal(
	std::string_view json, std::string_view session, std::string* why = nullptr, bool* describes = nullptr);

}
