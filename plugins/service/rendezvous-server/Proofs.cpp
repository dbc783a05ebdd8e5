// Whose id it is: a version 8 id is its key's, so whoever bears one shows that it has the key.
#include <fmt/format.h>

#include <algorithm>

#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/websocket/CloseCode.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

namespace
{

/// "example.org:9000" without its port; brackets of an IPv6 address stay.
std::string_view withoutPort(std::string_view host)
{
	const auto colon = host.rfind(':');
	const auto bracket = host.rfind(']');
	const bool hasPort =
		colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
	return hasPort ? host.substr(0, colon) : host;
}

/// Whether a host is meant by a name, which may leave the port open.
bool isNamed(std::string_view host, std::string_view name)
{
	return name == host || name == withoutPort(host);
}

/// Whether a worker that dialled a host meant us. @param requested The Host that its request bears, without a
/// port where a proxy has cut that off ($host of nginx).
bool isOurs(std::string_view host, std::string_view requested, const std::vector<std::string>& names)
{
	if (names.empty())
		return isNamed(host, requested);
	return std::any_of(
		names.begin(), names.end(), [&](const std::string& name) { return isNamed(host, name); });
}

}

void Rendezvous::challenge(Member& member, const std::string& room, const std::string& host, TimePoint now)
{
	Unproven unproven{.host = host, .room = room, .deadline = now + PROOF_TIMEOUT, .heard = {}};
	for (std::size_t at = 0; at < unproven.nonce.size(); at += sizeof(std::uint64_t))
	{
		const std::uint64_t random = _random();
		for (std::size_t i = 0; i < sizeof random; ++i)
			unproven.nonce[at + i] = static_cast<std::uint8_t>(random >> 8 * i);
	}
	send(member, encode(Challenge{unproven.nonce}));
	_unproven.emplace(member.key, std::move(unproven));
}

void Rendezvous::hearUnproven(Member& member, Unproven& unproven, std::string_view text, TimePoint now)
{
	std::string error;
	const auto message = decodeClientMessage(text, error, {.size = _limits.maxMessage});
	if (const auto* proof = message ? std::get_if<Prove>(&*message) : nullptr)
		prove(member, *proof, now);
	else
		keep(member, unproven.heard, text, now);
}

void Rendezvous::prove(Member& member, const Prove& proof, TimePoint now)
{
	if (!_proofLimit.take(member.remote, now))
	{
		++_counters.proofsTooMany;
		return drop(member, websocket::TRY_AGAIN_LATER, "too many proofs from your address", now);
	}
	// The nonce is used up, whatever comes of it.
	auto unproven = std::move(_unproven.extract(member.key).mapped());
	if (const auto refusal = proofRefusal(member, unproven, proof, now); !refusal.empty())
	{
		++_counters.proofsRefused;
		send(member,
			encode(Error{std::string{BAD_PROOF}, fmt::format("This id is not proven: {}.", refusal)}));
		return drop(member, CLOSE_NOT_PROVEN, refusal, now);
	}
	++_counters.proven;
	takeId(member, proof.yield, std::move(unproven.heard), now);
}

/// @return "" if it holds.
std::string_view Rendezvous::proofRefusal(
	const Member& member, const Unproven& unproven, const Prove& proof, TimePoint now) const
{
	if (now >= unproven.deadline)
		return "the challenge is over";
	if (identity::workerId(proof.publicKey) != member.id)
		return "the id is not that of the key";
	if (!isOurs(proof.host, unproven.host, _limits.names))
		return WRONG_HOST;
	const auto text = identity::registrationText({.host = proof.host,
		.serverNonce = unproven.nonce,
		.clientNonce = proof.clientNonce,
		.id = member.id,
		.room = unproven.room});
	if (!identity::verify(proof.publicKey, text, proof.signature))
		return "the signature does not hold";
	return "";
}

void Rendezvous::expireProofs(TimePoint now)
{
	while (!_unproven.empty() && _unproven.begin()->second.deadline <= now)
	{
		++_counters.unproven;
		Member& member = *_directory.find(_unproven.begin()->first);
		send(member, encode(Error{std::string{BAD_PROOF},
						 "A version 8 id has to be proven: answer the challenge by prove, within 10 s."}));
		drop(member, CLOSE_NOT_PROVEN, "the id was not proven in time", now);
	}
}

}
