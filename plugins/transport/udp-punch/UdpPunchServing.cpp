// What goes through the socket, and between the links and the node; see UdpPunch.cpp for the rest.
#include <fmt/format.h>

#include <utility>

#include "node/api/Log.h"
#include "plugins/transport/udp-punch/UdpPunch.h"

namespace gimlet::udp_punch
{

namespace
{

/// Names that are looked up at once, for all links.
constexpr std::size_t MAX_LOOKUPS = 32;

/// RFC 7983, section 7.
bool looksStun(ByteView datagram)
{
	return !datagram.empty() && datagram[0] <= 3;
}

bool looksDtls(ByteView datagram)
{
	return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

}

void UdpPunch::received(ByteView datagram, const Path& path)
{
	_metrics.received(datagram.size());
	if (looksStun(datagram))
		return stunReceived(datagram, path);
	if (!looksDtls(datagram))
		return _metrics.dropped(Drop::Unknown);
	const auto* peer = _router.byRemote(path.remote);
	const auto link = peer ? find(*peer) : nullptr;
	if (link)
		link->onRecord(datagram, path);
	else
		_metrics.dropped(Drop::UnknownSender);
}

void UdpPunch::datagramReceived(ByteView datagram, const Path& path)
{
	if (uses(path.port))
		received(datagram, path);
}

void UdpPunch::stunReceived(ByteView datagram, const Path& path)
{
	const auto* peer = _router.byStun(datagram);
	const auto link = peer ? find(*peer) : nullptr;
	if (!link)
	{
		if (!_context.transportHost().stunReceived(datagram, path, _context.loop().now()))
			_metrics.dropped(Drop::UnknownStun);
	}
	else if (link->onStun(datagram, path))
		_router.learn(path.remote, link->peer());
}

bool UdpPunch::linkSignal(PunchLink& link, const std::string& text)
{
	return _context.transportHost().signal(*this, link.peer(), link.session(), text);
}

void UdpPunch::linkChanged(PunchLink& link)
{
	const auto found = _links.find(link.peer());
	if (found == _links.end())
		return;
	const auto status = link.status();
	if (status.state != found->second.counted)
		_metrics.moved(std::exchange(found->second.counted, status.state), status.state);
	_context.transportHost().linkChanged(*this, link.peer(), status);
}

void UdpPunch::linkReceived(PunchLink& link, const ChatMessage& message)
{
	_metrics.messageReceived();
	_context.transportHost().messageReceived(*this, link.peer(), message);
}

void UdpPunch::linkAcknowledged(PunchLink& link, const std::string& id)
{
	_context.transportHost().messageAcknowledged(*this, link.peer(), id);
}

void UdpPunch::linkWritable(PunchLink& link)
{
	_context.transportHost().writable(*this, link.peer());
}

ChannelObserver* UdpPunch::linkChannelOffered(PunchLink& link, Channel& channel)
{
	return _context.transportHost().channelOffered(*this, link.peer(), channel);
}

void UdpPunch::linkNotice(PunchLink& link, const std::string& text)
{
	_metrics.refused();
	_context.transportHost().notice(fmt::format("{}: {}", link.peer(), text));
}

/// A browser hides its address behind a name for multicast DNS. Where it cannot be looked up nothing is lost:
/// the browser's own checks tell where it is.
void UdpPunch::linkResolve(PunchLink& link, const CandidateLine& candidate)
{
	std::erase_if(_lookups, [](const Lookup& lookup) { return !lookup.query; });
	const auto shared = find(link.peer());
	if (!shared || _lookups.size() >= MAX_LOOKUPS)
		return;
	auto& lookup = _lookups.emplace_back(Lookup{.link = shared, .query = nullptr});
	lookup.query = _context.resolver().resolve(candidate.hostName, candidate.port, AF_UNSPEC,
		[&lookup, candidate](const Resolver::Result& result)
		{
			const auto resolved = lookup.link.lock();
			for (const auto& endpoint : result.endpoints)
				if (resolved)
				{
					auto line = candidate;
					line.hostName.clear();
					line.endpoint = endpoint;
					resolved->addRemote(line);
				}
		});
}

}
