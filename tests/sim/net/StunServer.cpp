#include "tests/sim/net/StunServer.h"

#include <array>

#include "plugins/service/stun-server/Responder.h"

namespace gimlet::sim
{

StunServer::StunServer(Host& host, std::uint16_t port)
{
	// A socket for each address: an answer must come from where the question went.
	for (const auto& address : host.addresses())
	{
		auto& socket = _ports.emplace_back(host.open(address.withPort(port)));
		socket->receiver = [this](ByteView datagram, const Path& path, TimePoint)
		{
			std::array<std::uint8_t, stun_server::Responder::LARGEST_ANSWER> answer{};
			const auto result = stun_server::Responder{{}}.respond(datagram, path.remote, answer);
			if (result.length > 0 && path.port->send(ByteView{answer}.first(result.length), path.remote))
				++_answered;
		};
	}
}

}
