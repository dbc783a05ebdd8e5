#include "plugins/transport/udp-punch/dtls/Connection.h"

#include <openssl/dtls1.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

#include "plugins/transport/udp-punch/dtls/Fingerprint.h"
#include "plugins/transport/udp-punch/dtls/Reason.h"
#include "plugins/transport/udp-punch/dtls/Record.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

/// OpenSSL refuses a smaller one; and what it gathers before it writes is one buffer of 4,096 bytes, beyond
/// which it would split records.
constexpr std::size_t MIN_MTU = 256;
constexpr std::size_t MAX_MTU = 4096;
/// What a record holds at first: enough for the handshake and packets of an Ethernet; 14 KiB less for each
/// idle link than OpenSSL takes by itself. It grows with the first data that needs more.
constexpr std::size_t SMALL_FRAGMENT = 2048;
/// The time-out doubles up to this, so that OpenSSL's limit of 12 comes after our 30 s (RFC 6347, section
/// 4.2.4.1 allows up to 60 s).
constexpr unsigned MAX_TIMEOUT = 4'000'000;
/// RFC 5288, section 3 and RFC 7905, section 2: AES-GCM carries 8 bytes of its nonce, ChaCha20 none.
constexpr std::size_t GCM_NONCE = 8;
constexpr std::size_t TAG = 16;
/// NIST SP 800-57: RSA with 2,048 bits. OpenSSL's own check went with its chain verification.
constexpr int MIN_SECURITY_BITS = 112;

}

Connection::Connection(const Session::Configuration& configuration, Sink& sink) :
	_configuration(configuration),
	_bio(sink, std::clamp(configuration.mtu, MIN_MTU, MAX_MTU)),
	_ssl(configuration.certificate->context().connection(*this))
{
	auto* bio = _bio.make(configuration.certificate->context().bioMethod());
	if (!bio)
		throwOpenSslError("DTLS cannot be used");
	SSL_set_bio(_ssl.get(), bio, bio);
	SSL_set_mtu(_ssl.get(), static_cast<long>(std::clamp(configuration.mtu, MIN_MTU, MAX_MTU)));
	setFragment(SMALL_FRAGMENT);
	if (configuration.role == Role::Client)
		SSL_set_connect_state(_ssl.get());
	else
		SSL_set_accept_state(_ssl.get());
}

Connection::~Connection() = default;

void Connection::setFragment(std::size_t size)
{
	SSL_set_max_send_fragment(_ssl.get(), static_cast<long>(size));
	_fragment = size;
}

Connection::Progress Connection::progress(int result)
{
	if (result == 1)
		return Progress::Done;
	if (SSL_get_error(_ssl.get(), result) == SSL_ERROR_WANT_READ)
		return Progress::Waiting;
	_reason = takeReason();
	if (!_refusal.empty())
		_reason = _refusal;
	return Progress::Failed;
}

Connection::Progress Connection::handshake()
{
	forgetErrors();
	return progress(SSL_do_handshake(_ssl.get()));
}

Connection::Read Connection::read(std::span<std::uint8_t> out)
{
	forgetErrors();
	const int length = SSL_read(_ssl.get(), out.data(), static_cast<int>(out.size()));
	if (length > 0)
		return {Progress::Done, static_cast<std::size_t>(length)};
	if (SSL_get_error(_ssl.get(), length) == SSL_ERROR_ZERO_RETURN)
		return {Progress::Done, 0};
	return {progress(length), 0};
}

bool Connection::write(ByteView data)
{
	forgetErrors();
	if (data.size() > _fragment)
	{
		// Its buffers keep the size that they were made with.
		setFragment(MAX_PLAINTEXT);
		SSL_free_buffers(_ssl.get());
		SSL_alloc_buffers(_ssl.get());
	}
	_bio.bundle(false);
	const int result = SSL_write(_ssl.get(), data.data(), static_cast<int>(data.size()));
	_bio.bundle(true);
	if (result > 0)
		return true;
	_reason = takeReason();
	return false;
}

void Connection::shutdown()
{
	forgetErrors();
	SSL_shutdown(_ssl.get());
	forgetErrors();
}

std::optional<Duration> Connection::untilTimeout() const
{
	timeval left{};
	if (DTLSv1_get_timeout(_ssl.get(), &left) != 1)
		return {};
	return std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec};
}

bool Connection::onTimeout()
{
	forgetErrors();
	const bool good = DTLSv1_handle_timeout(_ssl.get()) >= 0;
	forgetErrors();
	return good;
}

std::string Connection::cipher() const
{
	return SSL_get_cipher_name(_ssl.get());
}

bool Connection::exportKey(const char* label, std::span<std::uint8_t> out) const
{
	return SSL_get_extms_support(_ssl.get()) == 1 &&
		   SSL_export_keying_material(
			   _ssl.get(), out.data(), out.size(), label, std::strlen(label), nullptr, 0, 0) == 1;
}

std::size_t Connection::overhead() const
{
	const auto* cipher = SSL_get_current_cipher(_ssl.get());
	const bool chacha = cipher && SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305;
	return RECORD_HEADER + (chacha ? 0 : GCM_NONCE) + TAG;
}

bool Connection::peerCertificate(X509* certificate)
{
	_refusal = whyNotExpected(certificate, _configuration.peerFingerprint);
	const auto* key = X509_get0_pubkey(certificate);
	if (_refusal.empty() && (!key || EVP_PKEY_get_security_bits(key) < MIN_SECURITY_BITS))
		_refusal = "the key of the peer's DTLS certificate is too weak";
	return _refusal.empty();
}

void Connection::certificateWanted()
{
	_showed = true;
}

unsigned Connection::timeout(unsigned last)
{
	if (last == 0)
	{
		const auto first = std::chrono::ceil<std::chrono::microseconds>(_configuration.firstTimeout).count();
		return static_cast<unsigned>(std::clamp<std::int64_t>(first, 1, MAX_TIMEOUT));
	}
	++_retransmissions;
	return std::min(last * 2, MAX_TIMEOUT);
}

}
