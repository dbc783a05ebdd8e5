#pragma once

#include <optional>

#include "node/protocol/stun/ClientTransaction.h"
#include "plugins/discovery/stun/Timing.h"

namespace gimlet::stun_discovery
{

/// One question (RFC 8489, Binding) through a socket that was used for nothing before, to see which port a
/// NAT gives out now that makes a mapping for each destination: whom else was asked, and when that is
/// forgotten, plays no part in it. A machine: after each call poll pollTransmit(), then wait for
/// nextDeadline().
class FreshLook
{
public:
	FreshLook(const Endpoint& server, const Timing& timing, const Random& random, TimePoint now);

	const Endpoint& server() const
	{
		return _transaction.server();
	}

	/// When the NAT made the mapping, at the earliest.
	TimePoint begun() const
	{
		return _begun;
	}

	/// How often it was asked.
	unsigned transmissions() const
	{
		return _transaction.transmissions();
	}

	/// What to send to the server now; the bytes last until the next call.
	std::optional<ByteView> pollTransmit()
	{
		return _transaction.pollTransmit();
	}

	/// @return The new mapping, if that was the answer.
	std::optional<Endpoint> onDatagram(ByteView datagram, const Endpoint& source, TimePoint now);

	void onTimer(TimePoint now)
	{
		_transaction.onTimer(now);
	}

	/// NEVER when it is over.
	TimePoint nextDeadline() const
	{
		return _transaction.nextDeadline();
	}

	bool isOver() const
	{
		return _transaction.state() != stun::ClientTransaction::State::Pending;
	}

private:
	static stun::ClientTransaction question(
		const Endpoint& server, const Timing& timing, const Random& random, TimePoint now);

	TimePoint _begun;
	stun::ClientTransaction _transaction;
};

}
