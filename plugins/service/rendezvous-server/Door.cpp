#include "plugins/service/rendezvous-server/Door.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "node/protocol/identity/RegistrationProof.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous_server
{

namespace
{

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

Digest digestOf(std::string_view text)
{
	Digest result{};
	SHA256(asBytes(text).data(), text.size(), result.data());
	return result;
}

std::string queryOf(const HttpRequest& request, const std::string& name)
{
	const auto found = request.query.find(name);
	return found == request.query.end() ? "" : found->second;
}

bool hasToken(const HttpRequest& request, const std::string& token)
{
	// Both ways are tried: a cloud's own gate may already use the header for a token of its own.
	return sameSecret(bearerToken(request), token) || sameSecret(queryOf(request, "token"), token);
}

}

bool sameSecret(std::string_view given, std::string_view expected)
{
	const Digest a = digestOf(given);
	const Digest b = digestOf(expected);
	return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view bearerToken(const HttpRequest& request)
{
	std::string_view authorization = request.header("authorization");
	// RFC 7235, section 2.1: the scheme's case does not matter.
	constexpr std::string_view SCHEME = "bearer ";
	const auto sameLetter = [](char a, char b) { return a == b || a + ('a' - 'A') == b; };
	const std::string_view scheme = authorization.substr(0, SCHEME.size());
	if (!std::equal(scheme.begin(), scheme.end(), SCHEME.begin(), SCHEME.end(), sameLetter))
		return {};
	authorization.remove_prefix(SCHEME.size());
	const auto begin = authorization.find_first_not_of(' ');
	return begin == std::string_view::npos ? std::string_view{} : authorization.substr(begin);
}

HttpReply refuse(int status, const std::string& sentence)
{
	HttpReply reply;
	reply.status = status;
	reply.body = sentence + '\n';
	return reply;
}

std::optional<HttpReply> refusedOrigin(const HttpRequest& request, const std::vector<std::string>& origins)
{
	const auto origin = request.headers.find("origin");
	if (origin == request.headers.end() ||
		std::find(origins.begin(), origins.end(), origin->second) != origins.end())
		return std::nullopt;
	return refuse(403, "Pages of this origin may not connect to this rendezvous.");
}

std::variant<Visitor, HttpReply> judge(const HttpRequest& request, const DoorRules& rules)
{
	if (!rules.token.empty() && !hasToken(request, rules.token))
	{
		HttpReply reply = refuse(401, "This rendezvous wants a token: \"Authorization: Bearer TOKEN\".");
		reply.headers["WWW-Authenticate"] = "Bearer realm=\"rendezvous\"";
		return reply;
	}
	if (auto refusal = refusedOrigin(request, rules.origins))
		return std::move(*refusal);
	const auto parameter = request.parameters.find("worker_id");
	const auto id =
		parameter == request.parameters.end() ? std::nullopt : rendezvous::workerId(parameter->second);
	if (!id)
		return refuse(400, "The worker id must be a UUID of version 4 or 8.");
	std::string room = queryOf(request, "room");
	if (room.empty())
		room = rendezvous::DEFAULT_ROOM;
	if (!rendezvous::isRoom(room))
		return refuse(400, "A room is named by 1 to 64 characters of A-Z a-z 0-9 . _ -");
	return Visitor{*id, std::move(room), identity::proofHost(request.header("host")).value_or("")};
}

}
