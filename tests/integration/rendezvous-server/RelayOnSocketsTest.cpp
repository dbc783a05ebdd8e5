// The relay with real WebSockets.
#include <sys/socket.h>

#include "node/protocol/relay/Frame.h"
#include "tests/integration/rendezvous-server/RendezvousOnSockets.h"

using namespace gimlet;
using namespace gimlet::rendezvous_server::test;
using namespace std::chrono_literals;

namespace
{

Buffer dtls(std::size_t size)
{
	Buffer result(size, 0xa5);
	result.front() = 23;
	return result;
}

class RelayOnSocketsTest : public RendezvousOnSocketsTest
{
protected:
	/// Somebody with a proven id, and a place.
	struct Member
	{
		std::unique_ptr<const identity::KeyIdentity> identity = identity::KeyIdentity::generate();
		std::unique_ptr<RawWebSocket> signaling;
		std::unique_ptr<RawWebSocket> relay;
		Welcome welcome{};
		RelayPlace place{};

		relay::Key key() const
		{
			return relay::keyOf(place.address).value();
		}

		void send(const Member& to, ByteView datagram) const
		{
			std::array<std::uint8_t, relay::MAX_FRAME> room{};
			relay->sendBinary(relay::writeFrame(room, {.other = to.key(), .datagram = datagram}));
		}

		/// The next datagram, which must be of that member.
		Buffer receive(const Member& from) const
		{
			const auto event = relay->next();
			EXPECT_EQ(event.type, websocket::Event::Type::Binary) << event.code;
			const auto frame = relay::parseFrame(asBytes(event.data));
			if (!frame)
				return {};
			EXPECT_EQ(from.key(), frame->other);
			return {frame->datagram.begin(), frame->datagram.end()};
		}
	};

	void welcome(Member& member)
	{
		const std::string room = "lobby";
		const std::string host = server.toString();
		member.signaling = std::make_unique<RawWebSocket>(server, "/ws/register/" + member.identity->id());
		EXPECT_TRUE(member.signaling->accepted());
		Prove proof;
		const auto key = member.identity->publicKey();
		proof.publicKey.assign(key.begin(), key.end());
		proof.host = host;
		proof.signature = member.identity->sign(asBytes(identity::registrationText({.host = host,
			.serverNonce = next<Challenge>(*member.signaling).nonce,
			.clientNonce = proof.clientNonce,
			.id = member.identity->id(),
			.room = room})));
		member.signaling->sendText(encode(proof));
		member.signaling->sendText(encode(Hello{1, {"udp-punch/1"}, ""}));
		member.welcome = next<Welcome>(*member.signaling);
	}

	void join(Member& member)
	{
		welcome(member);
		ASSERT_TRUE(member.welcome.relay);
		member.place = *member.welcome.relay;
	}

	void connect(Member& member, const RawClient::Options& clientOptions = {})
	{
		member.relay = std::make_unique<RawWebSocket>(server, member.place.path, "", clientOptions);
		ASSERT_TRUE(member.relay->accepted());
	}

	Member member()
	{
		Member result;
		join(result);
		connect(result);
		return result;
	}

	/// Waits until the relay has counted so much.
	void waitForMetric(
		const std::string& name, double atLeast, const std::map<std::string, std::string>& labels = {})
	{
		waitFor(
			[&] { return _context->metric("gimlet_rendezvous_server_relay_" + name, labels) >= atLeast; });
	}
};

/// Sends frames to somebody as fast as TCP takes them.
class Flood
{
public:
	Flood(RawWebSocket& socket, relay::Key to, std::size_t size = 1200) :
		_descriptor(socket.client().descriptor())
	{
		websocket::FramePool pool{websocket::Role::Client};
		std::array<std::uint8_t, relay::MAX_FRAME> room{};
		const Buffer datagram = dtls(size);
		for (std::size_t i = 0; i < FRAMES; ++i)
			pool.write(_frames, websocket::Opcode::Binary,
				relay::writeFrame(room, {.other = to, .datagram = datagram}));
	}

