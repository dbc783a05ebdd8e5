#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "plugins/transport/udp-punch/dtls/Context.h"
#include "plugins/transport/udp-punch/dtls/DatagramBio.h"
#include "plugins/transport/udp-punch/dtls/Session.h"

namespace gimlet::udp_punch::dtls
{

/// OpenSSL's side of a session: one SSL with its BIO and the answers to its questions. It decides nothing but
/// whether the peer's certificate is the expected one.
class Connection : private Handshake
{
public:
	enum class Progress
	{
		Done,
		Waiting, ///< for a record
		Failed,  ///< see reason(); an alert is on its way
	};

	struct Read
	{
		Progress progress = Progress::Waiting;
		std::size_t length = 0; ///< 0 when done: the peer's close_notify
	};

	/// @throws std::runtime_error if OpenSSL refuses.
	Connection(const Session::Configuration& configuration, Sink& sink);
	Connection(const Connection&) = delete;
	Connection& operator=(const Connection&) = delete;
	~Connection() override;

	/// The record that the next handshake() or read() works on.
	void offer(ByteView record)
	{
		_bio.offer(record);
	}
	/// Goes on with the handshake. Records that answer are held back until flush().
	Progress handshake();
	/// Decrypts the record.
	Read read(std::span<std::uint8_t> out);
	/// Encrypts and sends one record, at once. False: reason().
	bool write(ByteView data);
	/// Makes a close_notify, sent by flush().
	void shutdown();
	void flush()
	{
		_bio.flush();
	}

	/// The handshake is over: what only it needed is given back.
	void settle()
	{
		_bio.flush();
		_bio.release();
	}

	/// By OpenSSL's clock; empty while it waits for nothing.
	std::optional<Duration> untilTimeout() const;
	/// Sends the flight again if it is due. False when OpenSSL has done so too often.
	bool onTimeout();

	/// Why it failed, for people.
	const std::string& reason() const
	{
		return _reason;
	}
	/// Whether our certificate was shown to the peer.
	bool showedCertificate() const
	{
		return _showed;
	}
	std::string cipher() const;
	bool exportKey(const char* label, std::span<std::uint8_t> out) const;
	std::size_t overhead() const;
	std::uint64_t retransmissions() const
	{
		return _retransmissions;
	}

private:
	bool peerCertificate(X509* certificate) override;
	void certificateWanted() override;
	unsigned timeout(unsigned last) override;

	void setFragment(std::size_t size);
	Progress progress(int result);

	// Of the session that owns this.
	const Session::Configuration& _configuration;
	DatagramBio _bio;
	SslPointer _ssl;
	std::string _refusal; ///< why the peer's certificate was refused
	std::string _reason;
	std::size_t _fragment = 0; ///< what a record of ours can hold now
	bool _showed = false;
	std::uint64_t _retransmissions = 0;
};

}
