#include "plugins/discovery/stun/FreshLook.h"

#include <array>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/discovery/stun/MappedAddress.h"

namespace gimlet::stun_discovery
{

FreshLook::FreshLook(const Endpoint& server, const Timing& timing, const Random& random, TimePoint now) :
	_begun(now), _transaction(question(server, timing, random, now))
{
}

stun::ClientTransaction FreshLook::question(
	const Endpoint& server, const Timing& timing, const Random& random, TimePoint now)
{
	std::array<std::uint8_t, stun::HEADER_SIZE> buffer{};
	stun::MessageBuilder builder(
		buffer, stun::MessageClass::Request, stun::method::BINDING, random.transactionId());
	return {builder.finish(), server, now, timing.freshLook};
}

std::optional<Endpoint> FreshLook::onDatagram(ByteView datagram, const Endpoint& source, TimePoint now)
{
	const auto message = stun::MessageView::parse(datagram);
	if (!message || !_transaction.onResponse(*message, source, now))
		return std::nullopt;
	return mappedAddress(*message, server().family());
}

}