	/// @return How many bytes were taken, now.
	std::size_t push()
	{
		std::size_t total = 0;
		while (total < MOST)
		{
			const auto sent =
				::send(_descriptor, _frames.data() + _at, _frames.size() - _at, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (sent <= 0)
				break;
			total += static_cast<std::size_t>(sent);
			_at = (_at + static_cast<std::size_t>(sent)) % _frames.size();
		}
		return total;
	}

	/// Sends the rest of a frame that was begun, so that other frames may follow.
	void finishFrame(RawWebSocket& socket)
	{
		const std::size_t size = _frames.size() / FRAMES;
		const std::size_t rest = (size - _at % size) % size;
		socket.sendRaw(ByteView{_frames}.subspan(_at, rest));
		_at = (_at + rest) % _frames.size();
	}

private:
	static constexpr std::size_t FRAMES = 50;
	static constexpr std::size_t MOST = 1024 * 1024;

	int _descriptor;
	Buffer _frames;
	std::size_t _at = 0;
};

}

TEST_F(RelayOnSocketsTest, CarriesDatagramsBetweenMembers)
{
	serve();
	const auto one = member();
	const auto two = member();
	EXPECT_EQ(one.place.address, relay::addressOf(relay::keyOf("lobby", one.identity->id())));
	one.send(two, dtls(1500));
	EXPECT_EQ(two.receive(one), dtls(1500));
	two.send(one, dtls(1));
	EXPECT_EQ(one.receive(two), dtls(1));
	EXPECT_EQ(RawWebSocket(server, "/ws/relay/0123456789abcdef0123456789abcdef").refusal().status, 404);
	EXPECT_EQ(RawWebSocket(server, one.place.path, "Origin: https://page.test\r\n").refusal().status, 403);
	EXPECT_TRUE(
		RawWebSocket(server, "/ws/relay", "Authorization: Bearer " + one.place.ticket + "\r\n").accepted());
	EXPECT_EQ(RawWebSocket(server, "/ws/relay").refusal().status, 404);
}

TEST_F(RelayOnSocketsTest, MayBeOff)
{
	serve({{"relay", "off"}});
	EXPECT_EQ(RawWebSocket(server, "/ws/relay/0123456789abcdef0123456789abcdef").refusal().status, 404);
	Member one;
	welcome(one);
	EXPECT_FALSE(one.welcome.relay);
}

TEST_F(RelayOnSocketsTest, ALostSignalingConnectionBreaksNoPath)
{
	serve();
	auto one = member();
	const auto two = member();
	const auto before = one.place;
	one.signaling->client().reset();
	waitFor([this] { return _context->metric("gimlet_rendezvous_server_members") == 1; });
	two.send(one, dtls(100));
	EXPECT_EQ(one.receive(two), dtls(100));
	join(one);
	EXPECT_EQ(one.place.address, before.address);
	EXPECT_NE(one.place.path, before.path);
	one.send(two, dtls(200));
	EXPECT_EQ(two.receive(one), dtls(200));
	EXPECT_EQ(RawWebSocket(server, before.path).refusal().status, 404);

	const auto older = std::move(one.relay);
	connect(one);
	EXPECT_EQ(older->nextClose(), CLOSE_ID_IN_USE);
	two.send(one, dtls(300));
	EXPECT_EQ(one.receive(two), dtls(300));
}

TEST_F(RelayOnSocketsTest, ClosesWhoeverSendsNoFrames)
{
	serve();
	auto one = member();
	one.relay->sendBinary(asBytes("12345678"));
	EXPECT_EQ(one.relay->nextClose(), 1002);
	connect(one);
	one.relay->sendText("{}");
	EXPECT_EQ(one.relay->nextClose(), 1002);
	connect(one);
	one.relay->sendBinary(Buffer(relay::MAX_FRAME + 1, 20));
	EXPECT_EQ(one.relay->nextClose(), 1002);
	connect(one);
	one.relay->sendBinary(Buffer(100'000, 20));
	EXPECT_EQ(one.relay->nextClose(), 1009);
	waitForMetric("malformed_total", 4);
}

TEST_F(RelayOnSocketsTest, AReaderWhoDoesNotReadLosesDatagramsAndHoldsNoMemory)
{
	serve({{"relay_rate", "0"}});
	const auto one = member();
	Member two;
	join(two);
	connect(two, {.receiveBuffer = 4096});
	Flood flood{*one.relay, two.key()};
	std::size_t sent = 0;
	const auto deadline = Clock::now() + 20s;
	while (sent < 20'000'000 && Clock::now() < deadline)
		sent += flood.push();
	waitForMetric("dropped_total", 5000, {{"reason", "queue"}});
	flood.finishFrame(*one.relay);
	one.relay->ping();
	EXPECT_EQ(one.relay->next().type, websocket::Event::Type::Pong) << "and the sender is well";
	EXPECT_EQ(onLoop([this] { return _context->metric("gimlet_rendezvous_server_relay_connections"); }), 2);
}

TEST_F(RelayOnSocketsTest, APairAtFullSpeedCostsAnHonestPairNothing)
{
	serve({{"relay_rate", "500k"}});
	const auto one = member();
	const auto two = member();
	auto attacker = member();
	const auto accomplice = member();
	Flood flood{*attacker.relay, accomplice.key()};
	// Both times together they stay within half a second's worth, however fast it goes.
	constexpr int ROUNDS = 400;
	constexpr std::size_t SIZE = 200;
	const auto exchange = [&](bool attacked)
	{
		const auto start = Clock::now();
		for (int i = 0; i < ROUNDS; ++i)
		{
			if (attacked)
				flood.push();
			one.send(two, dtls(SIZE));
			EXPECT_EQ(two.receive(one).size(), SIZE) << "none is lost";
		}
		return std::chrono::duration<double>(Clock::now() - start).count();
	};
	const auto alone = exchange(false);
	const auto attacked = exchange(true);
	std::printf("%d datagrams in turn: %.3f s alone, %.3f s under attack\n", ROUNDS, alone, attacked);
	// The rest of the flood waits in the kernels, and its sender is held back. What was read of it is its
	// rate and what is forgiven, with room for a slow machine.
	waitForMetric("paused_total", 1);
	const double dropped = onLoop(
		[this] {
			return _context->metric("gimlet_rendezvous_server_relay_dropped_total", {{"reason", "rate"}});
		});
	EXPECT_LE(dropped * 1200, 4 * (512'000 * (attacked + 1) + 256 * 1024));
}

TEST_F(RelayOnSocketsTest, EndsWithTheServer)
{
	serve();
	const auto one = member();
	stop();
	EXPECT_EQ(one.relay->nextClose(), 1001);
	EXPECT_EQ(RawWebSocket(server, one.place.path).refusal().status, 404);
}
