#include "node/http/TlsContext.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <cstring>
#include <new>

#include "node/api/Plugin.h"

namespace gimlet::http
{

namespace
{

/// What OpenSSL says, in the words of its first error; the queue is emptied.
std::string opensslError()
{
	const auto code = ERR_get_error();
	ERR_clear_error();
	if (ERR_SYSTEM_ERROR(code))
		return std::strerror(ERR_GET_REASON(code));
	const char* reason = ERR_reason_error_string(code);
	return reason ? reason : "unknown error";
}

struct FreeSsl
{
	void operator()(SSL* ssl) const
	{
		SSL_free(ssl);
	}
};

/// OpenSSL on the socket itself: no further buffer lies between, and epoll speaks of the same bytes.
class TlsChannel final : public Channel
{
public:
	TlsChannel(Descriptor descriptor, const Endpoint& remote, SSL_CTX* context, const SocketBio& sockets) :
		Channel(std::move(descriptor), remote), _ssl(SSL_new(context))
	{
		if (!_ssl)
			throw std::bad_alloc();
		auto* bio = sockets.make(Channel::descriptor());
		SSL_set_bio(_ssl.get(), bio, bio);
		SSL_set_accept_state(_ssl.get());
	}

	Status handshake() override
	{
		ERR_clear_error();
		return statusOf(SSL_do_handshake(_ssl.get()), Status::WantsRead).status;
	}

	Result read(std::span<std::uint8_t> into) override
	{
		ERR_clear_error();
		return statusOf(SSL_read(_ssl.get(), into.data(), static_cast<int>(into.size())), Status::WantsRead);
	}

	Result write(ByteView bytes) override
	{
		if (bytes.empty())
			return {Status::Done, 0};
		ERR_clear_error();
		return statusOf(
			SSL_write(_ssl.get(), bytes.data(), static_cast<int>(bytes.size())), Status::WantsWrite);
	}

	bool pending() const override
	{
		return SSL_pending(_ssl.get()) > 0;
	}

	void shutdown() override
	{
		if (SSL_is_init_finished(_ssl.get()) && !_broken)
		{
			ERR_clear_error();
			SSL_shutdown(_ssl.get());
		}
		Channel::shutdown();
	}

	bool secure() const override
	{
		return true;
	}

private:
	Result statusOf(int result, Status wantsMore)
	{
		if (result > 0)
			return {Status::Done, static_cast<std::size_t>(result)};
		switch (SSL_get_error(_ssl.get(), result))
		{
		case SSL_ERROR_WANT_READ:
			return {Status::WantsRead, 0};
		case SSL_ERROR_WANT_WRITE:
			return {Status::WantsWrite, 0};
		case SSL_ERROR_ZERO_RETURN:
			return {wantsMore == Status::WantsRead ? Status::Closed : Status::Failed, 0};
		default:
			// After these SSL_shutdown must not be called (SSL_get_error(3)).
			_broken = true;
			ERR_clear_error();
			return {Status::Failed, 0};
		}
	}

	std::unique_ptr<SSL, FreeSsl> _ssl;
	bool _broken = false;
};

}

TlsContext::TlsContext(const std::string& certificate, const std::string& privateKey) :
	_context(SSL_CTX_new(TLS_server_method()))
{
	if (!_context)
		throw std::bad_alloc();
	auto* context = _context.get();
	const auto& keyFile = privateKey.empty() ? certificate : privateKey;
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(
		context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	// Buffers are given back between records: an idle WebSocket would otherwise hold 34 KiB of them.
	SSL_CTX_set_mode(context,
		SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	// A passphrase would be asked for on the terminal.
	SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
		throw PluginError(fmt::format(
			"[http] certificate: {} is not a usable certificate in PEM: {}", certificate, opensslError()));
	if (SSL_CTX_use_PrivateKey_file(context, keyFile.c_str(), SSL_FILETYPE_PEM) != 1)
		throw PluginError(fmt::format(
			"[http] private_key: {} is not the private key of {}: {}", keyFile, certificate, opensslError()));
}

std::unique_ptr<Channel> TlsContext::accept(Descriptor descriptor, const Endpoint& remote) const
{
	return std::make_unique<TlsChannel>(std::move(descriptor), remote, _context.get(), _sockets);
}

}
