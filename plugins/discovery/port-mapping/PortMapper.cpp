#include "plugins/discovery/port-mapping/PortMapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gimlet::port_mapping
{

namespace
{

PcpMachine::Options pcpOptions(const PortMapper::Options& options)
{
	return {.client = options.client,
		.internalPort = options.internalPort,
		.lifetime = options.lifetime,
		.nonce = options.nonce,
		.random = options.random};
}

/// Why an address outside is of no use to anybody there; "" if it is of use.
std::string uselessness(const Endpoint& external)
{
	if (!external.valid() || external.isUnspecified() || external.port() == 0)
		return "the router has no address outside";
	if (external.isPrivate() || external.isLinkLocal() || external.isLoopback())
		return fmt::format(
			"the router's own address, {}, is a private one: there is another NAT in front of it",
			external.addressString());
	return {};
}

}

PortMapper::PortMapper(Options options, TimePoint now) :
	_options(std::move(options)), _pcp(pcpOptions(_options))
{
	begin(now);
}

void PortMapper::begin(TimePoint now)
{
	_began = now;
	_at = 0;
	attempt(now);
}

void PortMapper::attempt(TimePoint now)
{
	if (_at >= _options.protocols.size())
	{
		_state = State::Pausing;
		_deadline = now + _pause;
		_pause = std::min<Duration>(_pause * 2, LONGEST_PAUSE);
		_events.emplace_back(Done{});
		return;
	}
	_state = State::Trying;
	_deadline = NEVER;
	if (protocol() != Protocol::Pcp)
		return post(Job::Kind::Map);
	const bool last = _at + 1 == _options.protocols.size();
	_deadline = now + (last ? LAST_PATIENCE : PCP_PATIENCE);
	_pcp.start(now);
	settlePcp(now);
}

void PortMapper::post(Job::Kind kind)
{
	const bool map = kind == Job::Kind::Map;
	_jobs.push_back({.kind = kind,
		.protocol = protocol(),
		.gateway = _options.gateway,
		.client = _options.client,
		.internalPort = _options.internalPort,
		.externalPort = _externalPort != 0 ? _externalPort : _options.internalPort,
		.lifetime = map ? _options.lifetime : std::chrono::seconds{0},
		.router = map && _doubted ? std::string{} : _router,
		.renewal = map && _state == State::Mapped,
		.number = ++_lastJob});
	if (!map)
		return;
	_deadline = NEVER; // one is enough: its result decides when the next is due
	_job = _lastJob;
	_jobUnwanted = _jobs.back().unwanted = std::make_shared<std::atomic<bool>>(false);
}

void PortMapper::failed(const std::string& why, TimePoint now)
{
	_events.emplace_back(Tried{protocol(), false, why});
	if (protocol() == Protocol::Pcp)
		_pcp.stop();
	else if (_externalPort != 0)
		post(Job::Kind::Unmap);
	_externalPort = 0;
	_router.clear();
	_doubted = false;
	++_at;
	attempt(now);
}

void PortMapper::mapped(const Endpoint& external, TimePoint now)
{
	_externalPort = external.port();
	if (const auto useless = uselessness(external); !useless.empty())
	{
		lose();
		// It is the same by every protocol.
		_events.emplace_back(Tried{protocol(), false, useless});
		if (protocol() == Protocol::Pcp)
			_pcp.stop();
		else
			post(Job::Kind::Unmap);
		_externalPort = 0;
		_at = _options.protocols.size();
		return attempt(now);
	}
	const bool wasTrying = std::exchange(_state, State::Mapped) == State::Trying;
	_pause = FIRST_PAUSE;
	if (!_mapping || _mapping->external != external)
	{
		lose();
		_mapping = Found{external, protocol()};
		_events.emplace_back(*_mapping);
		_events.emplace_back(Tried{protocol(), true,
			fmt::format("forwards UDP port {} to this node", external.port()), external.toString()});
	}
	if (wasTrying)
		_events.emplace_back(Done{});
}

void PortMapper::lose()
{
	if (const auto lost = std::exchange(_mapping, std::nullopt))
		_events.emplace_back(Lost{lost->external, lost->protocol});
}

void PortMapper::expired(TimePoint now)
{
	lose();
	_expiry = NEVER;
	// A renewal on its way may yet succeed, and what it makes is not to be left behind.
	if (_job == 0)
		begin(now);
}

void PortMapper::handle(const PcpMapped& event, TimePoint now)
{
	_deadline = NEVER;
	mapped(event.external, now);
}

void PortMapper::handle(const PcpRefused& event, TimePoint now)
{
	if (_state != State::Trying)
		return;
	failed(event.result == pcp::Result::UnsupportedVersion ? "not spoken by the router"
														   : "refuses: " + pcp::toString(event.result),
		now);
}

void PortMapper::handle(const PcpExpired&, TimePoint now)
{
	expired(now);
}

void PortMapper::settlePcp(TimePoint now)
{
	while (const auto event = _pcp.pollEvent())
		if (_at < _options.protocols.size() && protocol() == Protocol::Pcp)
			std::visit([this, now](const auto& happened) { handle(happened, now); }, *event);
}

bool PortMapper::onDatagram(ByteView datagram, TimePoint now)
{
	const bool ours = _pcp.onDatagram(datagram, now);
	settlePcp(now);
	return ours;
}

void PortMapper::onAnnouncement(ByteView datagram, TimePoint now)
{
	const auto announced = pcp::decode(datagram);
	if (!announced)
		return;
	if (announced->result != pcp::Result::UnsupportedVersion)
		onDatagram(datagram, now);
	else if (_state == State::Mapped && protocol() == Protocol::NatPmp)
		lookAgain(now);
}

void PortMapper::onResult(const JobResult& result, TimePoint now)
{
	if (result.number != _job || _state == State::Stopped)
		return;
	_job = 0;
	if (!result.error.empty())
	{
		if (_state == State::Trying)
			return failed(result.error, now);
		if (!_mapping)
			return expired(now);
		// A renewal that failed is tried again for as long as the mapping lives. A restarted router may serve
		// UPnP at another port.
		_doubted = true;
		_deadline = now + std::max<Duration>(
							  (_expiry == NEVER ? ENDLESS_RENEWAL : _expiry - now) / 2, SHORTEST_RENEWAL);
		return;
	}
	_router = result.router;
	_doubted = false;
	const bool endless = result.lifetime.count() == 0;
	_expiry = endless ? NEVER : now + result.lifetime;
	_deadline = now + (endless ? Duration{ENDLESS_RENEWAL}
							   : std::max<Duration>(result.lifetime / 2, SHORTEST_RENEWAL));
	mapped(result.external, now);
}

void PortMapper::onTimer(TimePoint now)
{
	_pcp.onTimer(now);
	settlePcp(now);
	if (_state == State::Mapped && now >= _expiry)
		return expired(now);
	if (now < _deadline)
		return;
	_deadline = NEVER;
	if (_state == State::Pausing)
		begin(now);
	else if (_state == State::Mapped)
		post(Job::Kind::Map);
	else if (_state == State::Trying)
		failed("no answer", now);
}

TimePoint PortMapper::nextDeadline() const
{
	return std::min({_deadline, _state == State::Mapped ? _expiry : NEVER, _pcp.nextDeadline()});
}

void PortMapper::lookAgain(TimePoint now)
{
	if (now - _began < SHORTEST_PAUSE)
		return;
	if (_state == State::Pausing)
		return begin(now);
	if (_state != State::Mapped)
		return;
	_began = now;
	if (protocol() == Protocol::Pcp)
		_pcp.renew(now);
	else if (_job == 0)
		post(Job::Kind::Map);
}

void PortMapper::stop()
{
	_pcp.stop();
	if (_job != 0)
		*_jobUnwanted = true; // whatever comes of it
	if (_externalPort != 0 && _at < _options.protocols.size() && protocol() != Protocol::Pcp)
		post(Job::Kind::Unmap);
	_state = State::Stopped;
	_deadline = _expiry = NEVER;
	_mapping.reset();
	_events.clear();
}

std::optional<Job> PortMapper::pollJob()
{
	if (_jobs.empty())
		return std::nullopt;
	auto job = std::move(_jobs.front());
	_jobs.pop_front();
	return job;
}

std::optional<Event> PortMapper::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

}
