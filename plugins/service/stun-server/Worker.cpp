#include "plugins/service/stun-server/Worker.h"

#include <poll.h>
#include <prometheus/counter.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace gimlet::stun_server
{

namespace
{

/// Datagrams a system call. Measured on loopback: beyond 32 nothing is gained.
constexpr std::size_t BATCH = 32;

/// A request that does not fit in an Ethernet frame is nobody's Binding request.
constexpr std::size_t LARGEST_REQUEST = 1500;

/// Batches of one socket before the others have their turn.
constexpr int TURN = 16;

}

Worker::Worker(std::vector<Entrance> entrances, const Responder& responder, RateLimiter& limiter,
	const Counters& counters) :
	_entrances(std::move(entrances)),
	_responder(responder),
	_limiter(limiter),
	_counters(counters),
	_requests(BATCH, LARGEST_REQUEST),
	_answers(BATCH, Responder::LARGEST_ANSWER),
	_stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (_stop < 0)
		throw std::system_error(errno, std::generic_category(), "cannot make an event descriptor");
	try
	{
		_thread = std::thread{[this] { run(); }};
	}
	catch (...)
	{
		close(_stop);
		throw;
	}
}

Worker::~Worker()
{
	eventfd_write(_stop, 1);
	_thread.join();
	close(_stop);
}

void Worker::run()
{
	std::vector<pollfd> polled;
	polled.push_back({_stop, POLLIN, 0});
	for (const auto& entrance : _entrances)
		polled.push_back({entrance.socket.descriptor(), POLLIN, 0});
	for (;;)
	{
		if (poll(polled.data(), polled.size(), -1) < 0)
			continue; // EINTR; the others cannot happen to a valid set
		if (polled[0].revents != 0)
			return;
		for (std::size_t i = 0; i < _entrances.size(); ++i)
			if (polled[i + 1].revents != 0)
				drain(_entrances[i]);
	}
}

void Worker::drain(Entrance& entrance)
{
	for (int turn = 0; turn < TURN; ++turn)
	{
		if (entrance.socket.receive(_requests) == 0)
			return;
		answer(entrance);
		if (!_requests.filled())
			return;
	}
}

void Worker::answer(Entrance& entrance)
{
	const auto now = Clock::now();
	const auto* corner = entrance.corner ? &*entrance.corner : nullptr;
	std::array<std::size_t, OUTCOMES> tally{};
	for (std::size_t i = 0; i < _requests.size(); ++i)
	{
		const auto request = _requests[i];
		const auto result = request.truncated
								? Responder::Result{}
								: _responder.respond(request.bytes, request.remote, _answers.space(), corner);
		auto outcome = result.outcome;
		if (result.length > 0 && !_limiter.allow(request.remote, now))
			outcome = Outcome::Limited;
		else if (result.change != 0)
		{
			const auto answer = _answers.space().first(result.length);
			if (!answerFrom(corner->changed(result.change), answer, request.remote))
				outcome = Outcome::NotSent;
		}
		else if (result.length > 0)
			_answers.commit(result.length, request.remote, request.local);
		++tally[static_cast<std::size_t>(outcome)];
	}
	if (!_answers.empty())
	{
		const auto report = entrance.socket.send(_answers);
		tally[static_cast<std::size_t>(Outcome::NotSent)] += report.dropped + report.failed;
	}
	for (std::size_t i = 0; i < OUTCOMES; ++i)
		if (tally[i] > 0)
			_counters[i]->Increment(static_cast<double>(tally[i]));
}

bool Worker::answerFrom(const Endpoint& here, ByteView answer, const Endpoint& remote)
{
	const auto entrance = std::find_if(_entrances.begin(), _entrances.end(),
		[&](const auto& candidate) { return candidate.corner && candidate.corner->here == here; });
	return entrance != _entrances.end() && entrance->socket.send(answer, remote) == 0;
}

}
