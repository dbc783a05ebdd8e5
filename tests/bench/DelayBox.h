#pragma once

#include <poll.h>

#include <algorithm>
#include <array>
#include <deque>

#include "node/api/Time.h"
#include "node/api/UdpSocket.h"

namespace gimlet::bench
{

/// A long way between two on one machine: each sends to a door of its own, and what comes in at one door
/// leaves by the other after a delay. It learns from what comes where its two users are.
class DelayBox
{
public:
	explicit DelayBox(Duration delay) : _delay(delay) {}

	/// Where one of the two finds the other. @param index 0 or 1.
	Endpoint door(std::size_t index) const
	{
		return _doors[index].socket.local();
	}

	/// Until the process ends.
	[[noreturn]] void run()
	{
		for (;;)
		{
			wait();
			for (std::size_t i = 0; i < _doors.size(); ++i)
				take(_doors[i], _doors[1 - i]);
			for (auto& door : _doors)
				give(door);
		}
	}

private:
	/// A gigabit a second for half a second; who sends more loses it, as on any long way.
	static constexpr std::size_t MOST_BYTES = 64U << 20U;

	static constexpr UdpSocket::Options OPTIONS{
		.receiveBuffer = 16 << 20, .sendBuffer = 16 << 20, .gro = true, .gso = true};

	struct Packet
	{
		TimePoint due;
		Buffer bytes;
	};

	struct Door
	{
		UdpSocket socket{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}, OPTIONS};
		UdpSendBatch out{128, 65'507, 1 << 20};
		Endpoint user;            ///< who comes in here
		std::deque<Packet> queue; ///< for that one
		std::size_t bytes = 0;    ///< in the queue
	};

	void wait()
	{
		std::array<pollfd, 2> polled{};
		auto due = TimePoint::max();
		for (std::size_t i = 0; i < polled.size(); ++i)
		{
			polled[i] = {_doors[i].socket.descriptor(), POLLIN, 0};
			if (!_doors[i].queue.empty())
				due = std::min(due, _doors[i].queue.front().due);
		}
		const auto rest = std::chrono::nanoseconds{due - Clock::now()}.count();
		const timespec time{.tv_sec = 0, .tv_nsec = std::clamp<long>(rest, 0, 999'999'999)};
		ppoll(polled.data(), polled.size(), due == TimePoint::max() ? nullptr : &time, nullptr);
	}

	void take(Door& from, Door& to)
	{
		from.socket.receive(_in);
		const auto due = Clock::now() + _delay;
		for (const auto& datagram : _in)
		{
			from.user = datagram.remote;
			if (to.bytes + datagram.bytes.size() > MOST_BYTES)
				continue;
			to.queue.push_back({due, {datagram.bytes.begin(), datagram.bytes.end()}});
			to.bytes += datagram.bytes.size();
		}
	}

	void give(Door& door)
	{
		const auto now = Clock::now();
		while (door.user.valid() && !door.queue.empty() && door.queue.front().due <= now)
		{
			if (door.out.full())
				door.socket.send(door.out);
			door.out.add(door.queue.front().bytes, door.user);
			door.bytes -= door.queue.front().bytes.size();
			door.queue.pop_front();
		}
		if (!door.out.empty())
			door.socket.send(door.out);
	}

	Duration _delay;
	std::array<Door, 2> _doors;
	UdpReceiveBatch _in{16, UdpReceiveBatch::LARGEST_JOINED};
};

}
