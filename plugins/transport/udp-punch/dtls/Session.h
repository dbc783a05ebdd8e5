#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/dtls/Certificate.h"

namespace gimlet::udp_punch::dtls
{

enum class Role
{
	Client,
	Server,
};

enum class State
{
	New,
	Handshaking,
	Open,   ///< both certificates are seen and the peer's is the one that was expected
	Closed, ///< close_notify was sent or received
	Failed, ///< see error()
};

/// What a session calls, from inside the calls that are made to it and on their thread. It may not call back.
class Sink
{
public:
	virtual ~Sink() = default;

	/// One datagram for the peer: one record or several, at most Configuration::mtu bytes, unless data was
	/// longer.
	virtual void dtlsSend(ByteView datagram) = 0;
	/// What the peer gave to send(), decrypted; in the order of arrival, perhaps twice or never.
	virtual void dtlsReceived(ByteView data) = 0;
};

/// DTLS 1.2 (RFC 6347, 8827) with certificates of both sides, over datagrams that somebody else carries. A
/// machine but for OpenSSL's own clock, which the simulator replaces. No allocation of ours per record.
class Session
{
public:
	struct Configuration
	{
		Role role = Role::Client;
		std::shared_ptr<const Certificate> certificate;
		/// The fingerprint that the peer's description names; any other certificate ends the handshake.
		std::string peerFingerprint;
		/// Bytes of UDP payload that a datagram of the handshake may have.
		std::size_t mtu = 1200;
		/// Until the first retransmission: from the ICE round trip, at least 50 ms.
		Duration firstTimeout = std::chrono::milliseconds{50};
	};

	/// @throws std::runtime_error if OpenSSL refuses.
	Session(Configuration configuration, Sink& sink);
	Session(const Session&) = delete;
	Session& operator=(const Session&) = delete;
	~Session();

	/// The client's first flight; the server waits.
	void start(TimePoint now);
	/// A datagram whose first byte is 20 to 63. What is no valid record of this session is dropped and
	/// counted.
	void onDatagram(ByteView datagram, TimePoint now);
	/// Retransmits when it is due.
	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// Encrypts and sends. False when the session is not open.
	bool send(ByteView data);
	/// Sends close_notify.
	void close();

	State state() const;
	/// What went wrong, for people; "" unless failed.
	const std::string& error() const;
	/// "ECDHE-ECDSA-AES128-GCM-SHA256", once open.
	std::string cipher() const;
	/// Keying material exporter (RFC 5705) without context. False when not open.
	bool exportKey(const char* label, std::span<std::uint8_t> out) const;
	/// How many bytes a record adds to its data, once open.
	std::size_t overhead() const;
	std::uint64_t retransmissions() const;
	std::uint64_t dropped() const;

private:
	struct Impl;
	std::unique_ptr<Impl> _impl;
};

}
