#include "plugins/discovery/stun/BehaviourMachine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "node/protocol/stun/MessageBuilder.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace stun;

/// Destinations asked in one go, beside those that must be, and how often in a run. With three of them a
/// sequence has two steps.
constexpr std::size_t IN_ONE_GO = 3;
constexpr unsigned MOST_GOES = 2;

}

/// Not less than twice the round trip, for of a question that was repeated nobody knows which one made the
/// mapping.
ClientTransaction::Timing BehaviourMachine::timing() const
{
	auto timing = _timing.behaviour;
	timing.rto = std::clamp(2 * _evidence.slowest(), timing.rto, 3 * timing.rto);
	return timing;
}

void BehaviourMachine::send(Kind kind, const Endpoint& to, const Endpoint& answeredFrom, TimePoint now)
{
	const auto id = _random.transactionId();
	std::array<std::uint8_t, HEADER_SIZE + 8> buffer{};
	MessageBuilder builder(buffer, MessageClass::Request, method::BINDING, id);
	if (kind == Kind::OtherAddress)
		builder.number32(attribute::CHANGE_REQUEST, change::IP | change::PORT);
	else if (kind == Kind::OtherPort)
		builder.number32(attribute::CHANGE_REQUEST, change::PORT);
	_tests.push_back({kind, id, answeredFrom, ClientTransaction{builder.finish(), to, now, timing()}});
}

void BehaviourMachine::askAll(const std::vector<Endpoint>& destinations, TimePoint now)
{
	for (const auto& destination : destinations)
		send(Kind::Ask, destination, destination, now);
}

void BehaviourMachine::begin(TimePoint now)
{
	if (!idle() || !_evidence.mapped())
		return;
	_goes = 0;
	_alive.clear();
	_hairpinTested = false;
	if (_evidence.verdict().mapping == MappingBehaviour::EndpointIndependent)
		testHairpin(now); // beside the others, which it does not disturb
	beginFiltering(now);
	advance(now);
}

std::optional<Endpoint> BehaviourMachine::sampleServer() const
{
	return _evidence.verdict().mapping == MappingBehaviour::AddressDependent ? _answering : std::nullopt;
}

void BehaviourMachine::advance(TimePoint now)
{
	if (_phase == Phase::Filtering && !running(Kind::OtherAddress) && !running(Kind::OtherPort))
		beginAsking(now);
	if (_phase == Phase::Asking && !running(Kind::Ask) && _goes < MOST_GOES && sequenceWanted())
	{
		++_goes;
		std::vector<Endpoint> destinations;
		fill(destinations);
		askAll(destinations, now);
	}
	if (_phase == Phase::Asking && !running(Kind::Ask))
	{
		concludeFiltering();
		if (_reflector && _unreliable.contains(_reflector->server) && chooseReflector(now) != nullptr)
		{
			beginFiltering(now);
			return advance(now); // not for ever: each time there is one reflector less
		}
		testHairpin(now);
		_phase = Phase::Ending;
	}
	if (_phase == Phase::Ending && _tests.empty())
		end();
}

/// One whose other address was never sent to, if there is one; else one that can still tell something.
const BehaviourMachine::Reflector* BehaviourMachine::chooseReflector(TimePoint now) const
{
	const Reflector* second = nullptr;
	for (const auto& reflector : _reflectors)
	{
		const auto mapping = _evidence.mappedFor(reflector.server);
		if (!mapping || _unreliable.contains(reflector.server))
			continue;
		if (!_evidence.mayBeLetIn(*mapping, reflector.other, now))
			return &reflector;
		const auto otherPort = reflector.server.withPort(reflector.other.port());
		if (!_evidence.mayBeLetInExactly(*mapping, reflector.other, now) ||
			!_evidence.mayBeLetInExactly(*mapping, otherPort, now))
			second = &reflector;
	}
	return second;
}

void BehaviourMachine::beginFiltering(TimePoint now)
{
	_phase = Phase::Filtering;
	_otherAddress = _otherPort = Outcome::Void;
	_reflector.reset();
	const auto* reflector = chooseReflector(now);
	if (reflector == nullptr)
		return;
	_reflector = *reflector;
	const auto& [server, other] = *reflector;
	const auto mapping = _evidence.mappedFor(server).value();
	_addressWasSentTo = _evidence.mayBeLetIn(mapping, other, now);
	if (!_evidence.mayBeLetInExactly(mapping, other, now))
		send(Kind::OtherAddress, server, other, now);
	const auto otherPort = server.withPort(other.port());
	if (!_evidence.mayBeLetInExactly(mapping, otherPort, now))
		send(Kind::OtherPort, server, otherPort, now);
}

