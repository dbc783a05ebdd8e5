#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Http.h"
#include "node/protocol/http1/RequestHead.h"
#include "node/protocol/http1/Target.h"

namespace gimlet::http
{

/// Decides who may use what is Access::Guarded: the page, its WebSocket, the metrics.
///
/// Against a page of somebody else (cross-site requests, DNS rebinding): Origin, if present, must equal Host,
/// and Host must be one of ours. Against somebody else on the network: beyond loopback, a token.
/// Pure: no socket, no clock. Nothing here logs.
class Guard
{
public:
	/// @param port Of the listener; the cookie is named by it, since cookies know no ports.
	Guard(bool onLoopback, std::uint16_t port);

	/// @throws Poco::InvalidArgumentException for a token under MIN_TOKEN_LENGTH that is not empty.
	void set(const HttpHost::Guard& settings);

	struct Verdict
	{
		enum class Kind
		{
			Allow,
			/// The token came in the address: answer 303 to location with the cookie, so that it is seen no
			/// longer.
			Redirect,
			Refuse,
		};

		Kind kind = Kind::Refuse;
		int status = 403;
		const char* reason = ""; ///< for the metric: "host", "origin", "token", "closed"
		std::string message;     ///< for people
		std::string location;
		std::string cookie; ///< the value of Set-Cookie
	};

	/// @param secure Whether the caller came over TLS, here or at a trusted proxy: the cookie is then sent
	/// over TLS only.
	Verdict judge(const http1::RequestHead& head, const http1::Target& target, bool secure) const;

	/// Compares in a time that tells nothing but the lengths.
	static bool same(std::string_view left, std::string_view right);

private:
	std::optional<Verdict> checkHost(const http1::RequestHead& head, bool& asksForToken) const;
	static std::optional<Verdict> checkOrigin(const http1::RequestHead& head);
	Verdict checkToken(const http1::RequestHead& head, const http1::Target& target, bool secure) const;

	const bool _onLoopback;
	const std::string _cookieName;
	HttpHost::Guard _settings;
	/// Derived from the token, so that the browser keeps something else than what scripts send, made of
	/// characters that a cookie can hold.
	std::string _cookieValue;
};

}
