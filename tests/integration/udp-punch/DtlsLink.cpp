#include "tests/integration/udp-punch/DtlsLink.h"

#include <poll.h>

#include <algorithm>

namespace gimlet::udp_punch::dtls::test
{

namespace
{

constexpr auto TOO_LONG = std::chrono::seconds{10};
/// How soon something is noticed that is not a datagram.
constexpr int POLL_MILLISECONDS = 5;

}

DtlsLink::DtlsLink() : _socket(ListenAddress{Endpoint::loopback(AF_INET, 0)})
{
	configuration.certificate = Certificate::make();
}

void DtlsLink::start(Role role)
{
	configuration.role = role;
	session = std::make_unique<Session>(configuration, *this);
	session->start(Clock::now());
}

bool DtlsLink::run(const std::function<bool()>& until)
{
	for (const auto end = Clock::now() + TOO_LONG; !until();)
	{
		const auto now = Clock::now();
		if (now > end)
			return false;
		pollfd descriptor{_socket.descriptor(), POLLIN, 0};
		::poll(&descriptor, 1, POLL_MILLISECONDS);
		takeDatagrams();
		if (session->nextDeadline() <= Clock::now())
			session->onTimer(Clock::now());
	}
	return true;
}

void DtlsLink::takeDatagrams()
{
	_socket.receive(_batch);
	for (std::size_t index = 0; index < _batch.size(); ++index)
	{
		const auto datagram = _batch[index];
		if (!peer.valid())
			peer = datagram.remote;
		if (datagram.remote == peer)
			session->onDatagram(datagram.bytes, Clock::now());
	}
}

void DtlsLink::dtlsSend(ByteView datagram)
{
	largest = std::max(largest, datagram.size());
	_socket.send(datagram, peer);
}

void DtlsLink::dtlsReceived(ByteView data)
{
	received += asText(data);
}

}
