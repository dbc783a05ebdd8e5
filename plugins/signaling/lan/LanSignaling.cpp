#include "plugins/signaling/lan/LanSignaling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "node/api/Identity.h"
#include "node/api/Log.h"
#include "node/protocol/random/Random.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::lan
{

namespace
{

/// How often the machine's addresses are looked at: reading them takes 50 us. networkChanged() comes sooner,
/// but not for all that matters here: an interface without a way to the Internet that becomes able to
/// multicast, an address of IPv6 that may be used at last, and systems that tell nothing of changes.
constexpr std::chrono::seconds INTERFACE_INTERVAL{3};

}

LanSignaling::LanSignaling(Context& context) : _context(context), _metrics(context.metrics()) {}

LanSignaling::~LanSignaling()
{
	stop();
}

void LanSignaling::configure(const Settings& settings, Problems& problems)
{
	_options = {.room = settings.text("room"),
		.token = settings.text("token"),
		.groups = {},
		.interfaces = settings.list("interfaces")};
	if (!rendezvous::isRoom(_options.room))
		problems.add(settings.section(), "room",
			fmt::format("\"{}\" is no room: 1 to 64 of A-Z a-z 0-9 . _ -", _options.room));
	const auto port = static_cast<std::uint16_t>(settings.integer("port"));
	for (const auto& text : settings.list("group"))
	{
		const auto group = Endpoint::parseAddress(text, port);
		const auto sameFamily = [&group](const Endpoint& other) { return other.family() == group->family(); };
		// A group of IPv6 beyond the link would need routing, and would go beyond the link.
		const bool linkLocal =
			group && (group->isV4() || (group->address()[1] & 0x0fU) == 2); // RFC 4291, section 2.7
		if (!group || !group->isMulticast() || !linkLocal)
			problems.add(settings.section(), "group",
				fmt::format(
					"\"{}\" is no multicast address: write one like 239.255.71.76 or ff12::4c:414e", text));
		else if (std::any_of(_options.groups.begin(), _options.groups.end(), sameFamily))
			problems.add(settings.section(), "group", "names more than one address of a family");
		else
			_options.groups.push_back(*group);
	}
	if (settings.list("group").empty())
		problems.add(settings.section(), "group", "is empty: write a multicast address like 239.255.71.76");
}

void LanSignaling::start()
{
	_machine.emplace(LanMachine::Options{.room = Room{_options.room, _options.token},
		.own = _context.identity().id(),
		.epoch = randomValue<std::uint64_t>(),
		.chance = randomFraction});
	watchInterfaces();
}

void LanSignaling::stop()
{
	if (!_machine)
		return;
	_timer.cancel();
	_interfaceWatch.cancel();
	_machine->stop();
	while (const auto transmit = _machine->pollTransmit())
		send(*transmit);
	_machine.reset();
	_ports.clear();
	_metrics.interfaces(0);
}

void LanSignaling::describe(const LocalDescription& description)
{
	if (!_machine)
		return;
	_machine->describe(description, _context.loop().now());
	settle();
}

bool LanSignaling::sendSignal(const PeerId& to, const std::string& session, const std::string& data)
{
	if (!_machine)
		return false;
	const bool taken = _machine->sendSignal(to, session, data, _context.loop().now());
	settle();
	return taken;
}

void LanSignaling::networkChanged()
{
	if (!_machine)
		return;
	watchInterfaces();
	_machine->lookAround(_context.loop().now());
	settle();
}

std::optional<Endpoint> LanSignaling::groupFor(const InterfaceAddress& address) const
{
	for (const auto& group : _options.groups)
		if (group.family() == address.segment.address.family())
			return group;
	return std::nullopt;
}

std::vector<InterfaceAddress> LanSignaling::wantedAddresses() const
{
	std::vector<InterfaceAddress> result;
	for (auto& address : multicastAddresses())
		if (result.size() < MAX_SEGMENTS && groupFor(address) &&
			uses(_options.interfaces, address.interface, address.loopback))
			result.push_back(std::move(address));
	return result;
}

/// Opens sockets where addresses have come, and closes them where they have gone.
void LanSignaling::watchInterfaces()
{
	auto wanted = wantedAddresses();
	for (auto port = _ports.begin(); port != _ports.end();)
		if (std::erase(wanted, port->second->address()) == 0)
		{
			_machine->removeSegment(port->first);
			port = _ports.erase(port);
		}
		else
			++port;
	for (const auto& address : wanted)
		open(address);
	tellState();
	settle();
	_interfaceWatch = _context.loop().after(INTERFACE_INTERVAL, [this] { watchInterfaces(); });
}

void LanSignaling::open(const InterfaceAddress& address)
{
	const auto id = _lastId + 1;
	try
	{
		_ports[id] = std::make_unique<LanPort>(_context.loop(), address, *groupFor(address),
			[this, id](const Endpoint& remote, ByteView datagram)
			{
				_machine->onDatagram(id, remote, datagram, _context.loop().now());
				settle();
			});
	}
	catch (const std::system_error& error)
	{
		// IPv6 takes a second or two until an address may be used: it is tried again.
		_ports.erase(id);
		const auto problem = fmt::format("nobody is looked for on {} ({}): {}", address.interface,
			address.segment.address.addressString(), error.what());
		if (std::exchange(_problem, problem) != problem)
			logDebug(_context.logger(), "{}", problem);
		return;
	}
	_lastId = id;
	_machine->addSegment(id, address.segment, _context.loop().now());
}

void LanSignaling::tellState()
{
	std::set<std::string> names;
	for (const auto& [id, port] : _ports)
		names.insert(port->address().interface);
	_metrics.interfaces(_ports.size());
	const bool any = !names.empty();
	const auto where =
		any ? fmt::format("the local network on {}, room {}", fmt::join(names, ", "), _options.room)
			: std::string{"no local network to look for others on"};
	if (std::exchange(_told, where) == where)
		return;
	if (any)
		_context.setState(PluginState::Ready, "");
	else
		_context.setState(PluginState::Degraded, where);
	_context.signalingHost().signalingState(
		*this, any ? SignalingState::Online : SignalingState::Offline, where);
}

/// Does what the machine has to say, until it is silent. What that leads to (a host may answer an offer by a
/// signal at once) is done by the outermost call.
void LanSignaling::settle()
{
	if (std::exchange(_settling, true))
		return;
	struct Guard
	{
		bool& flag;
		~Guard()
		{
			flag = false;
		}
	};
	const Guard guard{_settling};
	while (_machine)
	{
		while (const auto transmit = _machine->pollTransmit())
			send(*transmit);
		const auto event = _machine->pollEvent();
		if (!event)
			break;
		std::visit([this](const auto& happened) { handle(happened); }, *event);
	}
	if (_machine)
		schedule();
}

void LanSignaling::send(const LanMachine::Transmit& transmit)
{
	const auto port = _ports.find(transmit.segment);
	if (port != _ports.end())
		_metrics.sent(port->second->send(transmit.datagram, transmit.to) == 0);
}

void LanSignaling::schedule()
{
	_metrics.update(*_machine);
	_timer.cancel();
	if (const auto next = _machine->nextDeadline(); next != NEVER)
		_timer = _context.loop().at(next,
			[this]
			{
				_machine->onTimer(_context.loop().now());
				settle();
			});
}

void LanSignaling::handle(const PeerOffer& offer)
{
	_context.signalingHost().peerOffered(*this, offer);
}

void LanSignaling::handle(const SignalArrived& signal)
{
	_context.signalingHost().signalReceived(*this, signal.peer, signal.session, signal.data);
}

void LanSignaling::handle(const PeerGone& gone)
{
	_context.signalingHost().peerLeft(*this, gone.peer);
}

void LanSignaling::handle(const PeerStranger& stranger)
{
	_context.signalingHost().peerIncompatible(*this, stranger.peer, stranger.detail);
}

}
