// What an AllocationMachine asks of its server, and the answers; errors are in AllocationErrors.cpp.
#include <algorithm>
#include <array>
#include <utility>

#include "node/protocol/stun/Wire.h"
#include "plugins/discovery/turn/AllocationMachine.h"

namespace gimlet::turn
{

using namespace stun;

namespace
{

/// A server that promises less than this is asked too often.
constexpr std::chrono::seconds SHORTEST_LIFETIME{10};

/// ADDITIONAL-ADDRESS-FAMILY as the drafts numbered it, the only one that coturn knows (4.6.1, measured).
/// Nobody has to understand it.
constexpr std::uint16_t DRAFT_ADDITIONAL_ADDRESS_FAMILY = 0x8032;

/// A number of 8 bits and three reserved bytes (RFC 8656, sections 18.6, 18.8 and 18.11).
constexpr std::uint32_t first8(std::uint8_t value)
{
	return std::uint32_t{value} << 24U;
}

/// The transactions of a stream are not repeated, and wait as long (RFC 8489, section 6.2.2: Ti).
ClientTransaction::Timing onStream(const ClientTransaction::Timing& timing)
{
	const auto doublings = (1U << (timing.rc - 1U)) - 1U;
	return {.rto = timing.rto, .rc = 1, .rm = doublings + timing.rm};
}

/// Whether a peer could send there. A server that is told no address relays at all that its machine has:
/// coturn at ::1 too (4.6.1, measured), which leads elsewhere only where all are on that machine.
bool isOfUse(const Endpoint& relayed, const Endpoint& server)
{
	return server.isLoopback() || (!relayed.isLoopback() && !relayed.isLinkLocal());
}

/// One of a family is enough.
void addOfNewFamily(std::vector<Endpoint>& addresses, const Endpoint& address)
{
	if (std::none_of(addresses.begin(), addresses.end(),
			[&](const auto& other) { return other.family() == address.family(); }))
		addresses.push_back(address);
}

}

void AllocationMachine::begin(Request request, TimePoint now)
{
	std::array<std::uint8_t, LARGEST_REQUEST> buffer{};
	const auto bytes = write(request, buffer);
	const auto& timing = request.method == method::ALLOCATE ? _timing.allocate : _timing.request;
	request.begun = now;
	request.transaction.emplace(bytes, _server, now, _carrier == Carrier::Stream ? onStream(timing) : timing);
	_requests.push_back(std::move(request));
	_work = true;
}

ByteView AllocationMachine::write(Request& request, std::span<std::uint8_t> out) const
{
	request.id = _random.transactionId();
	MessageBuilder builder(out, MessageClass::Request, request.method, request.id);
	switch (request.method)
	{
	case method::ALLOCATE:
		builder.number32(attribute::REQUESTED_TRANSPORT, first8(TRANSPORT_UDP));
		// Section 7.1: IPv4 and, by this, IPv6; who does not know it or has no IPv6 gives IPv4 alone.
		if (_families == Families::Both)
			builder.number32(attribute::ADDITIONAL_ADDRESS_FAMILY, first8(FAMILY_IPV6))
				.number32(DRAFT_ADDITIONAL_ADDRESS_FAMILY, first8(FAMILY_IPV6));
		else if (_families == Families::OnlyIpv6)
			builder.number32(attribute::REQUESTED_ADDRESS_FAMILY, first8(FAMILY_IPV6));
		break;
	case method::CREATE_PERMISSION:
		builder.xorAddress(request.peer.withPort(0), attribute::XOR_PEER_ADDRESS);
		break;
	case method::CHANNEL_BIND:
		builder.number32(attribute::CHANNEL_NUMBER, std::uint32_t{request.channel} << 16U)
			.xorAddress(request.peer, attribute::XOR_PEER_ADDRESS);
		break;
	default: // Refresh: without LIFETIME the server's default
		break;
	}
	request.signedBy.reset();
	if (_longTerm.ready())
		request.signedBy = _longTerm.version();
	_longTerm.sign(builder);
	return builder.finish();
}

bool AllocationMachine::isRunning(std::uint16_t method) const
{
	return std::any_of(
		_requests.begin(), _requests.end(), [=](const auto& request) { return request.method == method; });
}

void AllocationMachine::onResponse(const MessageView& message, TimePoint now)
{
	const auto found = std::find_if(_requests.begin(), _requests.end(),
		[&](const auto& request) { return message.hasTransactionId(request.id); });
	if (found == _requests.end() || found->method != message.method())
	{
		++_counters.unasked;
		return;
	}
	const auto error = message.errorCode();
	if (message.fingerprint() == Check::Invalid ||
		(message.messageClass() == MessageClass::ErrorResponse && !error))
	{
		++_counters.malformed;
		return;
	}
	if (!believes(*found, message) || !found->transaction->onResponse(message, _server, now))
		return;
	auto request = std::move(*found);
	_requests.erase(found);
	_lastHeard = now;
	_work = true;
	if (!std::exchange(_answered, true))
		emit(Answered{});
	if (error)
		failed(std::move(request), message, *error, now);
	else
		succeeded(request, message, now);
}

/// RFC 8489, section 9.2.5: an answer whose integrity is not that of the key is "discarded, as if it had
/// never been received". A challenge has none, and neither have the errors of some servers (486 for
/// instance). What such an error could do, whoever can forge it can do by silence.
bool AllocationMachine::believes(const Request& request, const MessageView& message)
{
	const auto code = message.errorCode();
	const bool challenge = code && (code->code == error::UNAUTHENTICATED || code->code == error::STALE_NONCE);
	const bool has = message.has(attribute::MESSAGE_INTEGRITY);
	if (challenge || !request.signedBy || (code && !has) || _longTerm.signs(message))
		return true;
	++_counters.unsigned_;
	_unsignedAnswers = true;
	return false;
}

void AllocationMachine::succeeded(const Request& request, const MessageView& message, TimePoint now)
{
	switch (request.method)
	{
	case method::ALLOCATE:
		allocated(request, message, now);
		break;
	case method::REFRESH:
		setLifetime(message, now);
		break;
	case method::CREATE_PERMISSION:
		_permissions.granted(request.peer, request.begun);
		sendWaiting(request.peer, now);
		break;
	default:
		_channels.bound(request.peer, request.begun, now);
	}
}

void AllocationMachine::allocated(const Request& request, const MessageView& message, TimePoint now)
{
	std::vector<Endpoint> useless;
	for (const auto& attribute : message)
	{
		if (attribute.type != attribute::XOR_RELAYED_ADDRESS)
			continue;
		const auto relayed = message.xorAddress(attribute);
		if (!relayed || !relayed->isUnicast() || relayed->port() == 0)
			continue;
		if (isOfUse(*relayed, _server))
			addOfNewFamily(_relayed, *relayed);
		else
			addOfNewFamily(useless, *relayed);
	}
	if (_relayed.empty())
	{
		end({EndReason::Broken,
			useless.empty() ? "gives an allocation without an address that peers could send to"
							: "relays where no peer could send to: at " + useless.front().toString()});
		return;
	}
	_state = State::Allocated;
	setLifetime(message, now);
	emit(Allocated{.relayed = _relayed,
		.useless = std::move(useless),
		.mapped = message.xorAddress().value_or(Endpoint{}),
		.roundTrip = request.transaction->roundTrip()});
}

void AllocationMachine::setLifetime(const MessageView& message, TimePoint now)
{
	const auto seconds = message.number32(attribute::LIFETIME);
	const auto lifetime = std::max<Duration>(
		seconds ? Duration{std::chrono::seconds{*seconds}} : rfc8656::ALLOCATION_LIFETIME, SHORTEST_LIFETIME);
	_expiresAt = now + lifetime;
	_refreshAt = now + lifetime / 2;
}

void AllocationMachine::timedOut(const Request& request, TimePoint now)
{
	switch (request.method)
	{
	case method::ALLOCATE:
		end({EndReason::Silent, _unsignedAnswers ? "gives answers that are not signed with this password"
								: _answered      ? "has stopped answering"
												 : "does not answer"});
		break;
	case method::REFRESH:
		end({EndReason::Silent, "no longer answers"});
		break;
	case method::CREATE_PERMISSION:
		_permissions.forget(request.peer);
		dropWaiting(request.peer);
		refresh(now);
		break;
	default:
		_channels.failed(request.peer, now);
		refresh(now);
	}
}

}
