#include "node/core/net/TlsMachine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/api/Log.h"

namespace gimlet::core
{

namespace
{

/// RFC 8446, section 5.1: a record holds at most 2^14 bytes.
constexpr std::size_t RECORD = 16 * 1024;
constexpr std::size_t MAX_SHOWN_NAMES = 5;

/// The names a certificate was made for, for a message.
std::vector<std::string> namesOf(X509* certificate)
{
	std::vector<std::string> names;
	auto* found =
		static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
	for (int index = 0; index < sk_GENERAL_NAME_num(found) && names.size() < MAX_SHOWN_NAMES; ++index)
	{
		const auto* name = sk_GENERAL_NAME_value(found, index);
		const auto* value = name->type == GEN_IPADD ? name->d.iPAddress : name->d.dNSName;
		const ByteView bytes{
			ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
		if (name->type == GEN_DNS)
			names.push_back(printable(asText(bytes), 100));
		else if (name->type == GEN_IPADD)
			names.push_back(Endpoint::fromBytes(bytes, 0).addressString());
	}
	GENERAL_NAMES_free(found);
	return names;
}

std::string reasonOf(unsigned long code)
{
	const char* text = ERR_reason_error_string(code);
	return text ? text : fmt::format("error {:x}", code);
}

}

TlsMachine::TlsMachine(const std::string& host, const std::string& caFile) :
	_host(host), _context(SSL_CTX_new(TLS_client_method()))
{
	if (!_context)
		throw std::runtime_error("TLS cannot be used: " + reasonOf(ERR_get_error()));
	SSL_CTX_set_min_proto_version(_context.get(), TLS1_2_VERSION);
	SSL_CTX_set_mode(_context.get(), SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(_context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_verify(_context.get(), SSL_VERIFY_PEER, &TlsMachine::onVerify);
	trust(caFile);
	_ssl.reset(SSL_new(_context.get()));
	_in = BIO_new(BIO_s_mem());
	_out = BIO_new(BIO_s_mem());
	if (!_ssl || !_in || !_out)
		throw std::runtime_error("TLS cannot be used: out of memory");
	SSL_set_bio(_ssl.get(), _in, _out);
	SSL_set_app_data(_ssl.get(), this);
	SSL_set_connect_state(_ssl.get());
	expectHost();
	handshake();
}

TlsMachine::~TlsMachine() = default;

void TlsMachine::trust(const std::string& caFile)
{
	ERR_clear_error();
	if (caFile.empty())
		SSL_CTX_set_default_verify_paths(_context.get());
	else if (SSL_CTX_load_verify_file(_context.get(), caFile.c_str()) != 1)
		throw std::runtime_error(fmt::format("the file of trusted authorities {} cannot be used: {}", caFile,
			reasonOf(ERR_peek_last_error())));
}

void TlsMachine::expectHost()
{
	auto* parameters = SSL_get0_param(_ssl.get());
	X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	bool good = false;
	if (Endpoint::parseAddress(_host, 0))
		good = X509_VERIFY_PARAM_set1_ip_asc(parameters, _host.c_str()) == 1;
	else
		good = SSL_set_tlsext_host_name(_ssl.get(), _host.c_str()) == 1 &&
			   X509_VERIFY_PARAM_set1_host(parameters, _host.c_str(), _host.size()) == 1;
	if (!good || _host.empty())
		throw std::runtime_error("not a host name that TLS could verify: " + printable(_host, 100));
}

int TlsMachine::onVerify(int ok, X509_STORE_CTX* store)
{
	if (ok != 1)
	{
		const auto* ssl =
			static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
		auto& self = *static_cast<TlsMachine*>(SSL_get_app_data(ssl));
		self._certificateError =
			self.certificateError(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_current_cert(store));
	}
	return ok;
}

std::string TlsMachine::certificateError(int code, X509* certificate) const
{
	switch (code)
	{
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return fmt::format("the certificate is not for {} but for: {}", _host,
			certificate ? fmt::format("{}", fmt::join(namesOf(certificate), ", ")) : "nobody");
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return fmt::format("the certificate of {} has expired (or this machine's clock is wrong)", _host);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return fmt::format(
			"the certificate of {} is not valid yet (or this machine's clock is wrong)", _host);
	case X509_V_ERR_CERT_SIGNATURE_FAILURE: // of another authority with the same name
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return fmt::format("the certificate of {} comes from no trusted authority ({}); if it is your own, "
						   "name the authority's file (ca_file)",
			_host, X509_verify_cert_error_string(code));
	default:
		return fmt::format(
			"the certificate of {} is not acceptable: {}", _host, X509_verify_cert_error_string(code));
	}
}

void TlsMachine::handshake()
{
	ERR_clear_error();
	const int result = SSL_do_handshake(_ssl.get());
	if (result == 1)
		_state = State::Open;
	else if (SSL_get_error(_ssl.get(), result) != SSL_ERROR_WANT_READ)
		fail(result);
}

TlsMachine::State TlsMachine::receive(ByteView wire, Buffer& plain)
{
	if (_state != State::Handshaking && _state != State::Open)
		return _state;
	BIO_write(_in, wire.data(), static_cast<int>(wire.size()));
	if (_state == State::Handshaking)
		handshake();
	if (_state == State::Open)
		read(plain);
	return _state;
}

void TlsMachine::read(Buffer& plain)
{
	ERR_clear_error();
	std::array<std::uint8_t, RECORD> record;
	int length = 0;
	while ((length = SSL_read(_ssl.get(), record.data(), static_cast<int>(record.size()))) > 0)
		plain.insert(plain.end(), record.begin(), record.begin() + length);
	const int error = SSL_get_error(_ssl.get(), length);
	if (error == SSL_ERROR_ZERO_RETURN)
		_state = State::Closed;
	else if (error != SSL_ERROR_WANT_READ)
		fail(length);
}

TlsMachine::State TlsMachine::end()
{
	if (_state == State::Handshaking)
		_error = fmt::format("{} closed the connection during the TLS handshake", _host);
	else if (_state == State::Open)
		_error = "the connection broke off (it ended without TLS's goodbye)";
	else
		return _state;
	_state = State::Failed;
	return _state;
}

void TlsMachine::send(ByteView plain)
{
	if (_state != State::Open || plain.empty())
		return;
	ERR_clear_error();
	// A memory BIO takes everything, so there is nothing to repeat.
	const int result = SSL_write(_ssl.get(), plain.data(), static_cast<int>(plain.size()));
	if (result <= 0)
		fail(result);
}

void TlsMachine::close()
{
	if (_state != State::Open)
		return;
	SSL_shutdown(_ssl.get());
	_state = State::Closed;
}

void TlsMachine::takeOutput(Buffer& wire)
{
	char* data = nullptr;
	const auto length = BIO_get_mem_data(_out, &data);
	if (length <= 0)
		return;
	wire.insert(wire.end(), data, data + length);
	BIO_reset(_out);
}

void TlsMachine::fail(int result)
{
	_state = State::Failed;
	const int kind = SSL_get_error(_ssl.get(), result);
	const auto code = ERR_peek_error();
	if (!_certificateError.empty())
	{
		_error = _certificateError;
		return;
	}
	switch (ERR_GET_REASON(code))
	{
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
		_error = fmt::format("{} does not speak TLS there; is it plain http:// or ws://?", _host);
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		_error = fmt::format("{} does not speak TLS 1.2 or later", _host);
		break;
	default:
		_error = fmt::format(
			"TLS with {} failed: {}", _host, code == 0 ? fmt::format("SSL error {}", kind) : reasonOf(code));
	}
	ERR_clear_error();
}

}
