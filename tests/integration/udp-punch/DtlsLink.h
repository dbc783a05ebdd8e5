#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "node/api/UdpSocket.h"
#include "plugins/transport/udp-punch/dtls/Session.h"

namespace gimlet::udp_punch::dtls::test
{

/// A session on a UDP socket of its own on loopback, which run() drives. Its peer is the one that it is told,
/// or the first that speaks.
class DtlsLink : public Sink
{
public:
	DtlsLink();

	std::uint16_t port() const
	{
		return _socket.local().port();
	}
	void start(Role role);
	/// Lets things happen until something has. @return Whether it has, within 10 s.
	bool run(const std::function<bool()>& until);
	bool open()
	{
		return run([this]
				   { return session->state() != State::Handshaking && session->state() != State::New; }) &&
			   session->state() == State::Open;
	}

	void dtlsSend(ByteView datagram) override;
	void dtlsReceived(ByteView data) override;

	Session::Configuration configuration;
	Endpoint peer;
	std::unique_ptr<Session> session;
	std::string received;
	std::size_t largest = 0; ///< of the datagrams that were sent

private:
	void takeDatagrams();

	UdpSocket _socket;
	UdpReceiveBatch _batch{16, 16384};
};

}
