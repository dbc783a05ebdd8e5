#include "plugins/transport/udp-punch/dtls/Reason.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace gimlet::udp_punch::dtls
{

namespace
{

std::string textOf(unsigned long code)
{
	const char* text = ERR_reason_error_string(code);
	return text ? text : fmt::format("OpenSSL error {:x}", code);
}

/// The peer has ended it, and says why by an alert (RFC 5246, section 7.2).
std::string alertReason(int alert)
{
	switch (alert)
	{
	case SSL_AD_BAD_CERTIFICATE:
		return "the peer refuses our DTLS certificate: its fingerprint is not that of the description that "
			   "the "
			   "peer has";
	case SSL_AD_HANDSHAKE_FAILURE:
		return "the peer has no DTLS 1.2 or no cipher suite in common with this node (ECDHE with AES-GCM or "
			   "ChaCha20)";
	case SSL_AD_PROTOCOL_VERSION:
		return "the peer does not speak DTLS 1.2";
	default:
		return fmt::format("the peer ended DTLS: {}", SSL_alert_desc_string_long(alert));
	}
}

}

void throwOpenSslError(const std::string& what)
{
	const auto code = ERR_peek_last_error();
	ERR_clear_error();
	throw std::runtime_error(fmt::format("{}: {}", what, code == 0 ? "out of memory" : textOf(code)));
}

void forgetErrors()
{
	// There are none nearly always, and clearing sixteen empty places takes longer than a look.
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

std::string takeReason()
{
	const auto code = ERR_peek_error();
	ERR_clear_error();
	if (code == 0)
		return "DTLS failed";
	const int reason = ERR_GET_REASON(code);
	if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
		return alertReason(reason - SSL_AD_REASON_OFFSET);
	switch (reason)
	{
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return "the peer showed no DTLS certificate";
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_VERSION_TOO_LOW:
		return "the peer does not speak DTLS 1.2";
	case SSL_R_NO_SHARED_CIPHER:
		return "the peer and this node have no cipher suite in common (ECDHE with AES-GCM or ChaCha20)";
	default:
		return fmt::format("DTLS failed: {}", textOf(code));
	}
}

}
