#include "tests/unit/udp-plain/Sim.h"

#include <algorithm>

namespace gimlet::udp_plain::test
{

namespace
{

/// What a rendezvous adds to the network's delay, and what STUN takes.
constexpr auto SIGNALING_DELAY = std::chrono::milliseconds{60};

/// From finding its connection dead until a node is in the room again: a back-off, and the 5 s in which the
/// rendezvous waits for an answer of the old connection.
constexpr auto REGISTRATION = std::chrono::milliseconds{6200};

}

void Nat::forget()
{
	allowed.clear();
	rendezvousDead = true;
	mapped = mapped.withPort(static_cast<std::uint16_t>(mapped.port() + 1));
}

SimNode::SimNode(PeerId own, PeerId peer, Endpoint mapped) :
	nat{.mapped = mapped, .allowed = {}},
	announced(mapped),
	_machine(std::make_unique<PlainPeer>(
		PlainPeer::Configuration{
			.own = std::move(own), .peer = std::move(peer), .keepalive = 15s, .lostAfter = 60s},
		_limiter))
{
}

Sim::Sim(const Network& network) :
	alice(ALICE, BOB, *Endpoint::parse("192.0.2.1:40001")),
	bob(BOB, ALICE, *Endpoint::parse("198.51.100.2:40002")),
	_network(network),
	_random(network.seed)
{
}

SimNode& Sim::other(SimNode& node)
{
	return &node == &alice ? bob : alice;
}

bool Sim::chance(double probability)
{
	return std::uniform_real_distribution<>{}(_random) < probability;
}

void Sim::offer(bool ours)
{
	for (auto* node : {&alice, &bob})
	{
		node->machine().onOffer(
			{.endpoint = other(*node).announced, .ours = ours, .overLoopback = false}, _now);
		serve(*node);
	}
}

bool Sim::bothUp()
{
	return alice.machine().state() == LinkState::Up && bob.machine().state() == LinkState::Up;
}

SendResult Sim::send(SimNode& from, const std::string& id, const std::string& content)
{
	const auto result = from.machine().send({id, content, WallTime{0}}, _now);
	serve(from);
	return result;
}

void Sim::run(Duration duration)
{
	const auto end = _now + duration;
	while (step(end))
		;
}

/// Goes to the next thing that happens, or to the end. @return Whether anything happened.
bool Sim::step(TimePoint end)
{
	auto next = std::min(alice.machine().nextDeadline(), bob.machine().nextDeadline());
	if (!_flying.empty())
		next = std::min(next, _flying.top().arrives);
	for (const auto& signal : _signals)
		next = std::min(next, signal.arrives);
	next = std::min({next, alice.registeredAgain, bob.registeredAgain});
	if (next > end)
	{
		_now = end;
		return false;
	}
	_now = std::max(_now, next);
	while (!_flying.empty() && _flying.top().arrives <= _now)
	{
		const auto flying = _flying.top();
		_flying.pop();
		deliver(flying);
	}
	deliverSignals();
	registerAgain();
	for (auto* node : {&alice, &bob})
	{
		node->machine().onTimer(_now);
		serve(*node);
	}
	return true;
}

void Sim::serve(SimNode& node)
{
	while (true)
	{
		while (const auto transmit = node.machine().pollTransmit())
			fly(node, *transmit);
		const auto event = node.machine().pollEvent();
		if (!event)
			return;
		carryOut(node, *event);
	}
}

void Sim::carryOut(SimNode& node, const PlainPeer::Event& event)
{
	switch (event.kind)
	{
	case PlainPeer::Event::Kind::StatusChanged:
		if (node.states.empty() || node.states.back() != node.machine().state())
		{
			node.states.push_back(node.machine().state());
			if (node.machine().state() == LinkState::Silent)
				askStun(node);
		}
		break;
	case PlainPeer::Event::Kind::Received:
		node.received.push_back(event.message);
		break;
	case PlainPeer::Event::Kind::Acknowledged:
		node.acknowledged.insert(event.message.id);
		break;
	case PlainPeer::Event::Kind::Writable:
		++node.writable;
		break;
	case PlainPeer::Event::Kind::SignalWanted:
		++node.signalsWanted;
		signal(node, event.wantsAnswer);
		break;
	}
}

/// What the node's core does when a link falls silent: discovery looks again, and what it finds is announced.
void Sim::askStun(SimNode& node)
{
	if (node.announced == node.nat.mapped || node.nat.cut)
		return;
	node.announced = node.nat.mapped;
	signal(node, false);
}

/// Whether the rendezvous can be spoken to. A dead connection is noticed by this.
bool Sim::reaches(SimNode& node)
{
	if (node.nat.rendezvousDead && node.registeredAgain == NEVER)
		node.registeredAgain = _now + REGISTRATION;
	return rendezvous && !node.nat.rendezvousDead;
}

void Sim::signal(SimNode& from, bool wantsAnswer)
{
	if (reaches(from) && !other(from).nat.rendezvousDead)
		_signals.push_back({_now + SIGNALING_DELAY, &other(from), {from.announced}, wantsAnswer});
}

/// Both are offered to each other anew.
void Sim::registerAgain()
{
	for (auto* node : {&alice, &bob})
	{
		if (node->registeredAgain > _now)
			continue;
		node->registeredAgain = NEVER;
		node->nat.rendezvousDead = false;
		if (rendezvous && !other(*node).nat.rendezvousDead)
			offer();
	}
}

void Sim::fly(SimNode& from, const PlainPeer::Transmit& transmit)
{
	++from.datagramsSent;
	from.nat.allowed.insert(transmit.remote);
	if (from.nat.cut || chance(_network.loss))
		return;
	const int copies = chance(_network.duplication) ? 2 : 1;
	for (int copy = 0; copy < copies; ++copy)
	{
		const auto jitter = std::uniform_int_distribution<std::int64_t>{0, _network.jitter.count()}(_random);
		_flying.push({_now + _network.delay + Duration{jitter}, ++_order, from.nat.mapped, transmit.remote,
			transmit.datagram});
	}
}

void Sim::deliver(const Flying& flying)
{
	for (auto* node : {&alice, &bob})
	{
		if (node->nat.mapped != flying.target || node->nat.cut || !node->nat.allowed.contains(flying.source))
			continue;
		const auto datagram = chat::decode(asBytes(flying.bytes));
		if (datagram)
			node->machine().onDatagram(*datagram, flying.bytes.size(), flying.source, _now);
		serve(*node);
	}
}

void Sim::deliverSignals()
{
	std::vector<Signal> due;
	std::erase_if(_signals,
		[&](const Signal& signal)
		{
			if (signal.arrives > _now)
				return false;
			due.push_back(signal);
			return true;
		});
	for (const auto& signal : due)
	{
		signal.to->machine().onCandidates(signal.candidates, signal.wantsAnswer, _now);
		serve(*signal.to);
	}
}

}
