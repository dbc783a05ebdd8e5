// How much UDP one process delivers to another on loopback, in datagrams of 1,200 bytes.
//
//     bench-udp-load plain|batched SECONDS
//
// Prints Mbit/s of payload that arrived. "plain" is one call a datagram on both sides, as a program without
// any art does it; "batched" is what udp-punch's port does: GSO and sendmmsg, GRO and recvmmsg. The sender
// does not wait for the receiver, so what is too much is lost and does not count.
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

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

}

int main(int argc, char** argv)
{
	const std::string_view mode = argc == 3 ? argv[1] : "";
	const auto seconds = argc == 3 ? parseSeconds(argv[2]) : std::nullopt;
	if ((mode != "plain" && mode != "batched") || !seconds)
	{
		std::fprintf(stderr, "usage: bench-udp-load plain|batched SECONDS\n");
		return 64;
	}
	try
	{
		std::printf("%.0f\n", measure(mode == "batched", *seconds));
		return 0;
	}
	catch (const std::exception& error)
	{
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
}
