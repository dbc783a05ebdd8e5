#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet::turn
{

/// What takes messages to one server and brings its own: a UDP socket or a stream. Loop thread only.
class Carrier
{
public:
	/// Whom it reports to. None of these calls may destroy the carrier.
	class User
	{
	public:
		virtual ~User() = default;

		/// Messages can be sent. Never inside the carrier's constructor.
		virtual void carrierOpen(const Endpoint& server) = 0;
		/// One message, valid for the call.
		virtual void carrierReceived(ByteView message, const Endpoint& source) = 0;
		/// All that has come has been handed out.
		virtual void carrierIdle() = 0;
		/// It is over. @param error Why, as the rest of a sentence about the server: "does not ...".
		virtual void carrierClosed(const std::string& error) = 0;
	};

	Carrier() = default;
	Carrier(const Carrier&) = delete;
	Carrier& operator=(const Carrier&) = delete;
	virtual ~Carrier() = default;

	/// Where a message can be written in place; empty when none can be sent now. Then call commit.
	virtual std::span<std::uint8_t> space() = 0;

	/// Sends what was written to space(), now or with what follows in this round of the loop.
	virtual void commit(std::size_t size) = 0;

	/// Sends what waits for its batch.
	virtual void flush() {}

	/// @return False when it could not be sent now.
	bool send(ByteView message)
	{
		const auto out = space();
		if (out.size() < message.size())
			return false;
		std::copy(message.begin(), message.end(), out.begin());
		commit(message.size());
		return true;
	}
};

}
