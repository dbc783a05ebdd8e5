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

/// What a session calls, from inside the calls that are made to it and on their thread. It may not call back,
/// but for what is said below.
class Sink
{
public:
	virtual ~Sink() = default;

	/// One datagram for the peer: one record or several, at most Configuration::mtu bytes, unless data was
	/// longer.
	virtual void dtlsSend(ByteView datagram) = 0;
	/// What the peer gave to send(), decrypted; in the order of arrival, perhaps never, never twice. May call
	/// Session::send().
	virtual void dtlsReceived(ByteView data) = 0;
};

/// DTLS 1.2 (RFC 6347, 8827) with certificates of both sides, over datagrams that somebody else carries. A
/// machine but for OpenSSL's own clock, which the simulator replaces. No allocation of ours per record.
///
/// Suites: ECDHE with AES-GCM or ChaCha20, over X25519 or P-256; ECDSA, and RSA for peers whose certificate
/// is. No cookie exchange (ICE has proven the address), renegotiation, resumption, compression or SRTP. A
/// peer proves itself by the certificate whose fingerprint is expected and a signature of its key; names,
/// dates and issuers of certificates mean nothing here. Everything runs on the thread of the caller.
class Session
{
public:
	struct Configuration
	{
		Role role = Role::Client;
		std::shared_ptr<const Certificate> certificate;
		/// The fingerprint that the peer's description names; any other certificate ends the handshake.
		std::string peerFingerprint;
		/// Bytes of UDP payload that a datagram of the handshake may have; 256 to 4,096 (OpenSSL's bounds),
		/// the nearest of which is taken.
		std::size_t mtu = 1200;
		/// Until the first retransmission: from the ICE round trip, at least 50 ms. Doubled each time up to 4
		/// s; the handshake is given up 30 s after its beginning.
		Duration firstTimeout = std::chrono::milliseconds{50};
	};

	/// @throws std::runtime_error if OpenSSL refuses.
	Session(Configuration configuration, Sink& sink);
	Session(const Session&) = delete;
	Session& operator=(const Session&) = delete;
	~Session();

	/// The client's first flight; the server waits. Once; may be left out at the server.
	void start(TimePoint now);
	/// A datagram whose first byte is 20 to 63. What is no valid record of this session is dropped and
	/// counted. A ClientHello that comes before start() begins the handshake. Data that overtakes the end of
	/// the handshake is kept (up to 8 records) and delivered when the session opens.
	void onDatagram(ByteView datagram, TimePoint now);
	/// Retransmits when it is due. May be called too early.
	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// Encrypts and sends, one datagram. False when the session is not open, or the data is empty or longer
	/// than 2^14 bytes.
	bool send(ByteView data);
	/// Sends close_notify, if the session is open. It is Closed unless it has failed before.
	void close();

	State state() const;
	/// What went wrong, for people; "" unless failed.
	const std::string& error() const;
	/// "ECDHE-ECDSA-AES128-GCM-SHA256", once open.
	std::string cipher() const;
	/// Keying material exporter (RFC 5705) without context. False when not open, or when the peer does not
	/// know the extended master secret (RFC 7627), without which the material is not bound to this handshake.
	bool exportKey(const char* label, std::span<std::uint8_t> out) const;
	/// How many bytes a record adds to its data, once open.
	std::size_t overhead() const;
	/// Flights that were sent again because no answer came in time.
	std::uint64_t retransmissions() const;
	/// Records, or datagrams that held none, that were not for this session: garbage, repeated, forged, too
	/// early or too late. What OpenSSL drops silently during the handshake is not among them.
	std::uint64_t dropped() const;

private:
	struct Impl;
	std::unique_ptr<Impl> _impl;
};

}
