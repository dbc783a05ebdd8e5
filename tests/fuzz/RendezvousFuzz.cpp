// What workers say to a rendezvous and it to them, and a whole rendezvous whose four workers say anything.
#include <map>

#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/rendezvous/ServerCodec.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::rendezvous_server;

namespace
{

/// A message that was understood is written in a form that is understood as the same type again.
void requireServerRoundTrip(std::string_view text)
{
	std::string error;
	const auto message = rendezvous::decodeServerMessage(text, error);
	REQUIRE(message.has_value() == error.empty());
	if (!message)
		return;
	const std::string written = std::visit(
		[&](const auto& content) -> std::string
		{
			using Content = std::decay_t<decltype(content)>;
			if constexpr (std::is_same_v<Content, rendezvous::Unknown>)
				return std::string{text};
			else if constexpr (std::is_same_v<Content, rendezvous::Signal>)
				return encodeSignalFrom(content);
			else
				return encode(content);
		},
		*message);
	const auto again = rendezvous::decodeServerMessage(written, error);
	REQUIRE(again && again->index() == message->index());
}

/// The key of RFC 6979, appendix A.2.5; its id is the one of IDS that has version 8.
const identity::KeyIdentity& someKey()
{
	static const auto key =
		identity::KeyIdentity::fromPem("-----BEGIN PRIVATE KEY-----\n"
									   "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
									   "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
									   "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
									   "-----END PRIVATE KEY-----\n");
	return *key;
}

/// A line is a digit, which says who speaks, and what is said; or "j" with a digit (joins), "l" (leaves), "p"
/// (answers a ping), "v" (proves what it was challenged to; with "y" behind the digit it yields, with "w" the
/// signature is wrong), "t" (a second passes).
class Play
{
public:
	void line(std::string_view text)
	{
		if (text.empty())
			return;
		const std::size_t who = text.size() > 1 ? static_cast<std::size_t>(text[1]) % 4 : 0;
		switch (text[0])
		{
		case 'j':
			_all.push_back(
				_keys[who] = _rendezvous.join(IDS[who % 3], roomOf(who), PLACES[who], _now, "r.test"));
			break;
		case 'l':
			_rendezvous.leave(_keys[who], _now);
			break;
		case 'v':
			prove(who, text.substr(1));
			break;
		case 'p':
			_rendezvous.onPong(_keys[who], _now);
			break;
		case 't':
			_now += std::chrono::seconds{1};
			if (_rendezvous.nextDeadline() <= _now)
				_rendezvous.onTimer(_now);
			break;
		default:
			_rendezvous.onText(_keys[static_cast<std::size_t>(text[0]) % 4], text.substr(1), _now);
		}
		collect();
	}

	void end()
	{
		for (const Key key : _all)
			_rendezvous.leave(key, _now);
		REQUIRE(_rendezvous.members() == 0 && _rendezvous.rooms() == 0);
		_relay.onTimer(_now + PLACE_GRACE);
		REQUIRE(_relay.places() == 0);
	}

private:
	static const char* roomOf(std::size_t who)
	{
		return who % 2 ? "lobby" : "den";
	}

	void prove(std::size_t who, std::string_view how)
	{
		rendezvous::Prove proof;
		const auto key = someKey().publicKey();
		proof.publicKey.assign(key.begin(), key.end());
		proof.host = "r.test";
		proof.yield = how.find('y') != std::string_view::npos;
		const auto text = identity::registrationText({.host = proof.host,
			.serverNonce = _nonces[_keys[who]],
			.clientNonce = proof.clientNonce,
			.id = someKey().id(),
			.room = roomOf(who)});
		proof.signature = someKey().sign(asBytes(text));
		const bool wrong = how.find('w') != std::string_view::npos;
		proof.signature.back() ^= wrong ? 1U : 0U;
		const auto before = _rendezvous.counters().proven;
		_rendezvous.onText(_keys[who], encode(proof), _now);
		REQUIRE(!wrong || _rendezvous.counters().proven == before);
	}

	void collect()
	{
		Action action;
		std::string error;
		while (_rendezvous.poll(action))
		{
			if (action.kind != Action::Kind::Send)
				continue;
			const auto message = rendezvous::decodeServerMessage(action.text, error);
			REQUIRE(message);
			if (const auto* challenge = std::get_if<rendezvous::Challenge>(&*message))
				_nonces[action.to] = challenge->nonce;
		}
	}

	static constexpr const char* IDS[3] = {"00000001-0000-4000-8000-000000000000",
		"00000002-0000-4000-8000-000000000000", "5a7a78cc-a4a0-8420-99bc-62bb669c3c27"};

	const Endpoint PLACES[4] = {*Endpoint::parse("203.0.113.1:1"), *Endpoint::parse("203.0.113.2:2"),
		*Endpoint::parse("127.0.0.1:3"), *Endpoint::parse("[2001:db8::1]:4")};
	std::uint64_t _random = 0;
	TimePoint _now{std::chrono::hours{1}};
	Relay _relay{{}, [this] { return ++_random; }};
	const TurnGrants _turn{
		{{"turn:t.test"}, "secret", std::chrono::seconds{60}}, [] { return std::int64_t{1'700'000'000}; }};
	Rendezvous _rendezvous{Limits{}, [this] { return ++_random; }, {&_relay, &_turn}};
	Key _keys[4] = {};
	std::vector<Key> _all;
	std::map<Key, identity::Nonce> _nonces;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	std::string_view text{reinterpret_cast<const char*>(data), size};
	requireServerRoundTrip(text);
	std::string error;
	const auto message = rendezvous::decodeClientMessage(text, error);
	REQUIRE(message.has_value() == error.empty());
	if (const auto* proof = message ? std::get_if<rendezvous::Prove>(&*message) : nullptr)
	{
		const auto again = rendezvous::decodeClientMessage(encode(*proof), error);
		REQUIRE(again && encode(std::get<rendezvous::Prove>(*again)) == encode(*proof));
		REQUIRE(identity::proofHost(proof->host) == proof->host);
	}

	Play play;
	while (!text.empty())
	{
		const auto end = std::min(text.find('\n'), text.size());
		play.line(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	play.end();
	return 0;
}
