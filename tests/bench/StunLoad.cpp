// Asks a STUN server as fast as it answers.
//
//     bench-stun-load ADDRESS:PORT SECONDS
//
// Prints the answers a second. Each of several sockets keeps a window of questions open and sends as many new
// ones as answers came, so the server always has something to do and nothing is thrown at it in vain. Only
// well-formed answers to the right question count.
#include <poll.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <vector>

#include "node/api/Time.h"
#include "node/api/UdpSocket.h"
#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"

using namespace gimlet;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t SOCKETS = 8;
constexpr std::size_t WINDOW = 64;
constexpr int LOST_AFTER_MS = 20;

class Client
{
public:
	explicit Client(const Endpoint& server) :
		_socket(ListenAddress{Endpoint::any(server.family(), 0), 0},
			{.receiveBuffer = 1 << 20, .sendBuffer = 1 << 20}),
		_server(server)
	{
		std::array<std::uint8_t, stun::HEADER_SIZE> buffer{};
		const auto bytes =
			stun::MessageBuilder(buffer, stun::MessageClass::Request, stun::method::BINDING, ID).finish();
		_request.assign(bytes.begin(), bytes.end());
	}

	const UdpSocket& socket() const
	{
		return _socket;
	}

	void ask(std::size_t count)
	{
		for (std::size_t i = 0; i < count; ++i)
			_questions.add(_request, _server);
		_socket.send(_questions);
	}

	/// @return How many answers came; as many questions are asked anew.
	std::size_t exchange()
	{
		std::size_t answers = 0;
		_socket.receive(_answers);
		for (std::size_t i = 0; i < _answers.size(); ++i)
		{
			const auto answer = stun::MessageView::parse(_answers[i].bytes);
			if (answer && answer->hasTransactionId(ID) && answer->xorAddress())
				++answers;
		}
		ask(answers);
		return answers;
	}

private:
	static constexpr stun::TransactionId ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

	UdpSocket _socket;
	Endpoint _server;
	Buffer _request;
	UdpSendBatch _questions{WINDOW, stun::HEADER_SIZE};
	UdpReceiveBatch _answers{WINDOW, 200};
};

double measure(const Endpoint& server, Duration duration)
{
	std::deque<Client> clients;
	std::vector<pollfd> polled;
	for (std::size_t i = 0; i < SOCKETS; ++i)
	{
		clients.emplace_back(server);
		polled.push_back({clients.back().socket().descriptor(), POLLIN, 0});
		clients.back().ask(WINDOW);
	}
	std::size_t answers = 0;
	const auto begun = Clock::now();
	auto now = begun;
	for (; now - begun < duration; now = Clock::now())
	{
		if (poll(polled.data(), polled.size(), LOST_AFTER_MS) == 0)
			for (auto& client : clients)
				client.ask(WINDOW);
		for (std::size_t i = 0; i < SOCKETS; ++i)
			if (polled[i].revents != 0)
				answers += clients[i].exchange();
	}
	return static_cast<double>(answers) / std::chrono::duration<double>(now - begun).count();
}

}

int main(int argc, char** argv)
{
	const auto server = argc == 3 ? Endpoint::parse(argv[1]) : std::nullopt;
	const auto seconds = argc == 3 ? parseSeconds(argv[2]) : std::nullopt;
	if (!server || !seconds)
	{
		std::fprintf(stderr, "usage: bench-stun-load ADDRESS:PORT SECONDS\n");
		return 64;
	}
	try
	{
		std::printf("%.0f\n", measure(*server, *seconds));
		return 0;
	}
	catch (const std::exception& error)
	{
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
}
