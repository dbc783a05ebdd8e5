#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Time.h"

namespace gimlet::lan
{

/// Brings signals to one peer, one after another and each in parts, until the peer has acknowledged them or
/// is given up. A machine.
class SignalSender
{
public:
	struct Part
	{
		std::uint32_t sequence = 0;
		std::uint8_t index = 0;
		std::uint8_t count = 1;
		ByteView bytes; ///< until the next call
	};

	/// @return False if it is empty or too long, or too much waits already.
	bool push(std::string signal);

	/// The peer tells which parts of a signal it has.
	void onAcknowledged(std::uint32_t sequence, std::uint16_t received, TimePoint now);

	/// To be called at nextDeadline().
	void onTimer(TimePoint now);

	/// The next part that has to be sent now.
	std::optional<Part> pollPart(TimePoint now);

	TimePoint nextDeadline() const
	{
		return _deadline;
	}

	/// How often the present signal has been sent.
	unsigned attempts() const
	{
		return _attempts;
	}

	/// Signals that the peer has, and those that were given up; since the beginning.
	std::uint64_t delivered() const
	{
		return _delivered;
	}
	std::uint64_t undelivered() const
	{
		return _undelivered;
	}

private:
	std::uint8_t count() const;
	std::uint16_t all() const;
	void next();

	std::deque<std::string> _signals; ///< the first one is on its way
	std::size_t _bytes = 0;
	std::uint32_t _sequence = 1;
	std::uint16_t _acknowledged = 0;
	std::uint16_t _due = 0; ///< parts to be sent now
	unsigned _attempts = 0;
	TimePoint _deadline = NEVER;
	std::uint64_t _delivered = 0;
	std::uint64_t _undelivered = 0;
};

}
