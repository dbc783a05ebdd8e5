// Workers that come to a rendezvous, are welcomed and go, one after another.
//
//     bench-registration-load proven|plain ADDRESS:PORT SECONDS
//
// proven: with ids of version 8, each proven by its key; plain: with ids of version 4. Prints "begin", and
// the number of those who were welcomed when the time is over.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "node/api/Time.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"

using namespace gimlet;

namespace
{

constexpr std::size_t KEYS = 64;
constexpr std::string_view ROOM = "bench";

/// A connection from its opening to the welcome.
class Visit
{
public:
	/// @param identity Null for an id of version 4.
	Visit(const Endpoint& server, websocket::FramePool& pool, const Identity* identity, std::size_t number) :
		_session(pool, 64 * 1024),
		_host(server.toString()),
		_identity(identity),
		_socket(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0))
	{
		sockaddr_storage address{};
		const socklen_t length = server.toSockaddr(address);
		if (_socket < 0 || ::connect(_socket, reinterpret_cast<sockaddr*>(&address), length) != 0)
			throw std::runtime_error("the rendezvous cannot be reached");
		// Whoever closes first keeps the port for a minute; without this they run out.
		const linger atOnce{.l_onoff = 1, .l_linger = 0};
		::setsockopt(_socket, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
		_id = identity ? identity->id() : fmt::format("{:08x}-0000-4000-8000-000000000000", number);
	}

	Visit(const Visit&) = delete;
	Visit& operator=(const Visit&) = delete;

	~Visit()
	{
		::close(_socket);
	}

	void run()
	{
		const auto key = websocket::makeKey();
		const auto target = fmt::format("/ws/register/{}?room={}-{}", _id, ROOM, _id);
		send(asBytes(websocket::requestText({.host = _host, .target = target, .key = key, .headers = {}})));
		std::string head;
		auto answer = websocket::parseAnswer(head, key);
		while (answer.result == websocket::Answer::Result::NeedMore)
		{
			const auto bytes = receive();
			head.append(bytes.begin(), bytes.end());
			answer = websocket::parseAnswer(head, key);
		}
		if (answer.result != websocket::Answer::Result::Accepted)
			throw std::runtime_error(fmt::format("refused: {} {}", answer.status, answer.error));
		_session.sendText(encode(rendezvous::Hello{1, {"udp-punch/1"}, ""}));
		_session.receive(asBytes(std::string_view{head}.substr(answer.headLength)));
		while (!welcomed())
			_session.receive(receive());
	}

private:
	bool welcomed()
	{
		bool result = false;
		while (const auto event = _session.pollEvent())
			result = take(*event) || result;
		send(_session.output());
		_session.sent(_session.output().size());
		return result;
	}

	bool take(const websocket::Event& event)
	{
		std::string error;
		const auto message = rendezvous::decodeServerMessage(event.data, error);
		if (!message || event.type == websocket::Event::Type::Closed)
			throw std::runtime_error(fmt::format("closed: {} {}", event.code, event.data));
		if (const auto* challenge = std::get_if<rendezvous::Challenge>(&*message))
			prove(challenge->nonce);
		return std::holds_alternative<rendezvous::Welcome>(*message);
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
			.id = _id,
			.room = fmt::format("{}-{}", ROOM, _id)});
		proof.signature = _identity->sign(asBytes(text));
		_session.sendText(encode(proof));
	}

	void send(ByteView bytes)
	{
		while (!bytes.empty())
		{
			const ssize_t length = ::send(_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
			if (length <= 0)
				throw std::runtime_error("the rendezvous closed a connection");
			bytes = bytes.subspan(static_cast<std::size_t>(length));
		}
	}

	Buffer receive()
	{
		Buffer bytes(4096);
		const ssize_t length = ::recv(_socket, bytes.data(), bytes.size(), 0);
		if (length <= 0)
			throw std::runtime_error("the rendezvous closed a connection");
		bytes.resize(static_cast<std::size_t>(length));
		return bytes;
	}

	websocket::Session _session;
	std::string _host;
	const Identity* _identity;
	int _socket;
	PeerId _id;
};

int run(const std::vector<std::string>& arguments)
{
	const auto server = arguments.size() == 4 ? Endpoint::parse(arguments[2]) : std::nullopt;
	if (!server)
	{
		std::fprintf(stderr, "usage: proven|plain ADDRESS:PORT SECONDS\n");
		return 64;
	}
	std::vector<std::unique_ptr<const identity::KeyIdentity>> keys;
	while (arguments[1] == "proven" && keys.size() < KEYS)
		keys.push_back(identity::KeyIdentity::generate());
	websocket::FramePool pool{websocket::Role::Client};
	std::puts("begin");
	std::fflush(stdout);
	std::size_t count = 0;
	for (const auto end = Clock::now() + std::chrono::seconds{std::stoul(arguments[3])}; Clock::now() < end;
		 ++count)
		Visit{*server, pool, keys.empty() ? nullptr : keys[count % KEYS].get(), count}.run();
	std::printf("%zu\n", count);
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
