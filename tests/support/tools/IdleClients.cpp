// idle-clients ADDRESS PATH COUNT
//
// Opens that many WebSockets and holds them: the other side of the tests and benchmarks that ask how many a
// server can hold, in a process of its own since a process may hold only so many descriptors.
//
// Prints "open COUNT" when all are open. A line "talk" on stdin makes each send a text and wait for its echo,
// and prints "talked COUNT"; the end of stdin ends it. Whatever fails is told on stderr, with exit code 1.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Endpoint.h"

namespace
{

using gimlet::Endpoint;

constexpr std::size_t BATCH = 500; // below the usual backlog of a listening socket
constexpr int PATIENCE_SECONDS = 30;

// "hi", masked with zeros, and its echo (RFC 6455, section 5.2).
constexpr std::string_view QUESTION{"\x81\x82\0\0\0\0hi", 8};
constexpr std::string_view ECHO_OF_IT{"\x81\x02hi", 4};

[[noreturn]] void fail(const std::string& what)
{
	throw std::runtime_error(what + ": " + std::strerror(errno));
}

int connectTo(const Endpoint& server)
{
	const int descriptor = ::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		fail("socket");
	const timeval patience{PATIENCE_SECONDS, 0};
	::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	sockaddr_storage address{};
	const auto length = server.toSockaddr(address);
	if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length) != 0)
		fail("connect");
	return descriptor;
}

void send(int descriptor, std::string_view text)
{
	if (::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
		fail("send");
}

/// Reads until the text ends as expected.
void expect(int descriptor, std::string_view end)
{
	std::string received;
	std::array<char, 1024> buffer{};
	while (!received.ends_with(end))
	{
		const auto length = ::recv(descriptor, buffer.data(), buffer.size(), 0);
		if (length <= 0)
			fail("the server hung up or is silent, after \"" + received + "\"");
		received.append(buffer.data(), static_cast<std::size_t>(length));
		if (received.size() > 4 && !received.starts_with(end.front()) &&
			!received.starts_with("HTTP/1.1 101 "))
			throw std::runtime_error("unexpected: " + received.substr(0, received.find('\r')));
	}
}

std::vector<int> openAll(const Endpoint& server, const std::string& path, std::size_t count)
{
	const auto request = "GET " + path + " HTTP/1.1\r\nHost: " + server.toString() +
						 "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
						 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	std::vector<int> descriptors;
	while (descriptors.size() < count)
	{
		const auto first = descriptors.size();
		for (std::size_t i = 0; i < BATCH && descriptors.size() < count; ++i)
		{
			descriptors.push_back(connectTo(server));
			send(descriptors.back(), request);
		}
		for (auto i = first; i < descriptors.size(); ++i)
			expect(descriptors[i], "\r\n\r\n");
	}
	return descriptors;
}

void run(const std::string& address, const std::string& path, const std::string& countText)
{
	const auto server = Endpoint::parse(address);
	std::size_t count = 0;
	std::from_chars(countText.data(), countText.data() + countText.size(), count);
	if (!server || count == 0)
		throw std::runtime_error("usage: idle-clients ADDRESS PATH COUNT");
	rlimit limit{};
	::getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	::setrlimit(RLIMIT_NOFILE, &limit);

	const auto descriptors = openAll(*server, path, count);
	std::cout << "open " << descriptors.size() << std::endl;
	for (std::string line; std::getline(std::cin, line);)
	{
		if (line != "talk")
			continue;
		for (const int descriptor : descriptors)
			send(descriptor, QUESTION);
		for (const int descriptor : descriptors)
			expect(descriptor, ECHO_OF_IT);
		std::cout << "talked " << descriptors.size() << std::endl;
	}
}

}

int main(int argc, char** argv)
{
	try
	{
		if (argc != 4)
			throw std::runtime_error("usage: idle-clients ADDRESS PATH COUNT");
		run(argv[1], argv[2], argv[3]);
		return 0;
	}
	catch (const std::exception& error)
	{
		std::cerr << "idle-clients: " << error.what() << std::endl;
		return 1;
	}
}
