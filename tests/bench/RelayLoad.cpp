// Members of a rendezvous that send datagrams through its relay.
//
//     bench-relay-load ADDRESS:PORT PAIRS SECONDS BYTES
//
// In each pair one member sends datagrams of 1,200 bytes to the other, so many bytes of them a second, or as
// fast as TCP takes them if BYTES is 0. Prints "begin" when all are connected, and how many datagrams arrived
// when the time is over. It costs little itself: frames are made once (their mask is zero), and what arrives
// is counted and never copied.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "node/api/Descriptor.h"
#include "node/api/Time.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/relay/Frame.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"

using namespace gimlet;

namespace
{

constexpr std::size_t DATAGRAM = 1200;
constexpr std::size_t PAYLOAD = relay::KEY_SIZE + DATAGRAM;
/// RFC 6455, section 5.2: two bytes, two of length; the client's mask on top.
constexpr std::size_t RECEIVED_FRAME = 4 + PAYLOAD;
constexpr std::size_t SENT_FRAME = RECEIVED_FRAME + 4;
constexpr std::size_t FRAMES_AT_ONCE = 48;

/// A WebSocket that has been accepted.
Descriptor connectTo(const Endpoint& server, const std::string& target, std::string& rest)
{
	sockaddr_storage address{};
	const socklen_t length = server.toSockaddr(address);
	Descriptor result{::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (result.value() < 0 || ::connect(result.value(), reinterpret_cast<sockaddr*>(&address), length) != 0)
		throw std::runtime_error(std::strerror(errno));
	const int on = 1;
	::setsockopt(result.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	const auto key = websocket::makeKey();
	const auto request =
		websocket::requestText({.host = server.toString(), .target = target, .key = key, .headers = {}});
	if (::send(result.value(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
		throw std::runtime_error(std::strerror(errno));
	auto answer = websocket::parseAnswer(rest, key);
	while (answer.result == websocket::Answer::Result::NeedMore)
	{
		char buffer[4096];
		const ssize_t received = ::recv(result.value(), buffer, sizeof buffer, 0);
		if (received <= 0)
			throw std::runtime_error("the rendezvous did not answer the handshake");
		rest.append(buffer, static_cast<std::size_t>(received));
		answer = websocket::parseAnswer(rest, key);
	}
	if (answer.result != websocket::Answer::Result::Accepted)
		throw std::runtime_error(fmt::format("refused: {} {}", answer.status, answer.error));
	rest.erase(0, answer.headLength);
	return result;
}

/// Somebody who is registered with a proven id, and connected to the relay.
class Member
{
public:
	Member(const Endpoint& server, websocket::FramePool& pool, std::string room) :
		_session(pool, 64 * 1024), _host(server.toString()), _room(std::move(room))
	{
		std::string rest;
		_signaling = connectTo(server, fmt::format("/ws/register/{}?room={}", _identity->id(), _room), rest);
		_session.sendText(encode(rendezvous::Hello{1, {"udp-punch/1"}, ""}));
		_session.receive(asBytes(rest));
		while (!welcomed())
		{
			std::uint8_t buffer[4096];
			const ssize_t length = ::recv(_signaling.value(), buffer, sizeof buffer, 0);
			if (length <= 0)
				throw std::runtime_error("the rendezvous closed a connection");
			_session.receive({buffer, static_cast<std::size_t>(length)});
		}
		rest.clear();
		_relay = connectTo(server, _place.path, rest);
		::fcntl(_relay.value(), F_SETFL, O_NONBLOCK);
	}

	relay::Key key() const
	{
		return relay::keyOf(_place.address).value();
	}

	int socket() const
	{
		return _relay.value();
	}

private:
	bool welcomed()
	{
		bool result = false;
		while (const auto event = _session.pollEvent())
		{
			std::string error;
			const auto message = rendezvous::decodeServerMessage(event->data, error);
			if (!message || event->type == websocket::Event::Type::Closed)
				throw std::runtime_error(fmt::format("closed: {} {}", event->code, event->data));
			if (const auto* challenge = std::get_if<rendezvous::Challenge>(&*message))
				prove(challenge->nonce);
			if (const auto* welcome = std::get_if<rendezvous::Welcome>(&*message))
			{
				_place = welcome->relay.value();
				result = true;
			}
		}
		const auto output = _session.output();
		if (::send(_signaling.value(), output.data(), output.size(), MSG_NOSIGNAL) < 0)
			throw std::runtime_error(std::strerror(errno));
		_session.sent(output.size());
		return result;
	}

	void prove(const identity::Nonce& nonce)
	{
		rendezvous::Prove proof;
		const auto key = _identity->publicKey();
		proof.publicKey.assign(key.begin(), key.end());
		proof.host = _host;
		const auto text = identity::registrationText({.host = _host,
			.serverNonce = nonce,
			.clientNonce = proof.clientNonce,
			.id = _identity->id(),
			.room = _room});
		proof.signature = _identity->sign(asBytes(text));
		_session.sendText(encode(proof));
	}

	std::unique_ptr<const identity::KeyIdentity> _identity = identity::KeyIdentity::generate();
	websocket::Session _session;
	std::string _host;
	std::string _room;
	rendezvous::RelayPlace _place;
	Descriptor _signaling;
	Descriptor _relay;
};

class Pair
{
public:
	Pair(const Endpoint& server, websocket::FramePool& pool, const std::string& room) :
		_from(server, pool, room), _to(server, pool, room)
	{
		Buffer frame{0x82, 0x80 | 126, PAYLOAD >> 8U, PAYLOAD & 0xffU, 0, 0, 0, 0};
		frame.resize(SENT_FRAME, 0xa5);
		relay::writeKey(frame.data() + 8, _to.key());
		frame[8 + relay::KEY_SIZE] = 23;
		for (std::size_t i = 0; i < FRAMES_AT_ONCE; ++i)
			_frames.insert(_frames.end(), frame.begin(), frame.end());
	}

	int sender() const
	{
		return _from.socket();
	}

	int receiver() const
	{
		return _to.socket();
	}

	/// Sends what TCP takes, and no more than a number of bytes. @return What it took.
	std::size_t send(std::size_t most)
	{
		std::size_t total = 0;
		while (total < most)
		{
			const std::size_t size = std::min(_frames.size() - _at, most - total);
			const ssize_t sent = ::send(_from.socket(), _frames.data() + _at, size, MSG_NOSIGNAL);
			if (sent < 0 && errno == EAGAIN)
				break;
			if (sent < 0)
				throw std::runtime_error("the relay closed a connection");
			total += static_cast<std::size_t>(sent);
			_at = (_at + static_cast<std::size_t>(sent)) % _frames.size();
		}
		return total;
	}

	void receive()
	{
		const ssize_t length = ::recv(_to.socket(), nullptr, 1U << 20U, MSG_TRUNC);
		if (length == 0)
			throw std::runtime_error("the relay closed a connection");
		_received += static_cast<std::size_t>(std::max<ssize_t>(length, 0));
	}

	std::size_t datagrams() const
	{
		return _received / RECEIVED_FRAME;
	}

	double allowed = 0; ///< bytes that it may send now

private:
	Member _from;
	Member _to;
	Buffer _frames;
	std::size_t _at = 0;
	std::size_t _received = 0;
};

class Crowd
{
public:
	Crowd(const Endpoint& server, std::size_t pairs, double bytesASecond) :
		_epoll(::epoll_create1(EPOLL_CLOEXEC)), _bytesASecond(bytesASecond)
	{
		websocket::FramePool pool{websocket::Role::Client};
		for (std::size_t i = 0; i < pairs; ++i)
		{
			const auto room = fmt::format("bench-{}-{}", ::getpid(), i);
			auto& pair = *_pairs.emplace_back(std::make_unique<Pair>(server, pool, room));
			watch(pair.receiver(), EPOLLIN, i);
			if (_bytesASecond == 0)
				watch(pair.sender(), EPOLLOUT, i);
		}
	}

	std::size_t run(std::chrono::seconds duration)
	{
		const TimePoint end = Clock::now() + duration;
		TimePoint last = Clock::now();
		while (last < end)
		{
			turn();
			const TimePoint now = Clock::now();
			if (_bytesASecond > 0)
				pace(std::chrono::duration<double>(now - last).count());
			last = now;
		}
		std::size_t result = 0;
		for (const auto& pair : _pairs)
			result += pair->datagrams();
		return result;
	}

private:
	void watch(int socket, std::uint32_t events, std::size_t pair)
	{
		epoll_event event{.events = events, .data = {.u64 = pair}};
		::epoll_ctl(_epoll.value(), EPOLL_CTL_ADD, socket, &event);
	}

	void turn()
	{
		epoll_event events[64];
		const int count = ::epoll_wait(_epoll.value(), events, 64, 1);
		for (int i = 0; i < count; ++i)
		{
			Pair& pair = *_pairs[events[i].data.u64];
			if (events[i].events & EPOLLOUT)
				pair.send(SENT_FRAME * FRAMES_AT_ONCE);
			else
				pair.receive();
		}
	}

	void pace(double seconds)
	{
		for (const auto& pair : _pairs)
		{
			// What could not be sent in a tenth of a second is not sent later.
			pair->allowed = std::min(pair->allowed + _bytesASecond * seconds, _bytesASecond / 10);
			pair->allowed -= static_cast<double>(pair->send(static_cast<std::size_t>(pair->allowed)));
		}
	}

	Descriptor _epoll;
	double _bytesASecond;
	std::vector<std::unique_ptr<Pair>> _pairs;
};

int run(const std::vector<std::string>& arguments)
{
	const auto server = arguments.size() == 5 ? Endpoint::parse(arguments[1]) : std::nullopt;
	if (!server)
	{
		std::fprintf(stderr, "usage: ADDRESS:PORT PAIRS SECONDS BYTES\n");
		return 64;
	}
	Crowd crowd{*server, std::stoul(arguments[2]), std::stod(arguments[4])};
	std::puts("begin");
	std::fflush(stdout);
	std::printf("%zu\n", crowd.run(std::chrono::seconds{std::stoul(arguments[3])}));
	return 0;
}

}

int main(int argc, char** argv)
{
	try
	{
		return run({argv, argv + argc});
	}
	catch (const std::exception& error)
	{
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
}
