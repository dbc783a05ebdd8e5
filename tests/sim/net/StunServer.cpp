#include "tests/sim/net/StunServer.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gimlet::sim
{

using stun_server::Corner;
using stun_server::Responder;

StunServer::StunServer(Host& host, std::uint16_t port, std::uint16_t otherPort)
{
	const auto all = host.addresses();
	for (const int family : {AF_INET, AF_INET6})
	{
		std::vector<Endpoint> own;
		std::copy_if(all.begin(), all.end(), std::back_inserter(own),
			[family](const Endpoint& address) { return address.family() == family; });
		const bool two = otherPort != 0 && own.size() > 1;
		for (std::size_t i = 0; i < own.size(); ++i)
		{
			if (!two || i > 1)
			{
				open(host, own[i].withPort(port));
				continue;
			}
			const auto& other = own[1 - i];
			open(host, own[i].withPort(port), Corner{own[i].withPort(port), other.withPort(otherPort)});
			open(host, own[i].withPort(otherPort), Corner{own[i].withPort(otherPort), other.withPort(port)});
		}
	}
}

/// A socket for each address: an answer must come from where the question went, or where it is wanted from.
void StunServer::open(Host& host, const Endpoint& here, const std::optional<Corner>& corner)
{
	auto& socket = _ports[here] = host.open(here);
	socket->receiver = [this, here, corner](ByteView datagram, const Path& path, TimePoint)
	{
		std::array<std::uint8_t, Responder::LARGEST_ANSWER> answer{};
		const auto result = Responder{{}}.respond(datagram, path.remote, answer, corner ? &*corner : nullptr);
		if (result.length == 0)
			return;
		const auto& from = corner ? _ports.at(corner->changed(result.change)) : _ports.at(here);
		if (from->send(ByteView{answer}.first(result.length), path.remote))
			++_answered;
	};
}

}
