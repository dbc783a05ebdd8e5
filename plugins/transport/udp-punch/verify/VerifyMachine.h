#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/transport/udp-punch/verify/VerifyCodec.h"

namespace gimlet::udp_punch::verify
{

/// Finds a code for one DTLS session that is the same on both sides, and nowhere else. Whoever stands between
/// two nodes holds two sessions; their codes differ, and nobody can search for nonces that make them equal,
/// because each side commits to its nonce before it learns the other's: one guess of 40 bits a session.
///
///     Idle --start(), or the peer's commitment--> Committed --the peer's commitment--> Revealed --its
///     nonce--> Done
///
/// A machine without time: it waits for the peer for as long as the session lasts. One run a session:
/// whatever comes out of order, twice, or does not fit ends it as Failed, and there is no second try.
class VerifyMachine
{
public:
	enum class State
	{
		Idle,
		Committed, ///< our commitment is out
		Revealed,  ///< the peer's has come, and our nonce is out
		Done,
		Failed,
	};

	struct Configuration
	{
		PeerId self;
		PeerId peer;
		/// From the system's random source, used for nothing else.
		Bytes32 nonce{};
		/// What this DTLS session exports under EXPORTER_LABEL.
		Bytes32 exported{};
	};

	/// @throws std::runtime_error if OpenSSL refuses or an id has more than 255 bytes.
	explicit VerifyMachine(Configuration configuration);

	/// Begins; once, and not needed where the peer does.
	void start();
	/// A message of the peer with one of the types of this protocol.
	void onMessage(std::string_view json);
	/// What is to be sent, until empty, after each of the above.
	std::optional<std::string> pollTransmit();

	State state() const
	{
		return _state;
	}
	/// What went wrong, for people; "" unless failed.
	const std::string& error() const
	{
		return _error;
	}
	/// Once done.
	const std::optional<Code>& code() const
	{
		return _code;
	}

private:
	void on(const Commit& commit);
	void on(const Reveal& reveal);
	void fail(std::string why);

	const Side _self;
	const PeerId _peer;
	const Bytes32 _exported;
	const Commit _commit;
	State _state = State::Idle;
	std::optional<Commit> _peerCommit;
	std::optional<Code> _code;
	std::deque<std::string> _outgoing;
	std::string _error;
};

}
