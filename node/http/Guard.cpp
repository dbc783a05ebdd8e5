#include "node/http/Guard.h"

#include <Poco/Exception.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "node/http/HostOptions.h"
#include "node/protocol/http1/HeaderValues.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

namespace
{

bool isLoopbackName(const std::string& host)
{
	if (host == "localhost")
		return true;
	const auto literal = Endpoint::parseAddress(host, 0);
	return literal && literal->isLoopback();
}

/// Whether somebody has passed the request on: a loopback name in Host is then the proxy's doing (nginx
/// writes the upstream's there), and says nothing about who asks. RFC 7239; RFC 9110, section 7.6.3; and what
/// proxies write beside these.
bool cameThroughProxy(const http1::RequestHead& head)
{
	return std::any_of(head.headers.begin(), head.headers.end(),
		[](const auto& header)
		{
			const auto& name = header.first;
			return name == "forwarded" || name == "via" || name == "x-real-ip" ||
				   name.starts_with("x-forwarded-");
		});
}

std::string derived(const std::string& token, const std::string& purpose)
{
	std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
	unsigned length = 0;
	HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()),
		reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), digest.data(), &length);
	std::string text;
	for (const auto byte : ByteView{digest}.first(length))
		text += fmt::format("{:02x}", byte);
	return text;
}

Guard::Verdict refusal(int status, const char* reason, std::string message)
{
	Guard::Verdict verdict;
	verdict.status = status;
	verdict.reason = reason;
	verdict.message = std::move(message);
	return verdict;
}

}

Guard::Guard(bool onLoopback, std::uint16_t port) :
	_onLoopback(onLoopback), _cookieName("gimlet_" + std::to_string(port))
{
}

void Guard::set(const HttpHost::Guard& settings)
{
	if (!settings.token.empty() && settings.token.size() < MIN_TOKEN_LENGTH)
		throw Poco::InvalidArgumentException(
			fmt::format("a token needs at least {} characters to be safe", MIN_TOKEN_LENGTH));
	_settings = settings;
	for (auto& host : _settings.hosts)
		host = http1::lowered(host);
	_cookieValue = settings.token.empty() ? "" : derived(settings.token, _cookieName);
}

bool Guard::same(std::string_view left, std::string_view right)
{
	return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

Guard::Verdict Guard::judge(const http1::RequestHead& head, const http1::Target& target, bool secure) const
{
	bool asksForToken = false;
	if (auto verdict = checkHost(head, asksForToken))
		return *verdict;
	if (auto verdict = checkOrigin(head))
		return *verdict;
	if (asksForToken)
		return checkToken(head, target, secure);
	Verdict allowed;
	allowed.kind = Verdict::Kind::Allow;
	return allowed;
}

std::optional<Guard::Verdict> Guard::checkHost(const http1::RequestHead& head, bool& asksForToken) const
{
	const auto authority = http1::parseAuthority(head.header("host"), 0);
	const auto host = authority ? authority->host : std::string{};
	const auto& hosts = _settings.hosts;
	const bool listed = std::find(hosts.begin(), hosts.end(), host) != hosts.end();
	if (_onLoopback && isLoopbackName(host))
	{
		asksForToken = cameThroughProxy(head);
		return std::nullopt;
	}
	// A listed name on a loopback listener is a reverse proxy's: everybody may be behind it.
	asksForToken = true;
	if (_onLoopback ? listed : (listed || hosts.empty()))
		return std::nullopt;
	return refusal(403, "host",
		fmt::format("\"{}\" is not a name of this page. {}", host,
			_onLoopback ? "Open it as http://localhost, or list the name in [web] hosts."
						: "List the name in [web] hosts to allow it."));
}

std::optional<Guard::Verdict> Guard::checkOrigin(const http1::RequestHead& head)
{
	if (!head.headers.contains("origin"))
		return std::nullopt;
	if (const auto origin = http1::parseOrigin(head.header("origin")))
	{
		const std::uint16_t defaultPort = origin->scheme == "https" ? 443 : 80;
		if (http1::parseAuthority(head.header("host"), defaultPort) == origin->authority)
			return std::nullopt;
	}
	return refusal(403, "origin", "This request comes from a page of another origin.");
}

Guard::Verdict Guard::checkToken(
	const http1::RequestHead& head, const http1::Target& target, bool secure) const
{
	if (_settings.token.empty())
		return refusal(403, "closed",
			"This page is closed: it can be reached from other machines, or through a proxy, and has no "
			"token. "
			"Set [web] token.");
	const auto query = target.query.find("token");
	const bool inQuery = query != target.query.end() && same(query->second, _settings.token);
	const bool upgrade = head.headers.contains("upgrade");
	Verdict verdict;
	if (inQuery && !upgrade)
	{
		verdict.kind = Verdict::Kind::Redirect;
		verdict.status = 303;
		const auto rest = http1::queryWithout(target.rawQuery, "token");
		verdict.location = target.rawPath + (rest.empty() ? "" : "?" + rest);
		verdict.cookie = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", _cookieName, _cookieValue,
			secure ? "; Secure" : "");
		return verdict;
	}
	if (inQuery || same(http1::bearerToken(head.header("authorization")), _settings.token) ||
		same(http1::cookie(head.header("cookie"), _cookieName), _cookieValue))
	{
		verdict.kind = Verdict::Kind::Allow;
		return verdict;
	}
	return refusal(401, "token",
		"This page asks for its token. Open the address that the node printed when it started (it ends in "
		"?token=...), or send the token as \"Authorization: Bearer TOKEN\". If you have just come from a "
		"link on "
		"another site, reload this page.");
}

}
