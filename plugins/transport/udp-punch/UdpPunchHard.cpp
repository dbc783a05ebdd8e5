// Ports and turns for punching hard NATs; see UdpPunch.cpp for the rest.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "node/api/Log.h"
#include "plugins/transport/udp-punch/UdpPunch.h"

namespace gimlet::udp_punch
{

namespace
{

/// Pairs of networks that are remembered.
constexpr std::size_t MAX_PUNCHED = 256;

/// The kernel gives the lowest number that is free, so it tells how many are taken.
int mostDescriptor()
{
	rlimit limit{};
	constexpr int ENOUGH = 768;
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
			   ? static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1U << 20U) * 3 / 4)
			   : ENOUGH;
}

}

void UdpPunch::natBehaviour(Port& port, const NatBehaviour& behaviour)
{
	if (&port != _port.get())
		return;
	_nat = behaviour;
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
		entry.link->natBehaviour(behaviour);
}

/// One punch at a time: its packets are many, and a NAT's ports are few.
std::optional<std::vector<Port*>> UdpPunch::linkBeginPunch(PunchLink& link, std::size_t ports)
{
	const auto found = _links.find(link.peer());
	if (found == _links.end() || (_punching && *_punching != link.peer()))
		return std::nullopt;
	const auto bound = _port->localEndpoint();
	if (ports > 0 && !bound.isV4() && !_port->supports(AF_INET))
		return std::nullopt;
	const auto from = bound.isV4() ? bound.withPort(0) : Endpoint::any(AF_INET, 0);
	_punching = link.peer();
	auto& entry = found->second;
	std::vector<Port*> opened;
	try
	{
		while (opened.size() < ports)
		{
			auto& port =
				entry.shotPorts.emplace_back(openAt({.endpoint = from, .port = 0}, PunchPort::Size::Small));
			opened.push_back(port.get());
			if (port->descriptor() > mostDescriptor())
				break; // those that are left belong to others
		}
	}
	catch (const std::system_error& error)
	{
		// Fewer will do.
		logWarning(_context.logger(),
			fmt::format("a punch goes on with {} sockets: {}", opened.size(), error.what()));
	}
	if (opened.empty() && ports > 0)
	{
		_punching.reset();
		return std::nullopt;
	}
	_metrics.punchBegun();
	logDebug(_context.logger(), "punching towards {} with {} sockets", link.peer(), opened.size());
	return opened;
}

void UdpPunch::linkEndPunch(PunchLink& link)
{
	if (_punching == link.peer())
		_punching.reset();
	if (const auto found = _links.find(link.peer()); found != _links.end())
	{
		const auto& selected = link.agent().selected();
		releasePorts(found->second, selected ? selected->path.port : nullptr);
	}
}

/// Later, since a call of the link, or of one of the ports, leads here.
void UdpPunch::releasePorts(Entry& entry, const Port* kept)
{
	auto gone = std::make_shared<std::vector<std::shared_ptr<PunchPort>>>();
	for (auto& port : entry.shotPorts)
		if (port.get() != kept)
			gone->push_back(std::move(port));
	std::erase(entry.shotPorts, nullptr);
	_context.loop().post(
		[gone, weak = std::weak_ptr{entry.link}]
		{
			const auto link = weak.lock();
			for (const auto& port : *gone)
				if (link)
					link->removePort(*port);
		});
}

void UdpPunch::linkPunched(PunchLink& link)
{
	const auto found = _links.find(link.peer());
	if (found == _links.end())
		return;
	const std::pair pair{_nat.address, publicAddressOf(found->second)};
	_metrics.punched();
	logInformation(_context.logger(),
		fmt::format("a hole was made to {} after {} shots", link.peer(), link.punch().shots()));
	if (!pair.first.valid() || !pair.second.valid())
		return;
	std::erase(_punched, pair);
	_punched.push_front(pair);
	if (_punched.size() > MAX_PUNCHED)
		_punched.pop_back();
}

bool UdpPunch::knownToPunch(const Entry& entry) const
{
	return std::find(_punched.begin(), _punched.end(), std::pair{_nat.address, publicAddressOf(entry)}) !=
		   _punched.end();
}

Endpoint UdpPunch::publicAddressOf(const Entry& entry) const
{
	return entry.seen.empty() ? Endpoint{} : entry.seen.front();
}

void UdpPunch::linkSampleNat(PunchLink&)
{
	_context.transportHost().sampleNat(*_port);
}

Port* UdpPunch::linkOwnPort(PunchLink&)
{
	return _port.get();
}

}
