#pragma once

#include <chrono>
#include <optional>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/api/Time.h"
#include "node/protocol/stun/MessageView.h"

namespace gimlet::stun
{

/// One request over UDP: when to send it, again and again, and which answer is its answer (RFC 8489,
/// section 6.2.1). A machine: it is given time and messages, and neither sends nor waits.
///
/// With the RFC's timing the request goes out after 0, 500, 1500, 3500, 7500, 15500 and 31500 ms, and
/// counts as lost after 39500 ms. A timer that comes late delays what follows; nothing is sent twice to
/// make up for it.
class ClientTransaction
{
public:
	struct Timing
	{
		Duration rto = std::chrono::milliseconds{500}; ///< "SHOULD be 500 ms" initially
		unsigned rc = 7;                               ///< requests sent in all
		unsigned rm = 16;                              ///< RTOs to wait after the last one
	};

	enum class State
	{
		Pending,
		Answered,
		TimedOut,
	};

	/// Begins; the first transmission is due at once.
	/// @param request A whole request; it is copied.
	/// @param server Where it goes, and the only address whose answer counts.
	ClientTransaction(ByteView request, const Endpoint& server, TimePoint now) :
		ClientTransaction(request, server, now, Timing{})
	{
	}
	ClientTransaction(ByteView request, const Endpoint& server, TimePoint now, const Timing& timing);

	State state() const
	{
		return _state;
	}

	const Endpoint& server() const
	{
		return _server;
	}

	/// How often it was handed out for sending.
	unsigned transmissions() const
	{
		return _transmissions;
	}

	/// NEVER when it has ended.
	TimePoint nextDeadline() const;

	void onTimer(TimePoint now);

	/// The request, when it is to be sent now; each time once. Valid as long as the transaction.
	std::optional<ByteView> pollTransmit();

	/// @return Whether the message is the answer: a response of the same method and transaction id, from the
	/// server's address, while pending. The transaction has then ended.
	bool onResponse(const MessageView& message, const Endpoint& source, TimePoint now);

	/// Between request and answer; empty if the request was sent more than once, since nobody knows which
	/// one was answered (Karn's algorithm, RFC 6298, section 3).
	std::optional<Duration> roundTrip() const;

private:
	Buffer _request;
	Endpoint _server;
	Timing _timing;
	State _state = State::Pending;
	TimePoint _begun;
	TimePoint _deadline;
	TimePoint _answered;
	Duration _interval;
	unsigned _transmissions = 0;
	bool _due = true;
};

}
