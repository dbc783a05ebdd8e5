// What answers, and their absence, tell a BehaviourMachine; what it asks when is in BehaviourMachine.cpp.
#include <algorithm>
#include <utility>

#include "plugins/discovery/stun/BehaviourMachine.h"
#include "plugins/discovery/stun/MappedAddress.h"

namespace gimlet::stun_discovery
{

namespace
{

using namespace stun;

constexpr std::size_t MOST_REFLECTORS = 4;

}

void BehaviourMachine::answered(
	const Endpoint& server, const Endpoint& mapped, const std::optional<Endpoint>& other, TimePoint now)
{
	_evidence.answered(server, mapped, now);
	if (!_answering || isOutside(server) || !isOutside(*_answering))
		_answering = server;
	std::erase_if(_reflectors, [&](const Reflector& known) { return known.server == server; });
	if (other && usable({server, *other}) && _reflectors.size() < MOST_REFLECTORS)
		_reflectors.push_back({server, *other});
}

/// A server may name whom it likes, so nothing goes to addresses of another kind than its own.
bool BehaviourMachine::usable(const Reflector& reflector) const
{
	const auto& [server, other] = reflector;
	return other.family() == _family && other.port() != 0 && other.port() != server.port() &&
		   !other.sameAddress(server) && other.isUnicast() && !other.isLinkLocal() &&
		   !other.isDiscardOnly() && other.isLoopback() == server.isLoopback() &&
		   other.isPrivate() == server.isPrivate();
}

bool BehaviourMachine::onDatagram(const MessageView& message, const Endpoint& source, TimePoint now)
{
	const auto found = std::find_if(_tests.begin(), _tests.end(),
		[&](const Test& test) { return outcome(test, message, source).has_value(); });
	if (found == _tests.end())
		return _ownRequest && message.messageClass() == MessageClass::Request &&
			   message.hasTransactionId(*_ownRequest); // once more
	const auto result = outcome(*found, message, source).value();
	const auto mapped = mappedAddress(message, _family);
	const auto test = std::move(*found);
	_tests.erase(found);
	if (test.kind == Kind::Ask && result == Outcome::Open)
		_evidence.answered(test.answeredFrom, *mapped, now);
	ended(test, result);
	advance(now);
	return true;
}

/// Empty if the message has nothing to do with the test.
std::optional<BehaviourMachine::Outcome> BehaviourMachine::outcome(
	const Test& test, const MessageView& message, const Endpoint& source) const
{
	const auto kind = message.messageClass();
	if (message.method() != method::BINDING || !message.hasTransactionId(test.id))
		return std::nullopt;
	if (test.kind == Kind::Hairpin)
		return kind == MessageClass::Request ? std::optional{Outcome::Open} : std::nullopt;
	if (kind != MessageClass::SuccessResponse && kind != MessageClass::ErrorResponse)
		return std::nullopt;
	if (source == test.answeredFrom && mappedAddress(message, _family))
		return Outcome::Open;
	if (source == test.answeredFrom || source == test.transaction.server())
		return Outcome::Void;
	return std::nullopt;
}

/// Whether the server was asked to answer from there, and nothing came through.
bool BehaviourMachine::afterStray(const Endpoint& destination) const
{
	return _reflector && ((_otherAddress == Outcome::Closed && destination == _reflector->other) ||
							 (_otherPort == Outcome::Closed &&
								 destination == _reflector->server.withPort(_reflector->other.port())));
}

void BehaviourMachine::ended(const Test& test, Outcome outcome)
{
	switch (test.kind)
	{
	case Kind::OtherAddress:
		_otherAddress = outcome;
		break;
	case Kind::OtherPort:
		_otherPort = outcome;
		break;
	case Kind::Ask:
		if (outcome == Outcome::Open)
			_alive.insert(test.answeredFrom);
		break;
	case Kind::Hairpin:
		if (outcome == Outcome::Open)
			_evidence.hairpinned(true);
		break;
	}
}

/// RFC 5780, section 4.4; but an address whose answer did not come through counts only if it answers when it
/// is asked itself, for else the server's second address may be out of order.
void BehaviourMachine::concludeFiltering()
{
	if (!_reflector)
		return;
	const auto otherPort = _reflector->server.withPort(_reflector->other.port());
	const bool addressClosed = _otherAddress == Outcome::Closed && _alive.contains(_reflector->other);
	const bool portClosed = _otherPort == Outcome::Closed && _alive.contains(otherPort);
	if (_otherAddress == Outcome::Open && !_addressWasSentTo)
		_evidence.filtered(FilteringBehaviour::EndpointIndependent);
	else if (_otherPort == Outcome::Open && addressClosed && !_addressWasSentTo)
		_evidence.filtered(FilteringBehaviour::AddressDependent);
	else if (_otherAddress == Outcome::Open || _otherPort == Outcome::Open)
		_evidence.filteredAtMostByAddress();
	else if (portClosed || (addressClosed && _addressWasSentTo))
		_evidence.filtered(FilteringBehaviour::AddressAndPortDependent);
	else
		_unreliable.insert(_reflector->server);
}

void BehaviourMachine::end()
{
	_phase = Phase::Idle;
	_reflector.reset();
	const auto verdict = _evidence.verdict();
	if (_hairpinTested && !verdict.hairpin && verdict.mapping == MappingBehaviour::EndpointIndependent)
		_evidence.hairpinned(false);
	_hairpinTested = false;
	_complete = true;
}

bool BehaviourMachine::pollChange()
{
	if (!idle() || !_evidence.mapped())
		return false;
	const auto verdict = _evidence.verdict();
	if (verdict == _told && _complete == _toldComplete)
		return false;
	_told = verdict;
	_toldComplete = _complete;
	return true;
}

}
