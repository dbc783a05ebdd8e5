// Two DTLS sessions and whoever sits on the path between them: he carries, drops, doubles, bends, forges and
// waits. Nothing is delivered that was not sent, nothing twice, a session never comes back to life, and its
// promises about time hold.
//
// An input is a script: one byte an act, followed by what the act needs.

// OpenSSL 3 calls RAND_METHOD deprecated; the provider that would replace it takes ten times the code.
#define OPENSSL_API_COMPAT 0x10100000L

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <string>

#include "plugins/transport/udp-punch/dtls/Session.h"
#include "tests/fuzz/Require.h"
#include "tests/unit/udp-punch/dtls/WallClock.h"

using namespace gimlet;
using namespace gimlet::udp_punch::dtls;

namespace
{

constexpr std::size_t MTU = 500;
constexpr std::size_t MAX_ACTS = 200;
constexpr auto GIVE_UP = std::chrono::seconds{30};

/// What OpenSSL takes for chance, so that an input does the same each time (SplitMix64).
std::uint64_t chance = 0;

int fill(unsigned char* out, int count)
{
	for (int index = 0; index < count; ++index)
	{
		chance += 0x9E3779B97F4A7C15U;
		auto mixed = chance;
		mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9U;
		mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
		out[index] = static_cast<unsigned char>(mixed ^ mixed >> 31U);
	}
	return 1;
}

int always()
{
	return 1;
}

constexpr RAND_METHOD METHOD{nullptr, fill, nullptr, nullptr, fill, always};

/// Made once: keys are not what is tested here.
struct Certificates
{
	Certificates()
	{
		REQUIRE(RAND_set_rand_method(&METHOD) == 1);
		client = Certificate::make();
		server = Certificate::make();
	}

	std::shared_ptr<const Certificate> client;
	std::shared_ptr<const Certificate> server;
};

struct End : Sink
{
	End(Role role, const std::shared_ptr<const Certificate>& own,
		const std::shared_ptr<const Certificate>& other) :
		session(
			{.role = role, .certificate = own, .peerFingerprint = other->fingerprint(), .mtu = MTU}, *this)
	{
	}

	void dtlsSend(ByteView datagram) override
	{
		REQUIRE(sending || datagram.size() <= MTU);
		sent.emplace_back(datagram.begin(), datagram.end());
	}
	void dtlsReceived(ByteView data) override
	{
		REQUIRE(session.state() == State::Open);
		REQUIRE(peer->said.erase(std::string{asText(data)}) == 1);
	}

	/// Something that is said only once.
	void say()
	{
		const auto text = std::to_string(++count);
		said.insert(text);
		sending = true;
		const bool open = session.state() == State::Open;
		REQUIRE(session.send(asBytes(text)) == open);
		sending = false;
	}

	/// What holds between two acts.
	void check(TimePoint now)
	{
		const auto state = session.state();
		REQUIRE(state >= last);
		REQUIRE(last != State::Closed || state == State::Closed);
		last = state;
		REQUIRE((state == State::Failed) == !session.error().empty());
		REQUIRE((state == State::Open) == !session.cipher().empty());
		const auto deadline = session.nextDeadline();
		REQUIRE(state == State::Handshaking ? deadline <= now + GIVE_UP : deadline == NEVER);
	}

	End* peer = nullptr;
	std::deque<Buffer> sent;
	std::set<std::string> said;
	int count = 0;
	bool sending = false;
	State last = State::New;
	Session session;
};

/// Takes a script apart.
class Script
{
public:
	explicit Script(ByteView bytes) : _rest(bytes) {}

	bool empty() const
	{
		return _rest.empty();
	}
	std::uint8_t byte()
	{
		if (_rest.empty())
			return 0;
		const auto value = _rest[0];
		_rest = _rest.subspan(1);
		return value;
	}
	/// So many bytes as the next one says, or what is left.
	ByteView bytes()
	{
		const auto count = std::min<std::size_t>(byte(), _rest.size());
		const auto taken = _rest.first(count);
		_rest = _rest.subspan(count);
		return taken;
	}

private:
	ByteView _rest;
};

class Path
{
public:
	explicit Path(const Certificates& certificates) :
		_client(Role::Client, certificates.client, certificates.server),
		_server(Role::Server, certificates.server, certificates.client)
	{
		_client.peer = &_server;
		_server.peer = &_client;
		_client.session.start(_now);
	}

	void act(Script& script)
	{
		const auto what = script.byte();
		auto& from = (what & 0x80U) != 0 ? _server : _client;
		auto& to = *from.peer;
		switch (what % 10)
		{
		case 0:
			for (int round = 0; round < 10; ++round)
				carry(round % 2 == 0 ? from : to);
			break;
		case 1:
			carry(from);
			break;
		case 2:
			if (!from.sent.empty())
				from.sent.pop_front();
			break;
		case 3:
			if (!from.sent.empty())
				from.sent.push_back(from.sent.front());
			break;
		case 4:
			bend(from, script);
			break;
		case 5:
			to.session.onDatagram(script.bytes(), _now);
			break;
		case 6:
			forge(to, script);
			break;
		case 7:
			wait(std::chrono::milliseconds{50U << script.byte() % 10U});
			break;
		case 8:
			from.say();
			break;
		default:
			from.session.close();
		}
		_client.check(_now);
		_server.check(_now);
	}

private:
	void carry(End& from)
	{
		for (auto count = from.sent.size(); count > 0; --count)
		{
			const auto datagram = std::move(from.sent.front());
			from.sent.pop_front();
			from.peer->session.onDatagram(datagram, _now);
		}
	}
	static void bend(End& from, Script& script)
	{
		if (from.sent.empty())
			return;
		auto& datagram = from.sent.front();
		const std::size_t at = script.byte() << 8U | script.byte();
		datagram[at % datagram.size()] ^= script.byte();
	}
	void forge(End& to, Script& script)
	{
		Buffer record{static_cast<std::uint8_t>(20 + script.byte() % 4), 254, 253, 0, script.byte(), 0, 0, 0,
			0, 0, script.byte(), 0};
		const auto content = script.bytes();
		record.push_back(static_cast<std::uint8_t>(content.size()));
		record.insert(record.end(), content.begin(), content.end());
		to.session.onDatagram(record, _now);
	}
	void wait(Duration duration)
	{
		_clock.advance(duration);
		_now += duration;
		for (auto* end : {&_client, &_server})
			end->session.onTimer(_now);
	}

	udp_punch::dtls::test::WallClock _clock;
	TimePoint _now{std::chrono::hours{1}};
	End _client;
	End _server;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	static const Certificates certificates;
	chance = 0;
	Path path{certificates};
	Script script{{data, size}};
	for (std::size_t acts = 0; acts < MAX_ACTS && !script.empty(); ++acts)
		path.act(script);
	return 0;
}
