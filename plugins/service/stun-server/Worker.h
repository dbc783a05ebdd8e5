#pragma once

#include <array>
#include <optional>
#include <thread>
#include <vector>

#include "node/api/UdpSocket.h"
#include "plugins/service/stun-server/RateLimiter.h"
#include "plugins/service/stun-server/Responder.h"

namespace prometheus
{
class Counter;
}

namespace gimlet::stun_server
{

/// One counter for each Outcome, in its order. Shared by all workers.
using Counters = std::array<prometheus::Counter*, OUTCOMES>;

/// A socket, and where it stands if it is one of the four of RFC 5780.
struct Entrance
{
	UdpSocket socket;
	std::optional<Corner> corner{};
};

/// A thread that drains its sockets in batches and answers in batches. It shares nothing with other
/// workers but the limiter and the counters, and allocates nothing while it runs.
class Worker
{
public:
	/// Starts the thread. The limiter and the counters must outlive it.
	/// @throws std::system_error when the system has no descriptor or thread left.
	Worker(std::vector<Entrance> entrances, const Responder& responder, RateLimiter& limiter,
		const Counters& counters);

	/// Ends the thread and closes the sockets.
	~Worker();

	Worker(const Worker&) = delete;
	Worker& operator=(const Worker&) = delete;

private:
	void run();
	void drain(Entrance& entrance);
	void answer(Entrance& entrance);
	/// An answer by another entrance than the question's, alone. @return Whether the network took it.
	bool answerFrom(const Endpoint& here, ByteView answer, const Endpoint& remote);

	std::vector<Entrance> _entrances;
	Responder _responder;
	RateLimiter& _limiter;
	Counters _counters;
	UdpReceiveBatch _requests;
	UdpSendBatch _answers;
	int _stop = -1; ///< an eventfd
	std::thread _thread;
};

}
