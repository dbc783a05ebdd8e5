#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "plugins/transport/udp-plain/PlainPeer.h"

namespace gimlet::udp_plain::test
{

/// One machine whose peer is played by the test, in virtual time.
class OnePeer
{
public:
	static inline const PeerId OWN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
	static inline const PeerId PEER = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

	struct Sent
	{
		TimePoint time;
		Endpoint remote;
		std::string datagram;
	};

	OnePeer() : machine({.own = OWN, .peer = PEER, .keepalive = 15s, .lostAfter = 60s}, limiter) {}

	void offer(const Endpoint& endpoint, bool ours, bool overLoopback = false)
	{
		machine.onOffer({.endpoint = endpoint, .ours = ours, .overLoopback = overLoopback}, now);
		serve();
	}

	void candidates(const std::vector<Endpoint>& endpoints, bool wantsAnswer = false)
	{
		machine.onCandidates(endpoints, wantsAnswer, now);
		serve();
	}

	void leave()
	{
		machine.onPeerLeft(now);
		serve();
	}

	/// @return Whether the machine took it for the peer's.
	bool receive(const std::string& text, const Endpoint& remote)
	{
		const auto datagram = chat::decode(asBytes(text));
		const bool taken = datagram && machine.onDatagram(*datagram, text.size(), remote, now);
		serve();
		return taken;
	}

	SendResult send(const std::string& id, const std::string& content = "text")
	{
		const auto result = machine.send({id, content, WallTime{0}}, now);
		serve();
		return result;
	}

	void run(Duration duration)
	{
		const auto end = now + duration;
		while (machine.nextDeadline() <= end)
		{
			now = std::max(now, machine.nextDeadline());
			machine.onTimer(now);
			serve();
		}
		now = end;
	}

	LinkStatus status(WallTime wall = {}) const
	{
		return machine.status(now, wall);
	}

	std::string lastSent() const
	{
		return sent.empty() ? std::string{} : sent.back().datagram;
	}

	void forgetSent()
	{
		sent.clear();
	}

	std::size_t sentTo(const Endpoint& remote) const
	{
		return static_cast<std::size_t>(
			std::count_if(sent.begin(), sent.end(), [&](const Sent& one) { return one.remote == remote; }));
	}

	const TimePoint start{std::chrono::hours{1}};
	TimePoint now = start;
	ClaimLimiter limiter;
	PlainPeer machine;
	std::vector<Sent> sent;
	std::vector<ChatMessage> received;
	std::vector<std::string> acknowledged;
	unsigned changes = 0;
	unsigned signals = 0;
	unsigned writable = 0;

private:
	void serve()
	{
		if (machine.nextDeadline() <= now)
			machine.onTimer(now);
		while (const auto transmit = machine.pollTransmit())
			sent.push_back({now, transmit->remote, transmit->datagram});
		while (const auto event = machine.pollEvent())
			note(*event);
	}

	void note(const PlainPeer::Event& event)
	{
		switch (event.kind)
		{
		case PlainPeer::Event::Kind::StatusChanged:
			++changes;
			break;
		case PlainPeer::Event::Kind::Received:
			received.push_back(event.message);
			break;
		case PlainPeer::Event::Kind::Acknowledged:
			acknowledged.push_back(event.message.id);
			break;
		case PlainPeer::Event::Kind::Writable:
			++writable;
			break;
		case PlainPeer::Event::Kind::SignalWanted:
			++signals;
			break;
		}
	}
};

}
