// Workers of a rendezvous, many in one process.
//
//     bench-rendezvous-load signals ADDRESS:PORT PAIRS SECONDS
//     bench-rendezvous-load idle ADDRESS:PORT MEMBERS
//
// signals: pairs of workers exchange signals of a real one's size, each with a window of them on the way, so
// the rendezvous always has something to do. Prints "begin" when all are paired, and the number of signals
// that arrived when the time is over. idle: workers join, meet and fall silent. Prints "begin" when all have
// met, and stays until its input ends.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "node/api/Time.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"

using namespace gimlet;

namespace
{

constexpr std::size_t WINDOW = 16;
constexpr std::size_t MAX_MESSAGE = 64 * 1024;

/// As long as an ICE description with its signature.
const std::string DATA = "{\"sdp\":\"" + std::string(440, 'x') + "\"}";

class Worker
{
public:
	Worker(const Endpoint& server, websocket::FramePool& pool, std::size_t number) :
		_session(pool, MAX_MESSAGE),
		_endpoint(Endpoint::loopback(AF_INET, static_cast<std::uint16_t>(1 + number % 60000)))
	{
		sockaddr_storage address{};
		const socklen_t length = server.toSockaddr(address);
		_socket = ::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (_socket < 0 || ::connect(_socket, reinterpret_cast<sockaddr*>(&address), length) != 0)
			throw std::runtime_error(fmt::format("worker {}: {}", number, std::strerror(errno)));
		const int on = 1;
		::setsockopt(_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		shakeHands(server, fmt::format("{:08x}-0000-4000-8000-000000000000", number), number / 2);
		_session.sendText(encode(rendezvous::Hello{1, {std::string{"udp-plain/1"}}, ""}));
		_session.sendText(encode(rendezvous::UpdateUdpEndpoint{_endpoint, ""}));
		write();
	}

	Worker(const Worker&) = delete;
	Worker& operator=(const Worker&) = delete;

	~Worker()
	{
		::close(_socket);
	}

	int socket() const
	{
		return _socket;
	}

	bool paired() const
	{
		return !_peer.empty();
	}

	std::size_t received() const
	{
		return _received;
	}

	/// Reads what there is. @param answer Whether each signal is answered by one.
	void read(bool answer)
	{
		std::uint8_t buffer[64 * 1024];
		const ssize_t length = ::recv(_socket, buffer, sizeof buffer, MSG_DONTWAIT);
		if (length < 0 && errno == EAGAIN)
			return;
		if (length <= 0)
			throw std::runtime_error("the rendezvous closed a connection");
		_session.receive({buffer, static_cast<std::size_t>(length)});
		while (const auto event = _session.pollEvent())
			take(*event, answer);
		write();
	}

	void begin()
	{
		for (std::size_t i = 0; i < WINDOW; ++i)
			signal();
		write();
	}

private:
	void shakeHands(const Endpoint& server, const std::string& id, std::size_t room)
	{
		const std::string key = websocket::makeKey();
		const std::string request = websocket::requestText({.host = server.toString(),
			.target = fmt::format("/ws/register/{}?room=bench-{}", id, room),
			.key = key,
			.headers = {}});
		send(asBytes(request));
		std::string received;
		while (true)
		{
			char buffer[4096];
			const ssize_t length = ::recv(_socket, buffer, sizeof buffer, 0);
			if (length <= 0)
				throw std::runtime_error("the rendezvous did not answer the handshake");
			received.append(buffer, static_cast<std::size_t>(length));
			const auto answer = websocket::parseAnswer(received, key);
			if (answer.result == websocket::Answer::Result::NeedMore)
				continue;
			if (answer.result != websocket::Answer::Result::Accepted)
				throw std::runtime_error(fmt::format("refused: {} {}", answer.status, answer.error));
			_session.receive(asBytes(std::string_view{received}.substr(answer.headLength)));
			return;
		}
	}

	void take(const websocket::Event& event, bool answer)
	{
		if (event.type == websocket::Event::Type::Closed)
			throw std::runtime_error(fmt::format("closed: {} {}", event.code, event.data));
		std::string error;
		const auto message = rendezvous::decodeServerMessage(event.data, error);
		if (!message)
			throw std::runtime_error(error);
		if (const auto* offer = std::get_if<rendezvous::Offer>(&*message))
		{
			_peer = offer->peer;
			_pairing = offer->session;
		}
		if (std::holds_alternative<rendezvous::Signal>(*message))
		{
			++_received;
			if (answer)
				signal();
		}
		if (const auto* refusal = std::get_if<rendezvous::Error>(&*message))
			throw std::runtime_error(refusal->message);
	}

	void signal()
	{
		_session.sendText(rendezvous::encodeSignalTo({_peer, _pairing, DATA}));
	}

	void write()
	{
		send(_session.output());
		_session.sent(_session.output().size());
	}

	void send(ByteView bytes)
	{
		while (!bytes.empty())
		{
			const ssize_t length = ::send(_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
			if (length < 0)
				throw std::runtime_error(std::strerror(errno));
			bytes = bytes.subspan(static_cast<std::size_t>(length));
		}
	}

	int _socket = -1;
	websocket::Session _session;
	Endpoint _endpoint;
	std::string _peer;
	std::string _pairing;
	std::size_t _received = 0;
};

class Crowd
{
public:
	Crowd(const Endpoint& server, std::size_t size) : _epoll(::epoll_create1(EPOLL_CLOEXEC))
	{
		while (_workers.size() < size)
		{
			_workers.push_back(std::make_unique<Worker>(server, _pool, _workers.size()));
			epoll_event event{.events = EPOLLIN, .data = {.ptr = _workers.back().get()}};
			::epoll_ctl(_epoll, EPOLL_CTL_ADD, _workers.back()->socket(), &event);
			turn(0, false);
		}
		while (!allPaired())
			turn(1000, false);
	}

	Crowd(const Crowd&) = delete;
	Crowd& operator=(const Crowd&) = delete;

	~Crowd()
	{
		::close(_epoll);
	}

	std::size_t exchange(std::chrono::seconds duration)
	{
		const std::size_t before = received();
		for (const auto& worker : _workers)
			worker->begin();
		const TimePoint end = Clock::now() + duration;
		while (Clock::now() < end)
			turn(100, true);
		return received() - before;
	}

private:
	void turn(int timeout, bool answer)
	{
		epoll_event events[64];
		const int count = ::epoll_wait(_epoll, events, 64, timeout);
		for (int i = 0; i < count; ++i)
			static_cast<Worker*>(events[i].data.ptr)->read(answer);
	}

	bool allPaired() const
	{
		return std::all_of(
			_workers.begin(), _workers.end(), [](const auto& worker) { return worker->paired(); });
	}

	std::size_t received() const
	{
		std::size_t result = 0;
		for (const auto& worker : _workers)
			result += worker->received();
		return result;
	}

	int _epoll;
	websocket::FramePool _pool{websocket::Role::Client};
	std::vector<std::unique_ptr<Worker>> _workers;
};

void announce(const std::string& line)
{
	std::puts(line.c_str());
	std::fflush(stdout);
}

void raiseDescriptorLimit()
{
	rlimit limit{};
	::getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const std::vector<std::string>& arguments)
{
	const auto server = arguments.size() > 3 ? Endpoint::parse(arguments[2]) : std::nullopt;
	if (!server)
	{
		std::fprintf(stderr, "usage: signals ADDRESS:PORT PAIRS SECONDS | idle ADDRESS:PORT MEMBERS\n");
		return 64;
	}
	raiseDescriptorLimit();
	const auto count = static_cast<std::size_t>(std::stoul(arguments[3]));
	if (arguments[1] == "signals")
	{
		Crowd crowd{*server, 2 * count};
		announce("begin");
		announce(std::to_string(crowd.exchange(std::chrono::seconds{std::stoul(arguments.at(4))})));
		return 0;
	}
	Crowd crowd{*server, count};
	announce("begin");
	while (std::getchar() != EOF)
		continue;
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
