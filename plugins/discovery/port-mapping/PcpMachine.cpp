#include "plugins/discovery/port-mapping/PcpMachine.h"

#include <algorithm>
#include <utility>

namespace gimlet::port_mapping
{

PcpMachine::PcpMachine(Options options) : _options(std::move(options)) {}

void PcpMachine::start(TimePoint now)
{
	_running = true;
	_retransmission = Duration::zero();
	_unanswered = 0;
	request(now);
}

void PcpMachine::stop()
{
	if (_running && (_external.valid() || _unanswered > 0))
	{
		send(0);
		send(0);
	}
	_running = false;
	_deadline = _expiry = NEVER;
	_external = {};
	_events.clear();
}

void PcpMachine::renew(TimePoint now)
{
	if (_running)
		request(now);
}

Duration PcpMachine::about(Duration duration) const
{
	constexpr double SHARE = 0.1;
	return std::chrono::duration_cast<Duration>(duration * (1 - SHARE + 2 * SHARE * _options.random()));
}

void PcpMachine::send(std::uint32_t lifetime)
{
	_output.push_back(encode(pcp::MapRequest{.client = _options.client,
		.nonce = _options.nonce,
		.internalPort = _options.internalPort,
		.suggested = _external.valid() ? _external : Endpoint::any(AF_INET, _options.internalPort),
		.lifetime = lifetime}));
}

/// Section 8.1.1: RT = (1 + RAND) * IRT at first, then (1 + RAND) * MIN(2 * RTprev, MRT).
void PcpMachine::request(TimePoint now)
{
	send(static_cast<std::uint32_t>(_options.lifetime.count()));
	++_unanswered;
	if (_expiry != NEVER)
		return scheduleRenewal(now);
	const bool first = _retransmission == Duration::zero();
	_retransmission = about(first ? Duration{IRT} : std::min<Duration>(2 * _retransmission, MRT));
	_deadline = now + _retransmission;
}

/// Section 11.2.1: at 1/2 to 5/8 of the lifetime, then of what is left.
void PcpMachine::scheduleRenewal(TimePoint now)
{
	constexpr double FROM = 0.5;
	constexpr double SPREAD = 0.125;
	const auto left = std::max(_expiry - now, Duration::zero());
	const auto pause = std::chrono::duration_cast<Duration>(left * (FROM + SPREAD * _options.random()));
	_deadline = now + std::max<Duration>(pause, SHORTEST_RENEWAL);
}

void PcpMachine::onTimer(TimePoint now)
{
	if (!_running)
		return;
	if (now >= _expiry)
	{
		_running = false;
		_deadline = _expiry = NEVER;
		_events.emplace_back(PcpExpired{});
		return;
	}
	if (now >= _deadline)
		request(now);
}

bool PcpMachine::onDatagram(ByteView datagram, TimePoint now)
{
	const auto response = pcp::decode(datagram);
	if (!response || !_running)
		return false;
	if (response->result == pcp::Result::UnsupportedVersion && !response->map)
	{
		if (_unanswered == 0)
			return false;
		refused(*response, now);
		return true;
	}
	if (response->opcode == pcp::Opcode::Announce)
	{
		if (!sameState(response->epoch, now) && _external.valid())
			request(now);
		return true;
	}
	if (response->map->nonce != _options.nonce || response->map->internalPort != _options.internalPort)
		return false; // somebody else's, or somebody who guesses (section 11.4)
	sameState(response->epoch, now);
	if (response->result == pcp::Result::Success)
		granted(*response, now);
	else
		refused(*response, now);
	return true;
}

/// Section 8.5: whether the server still has the state that it had when it was heard last.
bool PcpMachine::sameState(std::uint32_t epoch, TimePoint now)
{
	using Seconds = std::chrono::duration<double>;
	const auto before = std::exchange(_serverTime, epoch);
	const double client = Seconds(now - std::exchange(_clientTime, now)).count();
	if (!before)
		return true;
	if (epoch + 1.0 < *before)
		return false;
	const double server = static_cast<double>(epoch) - *before;
	constexpr double TOLERANCE = 1.0 / 16;
	return client + 2 >= server * (1 - TOLERANCE) && server + 2 >= client * (1 - TOLERANCE);
}

void PcpMachine::granted(const pcp::Response& response, TimePoint now)
{
	if (response.lifetime == 0 || response.map->external.port() == 0)
		return; // the answer to a deletion
	const std::chrono::seconds lifetime{response.lifetime};
	const Duration believed = std::min(lifetime, LONGEST_LIFETIME);
	_unanswered = 0;
	_external = response.map->external;
	_expiry = now + believed;
	scheduleRenewal(now);
	_events.emplace_back(PcpMapped{_external, believed});
}

/// A renewal that is refused leaves the mapping for as long as it was granted.
void PcpMachine::refused(const pcp::Response& response, TimePoint now)
{
	_unanswered = 0;
	const std::chrono::seconds told{response.lifetime};
	_deadline = now + std::clamp<Duration>(told, SHORTEST_ERROR, LONGEST_ERROR);
	_retransmission = Duration::zero();
	if (_expiry == NEVER)
		_events.emplace_back(PcpRefused{response.result});
}

std::optional<Buffer> PcpMachine::pollTransmit()
{
	if (_output.empty())
		return std::nullopt;
	auto datagram = std::move(_output.front());
	_output.pop_front();
	return datagram;
}

std::optional<PcpEvent> PcpMachine::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = _events.front();
	_events.pop_front();
	return event;
}

}
