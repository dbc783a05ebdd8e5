#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "plugins/signaling/lan/LanMachine.h"

/// A local network in virtual time: machines, and a wire that loses, repeats and reorders what they say.
namespace gimlet::lan
{

inline const PeerId ALICE = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
inline const PeerId BOB = "bbbbbbbb-bbbb-8bbb-8bbb-bbbbbbbbbbbb";
inline const PeerId CAROL = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";

inline const Room LOBBY{"lobby", ""};

inline LocalDescription described(const std::string& name, std::vector<std::string> transports = {"test/1"})
{
	LocalDescription description;
	description.name = name;
	description.transports = std::move(transports);
	return description;
}

class Wire
{
public:
	struct Node
	{
		Node(const LanMachine::Options& options, std::string text) :
			machine(options), address(std::move(text))
		{
		}

		LanMachine machine;
		std::string address;
		bool plugged = true;
		std::vector<PeerOffer> offers;
		std::vector<std::string> signals; ///< "session data"
		std::vector<PeerId> gone;
		std::vector<std::string> strangers;
		std::size_t sent = 0;
		std::size_t multicast = 0;
	};

	explicit Wire(unsigned seed = 1) : _random(seed) {}

	TimePoint now{std::chrono::hours{1000}};
	double loss = 0;
	double repeated = 0;
	/// Each datagram takes up to so long, so that they overtake each other.
	std::chrono::milliseconds slowest{1};
	/// Sees every datagram; false loses it.
	std::function<bool(const Node& from, const LanMachine::Transmit&)> filter;

	Node& add(const PeerId& id, const std::string& address, std::uint64_t epoch, const Room& room = LOBBY)
	{
		auto& node = *_nodes.emplace_back(std::make_unique<Node>(
			LanMachine::Options{
				.room = room, .own = id, .epoch = epoch, .chance = [this] { return chance(); }},
			address));
		node.machine.addSegment(1, {.address = *Endpoint::parse(address + ":0"), .prefix = 24}, now);
		return node;
	}

	/// One that has something to talk in.
	Node& join(const PeerId& id, const std::string& address, std::uint64_t epoch, const Room& room = LOBBY)
	{
		auto& node = add(id, address, epoch, room);
		node.machine.describe(described(id.substr(0, 1)), now);
		settle();
		return node;
	}

	void remove(Node& node)
	{
		std::erase_if(_nodes, [&node](const auto& other) { return other.get() == &node; });
	}

	/// A datagram out of nowhere.
	void inject(Node& to, const std::string& from, const Buffer& datagram)
	{
		to.machine.onDatagram(1, *Endpoint::parse(from), datagram, now);
		settle();
	}

	void run(Duration duration)
	{
		const auto end = now + duration;
		settle();
		for (;;)
		{
			auto next = end;
			if (!_flying.empty())
				next = std::min(next, _flying.begin()->first);
			for (const auto& node : _nodes)
				next = std::min(next, node->machine.nextDeadline());
			if (next >= end)
				break;
			now = std::max(now, next);
			step();
		}
		now = end;
		step();
	}

	void settle()
	{
		for (const auto& node : _nodes)
			collect(*node);
	}

private:
	struct Flight
	{
		Endpoint from;
		std::optional<Endpoint> to;
		Buffer bytes;
	};

	double chance()
	{
		return std::uniform_real_distribution<double>{}(_random);
	}

	void step()
	{
		while (!_flying.empty() && _flying.begin()->first <= now)
		{
			const auto flight = std::move(_flying.begin()->second);
			_flying.erase(_flying.begin());
			for (const auto& node : _nodes)
				if (node->plugged && (!flight.to || flight.to->addressString() == node->address))
					node->machine.onDatagram(1, flight.from, flight.bytes, now);
			settle();
		}
		for (const auto& node : _nodes)
			node->machine.onTimer(now);
		settle();
	}

	void collect(Node& node)
	{
		while (const auto transmit = node.machine.pollTransmit())
		{
			++node.sent;
			node.multicast += transmit->to ? 0 : 1;
			if (!node.plugged || chance() < loss || (filter && !filter(node, *transmit)))
				continue;
			const int copies = chance() < repeated ? 2 : 1;
			for (int i = 0; i < copies; ++i)
			{
				const auto delay = std::chrono::duration_cast<Duration>(slowest * chance());
				_flying.emplace(now + delay,
					Flight{*Endpoint::parse(node.address + ":40000"), transmit->to, transmit->datagram});
			}
		}
		while (const auto event = node.machine.pollEvent())
		{
			if (const auto* offer = std::get_if<PeerOffer>(&*event))
				node.offers.push_back(*offer);
			else if (const auto* signal = std::get_if<SignalArrived>(&*event))
				node.signals.push_back(signal->session + " " + signal->data);
			else if (const auto* gone = std::get_if<PeerGone>(&*event))
				node.gone.push_back(gone->peer);
			else if (const auto* stranger = std::get_if<PeerStranger>(&*event))
				node.strangers.push_back(stranger->detail);
		}
	}

	std::mt19937 _random;
	std::vector<std::unique_ptr<Node>> _nodes;
	std::multimap<TimePoint, Flight> _flying;
};

}