void BehaviourMachine::beginAsking(TimePoint now)
{
	_phase = Phase::Asking;
	++_goes;
	std::vector<Endpoint> destinations;
	// The other IP with the first port: no stray has come from there (RFC 5780, section 4.3, test II).
	if (!_reflectors.empty() && _evidence.verdict().mapping == MappingBehaviour::Unknown)
	{
		const auto& [server, other] = _reflector ? *_reflector : _reflectors.front();
		destinations.push_back(other.withPort(server.port()));
	}
	if (_otherAddress == Outcome::Closed)
		destinations.push_back(_reflector->other);
	if (_otherPort == Outcome::Closed)
		destinations.push_back(_reflector->server.withPort(_reflector->other.port()));
	if (sequenceWanted())
		fill(destinations);
	askAll(destinations, now);
}

/// As many as are asked in one go, at different IPs if there are so many.
void BehaviourMachine::fill(std::vector<Endpoint>& destinations) const
{
	const auto candidates = unasked();
	for (const bool anotherIp : {true, false})
		for (const auto& candidate : candidates)
		{
			const auto known = [&](const Endpoint& other)
			{ return anotherIp ? other.sameAddress(candidate) : other == candidate; };
			if (destinations.size() < IN_ONE_GO &&
				std::none_of(destinations.begin(), destinations.end(), known))
				destinations.push_back(candidate);
		}
}

bool BehaviourMachine::sequenceWanted() const
{
	const auto verdict = _evidence.verdict();
	return verdict.mapping == MappingBehaviour::AddressDependent &&
		   (verdict.assignment == PortAssignment::Unknown || verdict.ports.size() < IN_ONE_GO);
}

/// First comes what is at an IP that was left alone for longest.
std::vector<Endpoint> BehaviourMachine::unasked() const
{
	std::vector<Endpoint> destinations;
	for (const auto& [server, other] : _reflectors)
		destinations.insert(
			destinations.end(), {other.withPort(server.port()), other, server.withPort(other.port())});
	std::copy_if(_spares.begin(), _spares.end(), std::back_inserter(destinations),
		[](const Endpoint& spare) { return isOutside(spare); });
	std::erase_if(destinations, [&](const Endpoint& destination) { return _evidence.wasAsked(destination); });
	std::stable_sort(destinations.begin(), destinations.end(),
		[this](const Endpoint& one, const Endpoint& other)
		{ return _evidence.lastAskedAddress(one) < _evidence.lastAskedAddress(other); });
	return destinations;
}

/// Silence tells that the NAT does not hairpin only where the mapping is the same for all destinations:
/// elsewhere our own address is one more destination, and the filter in front of it knows nothing of us.
void BehaviourMachine::testHairpin(TimePoint now)
{
	const auto verdict = _evidence.verdict();
	if (_hairpinTested || verdict.hairpin || verdict.mapping == MappingBehaviour::AddressDependent)
		return;
	_hairpinTested = true;
	const auto own = _evidence.mapped().value();
	send(Kind::Hairpin, own, own, now);
	_ownRequest = _tests.back().id;
}

bool BehaviourMachine::running(Kind kind) const
{
	return std::any_of(_tests.begin(), _tests.end(), [kind](const Test& test) { return test.kind == kind; });
}

void BehaviourMachine::onTimer(TimePoint now)
{
	for (auto test = _tests.begin(); test != _tests.end();)
	{
		test->transaction.onTimer(now);
		if (test->transaction.state() != ClientTransaction::State::TimedOut)
		{
			++test;
			continue;
		}
		ended(*test, Outcome::Closed);
		test = _tests.erase(test);
	}
	advance(now);
}

std::optional<Transmit> BehaviourMachine::pollTransmit(TimePoint now)
{
	for (auto& test : _tests)
		if (const auto bytes = test.transaction.pollTransmit())
		{
			const auto& to = test.transaction.server();
			if (test.kind == Kind::Ask)
				_evidence.asked(to, now, afterStray(to));
			return Transmit{*bytes, to};
		}
	return std::nullopt;
}

TimePoint BehaviourMachine::nextDeadline() const
{
	auto deadline = NEVER;
	for (const auto& test : _tests)
		deadline = std::min(deadline, test.transaction.nextDeadline());
	return deadline;
}

}
