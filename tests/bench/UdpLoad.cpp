// How much UDP one process delivers to another on loopback, in datagrams of 1,200 bytes.
//
//     bench-udp-load plain|batched SECONDS
//     bench-udp-load pingpong ROUNDS
//
// Prints Mbit/s of payload that arrived. "plain" is one call a datagram on both sides, as a program without
// any art does it; "batched" is what udp-punch's port does: GSO and sendmmsg, GRO and recvmmsg. The sender
// does not wait for the receiver, so what is too much is lost and does not count. "pingpong" prints the
// microseconds that a datagram of 100 bytes takes: half a round trip, the median.
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "node/api/Settings.h"
#include "node/api/Time.h"
#include "node/api/UdpSocket.h"

using namespace gimlet;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t SIZE = 1200;
constexpr int BUFFER = 4 << 20;
constexpr std::size_t SENT_AT_ONCE = 64;
constexpr std::size_t RECEIVED_AT_ONCE = 16;

/// Until the sender runs at its full speed.
constexpr auto WARM_UP = 200ms;

[[noreturn]] void fail(const char* what)
{
	throw std::system_error(errno, std::generic_category(), what);
}

bool waitFor(int descriptor, short events)
{
	pollfd entry{descriptor, events, 0};
	return poll(&entry, 1, 1000) == 1;
}

void sendPlainly(const Endpoint& to)
{
	const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sockaddr_storage address{};
	const auto length = to.toSockaddr(address);
	if (descriptor < 0 || connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length) != 0)
		fail("cannot connect");
	const std::array<std::uint8_t, SIZE> datagram{};
	for (;;)
		if (send(descriptor, datagram.data(), datagram.size(), 0) < 0)
			fail("cannot send");
}

void sendBatched(const Endpoint& to)
{
	UdpSocket socket{ListenAddress{Endpoint::any(AF_INET, 0), 0}, {.sendBuffer = BUFFER, .gso = true}};
	UdpSendBatch batch{SENT_AT_ONCE, SIZE};
	const std::array<std::uint8_t, SIZE> datagram{};
	for (;;)
	{
		while (batch.add(datagram, to))
			continue;
		if (socket.send(batch, UdpSocket::WhenFull::Keep).kept > 0)
			waitFor(socket.descriptor(), POLLOUT);
	}
}

/// @return Bytes of the next datagrams; 0 if none came in a second.
using Receive = std::function<std::size_t()>;

double megabitsPerSecond(const Receive& receive, Duration duration)
{
	const auto begun = Clock::now() + WARM_UP;
	while (Clock::now() < begun)
		if (receive() == 0)
			throw std::runtime_error{"nothing arrives"};
	std::size_t bytes = 0;
	auto now = begun;
	for (; now - begun < duration; now = Clock::now())
	{
		const auto received = receive();
		if (received == 0)
			throw std::runtime_error{"nothing arrives any more"};
		bytes += received;
	}
	return static_cast<double>(bytes) * 8 / 1e6 / std::chrono::duration<double>(now - begun).count();
}

double receivePlainly(const UdpSocket& socket, Duration duration)
{
	std::array<std::uint8_t, 2048> datagram{};
	return megabitsPerSecond(
		[&]() -> std::size_t
		{
			for (;;)
			{
				const auto length = recv(socket.descriptor(), datagram.data(), datagram.size(), 0);
				if (length > 0)
					return static_cast<std::size_t>(length);
				if (!waitFor(socket.descriptor(), POLLIN))
					return 0;
			}
		},
		duration);
}

double receiveBatched(UdpSocket& socket, Duration duration)
{
	UdpReceiveBatch batch{RECEIVED_AT_ONCE, UdpReceiveBatch::LARGEST_JOINED};
	return megabitsPerSecond(
		[&]() -> std::size_t
		{
			while (socket.receive(batch) == 0)
				if (!waitFor(socket.descriptor(), POLLIN))
					return 0;
			std::size_t bytes = 0;
			for (const auto& datagram : batch)
				bytes += datagram.bytes.size();
			return bytes;
		},
		duration);
}

double measure(bool batched, Duration duration)
{
	UdpSocket socket{
		ListenAddress{Endpoint::loopback(AF_INET, 0), 0}, {.receiveBuffer = BUFFER, .gro = batched}};
	const pid_t sender = fork();
	if (sender < 0)
		fail("cannot fork");
	if (sender == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(batched ? sendBatched : sendPlainly)(socket.local());
	}
	const auto result = batched ? receiveBatched(socket, duration) : receivePlainly(socket, duration);
	kill(sender, SIGKILL);
	waitpid(sender, nullptr, 0);
	return result;
}

constexpr std::size_t SMALL = 100;

/// Half a round trip between two connected sockets of two processes, which sleep while they wait.
double pingPong(int rounds)
{
	UdpSocket here{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}};
	UdpSocket there{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}};
	std::array<std::uint8_t, SMALL> datagram{};
	const auto exchange = [&datagram](UdpSocket& socket, const Endpoint& to, bool first)
	{
		if (first)
			socket.send(datagram, to);
		while (recv(socket.descriptor(), datagram.data(), datagram.size(), 0) < 0)
			if (!waitFor(socket.descriptor(), POLLIN))
				throw std::runtime_error{"nothing arrives"};
		if (!first)
			socket.send(datagram, to);
	};
	const pid_t other = fork();
	if (other < 0)
		fail("cannot fork");
	if (other == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			exchange(there, here.local(), false);
	}
	std::vector<double> times;
	for (int i = 0; i < rounds; ++i)
	{
		const auto start = Clock::now();
		exchange(here, there.local(), true);
		times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / 2);
	}
	kill(other, SIGKILL);
	waitpid(other, nullptr, 0);
	std::sort(times.begin(), times.end());
	return times.at(times.size() / 2);
}

}

int main(int argc, char** argv)
{
	const std::string_view mode = argc == 3 ? argv[1] : "";
	const auto seconds = argc == 3 ? parseSeconds(argv[2]) : std::nullopt;
	if ((mode != "plain" && mode != "batched" && mode != "pingpong") || !seconds)
	{
		std::fprintf(stderr, "usage: bench-udp-load plain|batched SECONDS | pingpong ROUNDS\n");
		return 64;
	}
	try
	{
		if (mode == "pingpong")
			std::printf("%.2f\n", pingPong(std::max(1, std::atoi(argv[2]))));
		else
			std::printf("%.0f\n", measure(mode == "batched", *seconds));
		return 0;
	}
	catch (const std::exception& error)
	{
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
}
