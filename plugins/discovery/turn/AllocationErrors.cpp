// What an AllocationMachine makes of error responses (RFC 8656, sections 7.4, 8.3, 10.3 and 12.3).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "plugins/discovery/turn/AllocationMachine.h"

namespace gimlet::turn
{

using namespace stun;

namespace
{

constexpr std::size_t REASON_SHOWN = 80;

std::string answers(ErrorCode error)
{
	return fmt::format("answers {} {}", error.code, printable(error.reason, REASON_SHOWN));
}

/// Of what ends an allocation whatever was asked.
std::optional<Ended> endOf(ErrorCode error)
{
	if (error.code == error::ALLOCATION_MISMATCH)
		return Ended{EndReason::Mismatch, "does not know the allocation any more"};
	if (error.code == error::WRONG_CREDENTIALS)
		return Ended{EndReason::Credentials, "does not let this user use the allocation"};
	return std::nullopt;
}

}

void AllocationMachine::failed(Request request, const MessageView& message, ErrorCode error, TimePoint now)
{
	if (challenged(request, message, error.code, now))
		return;
	if (request.method == method::ALLOCATE)
	{
		allocateFailed(request, message, error, now);
		return;
	}
	if (auto ended = endOf(error))
	{
		end(std::move(*ended));
		return;
	}
	switch (request.method)
	{
	case method::REFRESH:
		if (error.code < 500)
			end({EndReason::Refused, answers(error)});
		else
			_refreshAt = now + _timing.quiet; // its own trouble; the allocation lives until it expires
		break;
	case method::CREATE_PERMISSION:
		_permissions.refused(request.peer, now);
		dropWaiting(request.peer);
		break;
	default:
		_channels.failed(request.peer, now);
	}
}

/// RFC 8489, section 9.2.5, on 401 and 438.
/// @return Whether it was one of these; the request was sent again, or it is over.
bool AllocationMachine::challenged(
	Request& request, const MessageView& message, std::uint16_t code, TimePoint now)
{
	if (code != error::UNAUTHENTICATED && code != error::STALE_NONCE)
		return false;
	if (++request.challenges > limits::CHALLENGES)
	{
		end({EndReason::Broken, "asks for the password again and again"});
		return true;
	}
	if (!_longTerm.challenge(message))
	{
		end({EndReason::Broken, "asks for a password without a realm or a nonce"});
		return true;
	}
	// The same credentials are not tried twice, unless it asks for another realm or only for its new nonce.
	if (code == error::UNAUTHENTICATED && request.signedBy == _longTerm.version())
	{
		if (!_renewed)
		{
			end({EndReason::Credentials, "refuses the user name or the password"});
			return true;
		}
		_longTerm.use(*std::exchange(_renewed, std::nullopt));
	}
	if (!_longTerm.ready())
	{
		end({EndReason::Credentials, "asks for a user name and a password, and none are set"});
		return true;
	}
	begin(std::move(request), now);
	return true;
}

void AllocationMachine::allocateFailed(
	const Request& request, const MessageView& message, ErrorCode error, TimePoint now)
{
	const auto again = [&](Families families)
	{
		_families = families;
		begin({.method = method::ALLOCATE, .challenges = request.challenges}, now);
	};
	switch (error.code)
	{
	case error::TRY_ALTERNATE:
		if (const auto alternate = message.address(attribute::ALTERNATE_SERVER);
			alternate && alternate->isUnicast() && alternate->port() != 0)
			end({EndReason::Redirected, "sends its clients to " + alternate->toString(), *alternate});
		else
			end({EndReason::Broken, "sends its clients elsewhere and does not say where"});
		return;
	case error::ALLOCATION_QUOTA_REACHED:
		end({EndReason::Quota, "gives this user no further allocation (486): the quota is used up"});
		return;
	case error::INSUFFICIENT_CAPACITY:
		end({EndReason::Quota, "has no address left for another allocation (508)"});
		return;
	case error::ALLOCATION_MISMATCH:
		end({EndReason::Mismatch, "has another allocation for this address (437)"});
		return;
	case error::WRONG_CREDENTIALS:
		end({EndReason::Credentials, "has an allocation of another user for this address (441)"});
		return;
	case error::ADDRESS_FAMILY_NOT_SUPPORTED: // "Both" asks for IPv4 and hopes for IPv6 (section 7.2)
		if (_families != Families::OnlyIpv6)
			again(Families::OnlyIpv6);
		else
			end({EndReason::Refused, "relays neither IPv4 nor IPv6 (440)"});
		return;
	case error::BAD_REQUEST:
	case error::UNKNOWN_ATTRIBUTE: // some do not take what they need not understand
		if (_families == Families::Both)
		{
			again(Families::OnlyIpv4);
			return;
		}
		break;
	default:
		break;
	}
	end({EndReason::Refused, answers(error)});
}

}
