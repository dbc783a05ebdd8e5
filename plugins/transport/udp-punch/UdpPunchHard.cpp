// Ports and turns for punching hard NATs; see UdpPunch.cpp for the rest.
#include <fmt/format.h>

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
	_punching = link.peer();
	auto& entry = found->second;
	std::vector<Port*> opened;
	try
	{
		while (opened.size() < ports)
		{
			auto& port = entry.shotPorts.emplace_back(
				openAt({.endpoint = Endpoint::any(AF_INET, 0), .port = 0}, PunchPort::Size::Small));
			opened.push_back(port.get());
		}
	}
	catch (const std::system_error& error)
	{
		// Fewer will do: the descriptors that are left belong to others too.
		logWarning(_context.logger(),
			fmt::format("a punch goes on with {} sockets: {}", opened.size(), error.what()));
	}
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
	logInformation(_context.logger(),
		fmt::format("a hole was made to {} after {} shots", link.peer(), link.punch().shots()));
	std::erase(_punched, pair);
	_punched.push_front(pair);
	if (_punched.size() > MAX_PUNCHED)
		_punched.pop_back();
}

Endpoint UdpPunch::publicAddressOf(const Entry& entry) const
{
	return entry.seen.empty() ? Endpoint{} : entry.seen.front();
}

void UdpPunch::linkSampleNat(PunchLink&)
{
	_context.transportHost().refreshDiscoveries();
}

Port* UdpPunch::linkOwnPort(PunchLink&)
{
	return _port.get();
}

}
