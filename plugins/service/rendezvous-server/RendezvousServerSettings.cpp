// The part of RendezvousServer that reads the configuration.
#include <fmt/format.h>

#include "node/protocol/rendezvous/Names.h"
#include "plugins/service/rendezvous-server/RendezvousServer.h"

namespace gimlet::rendezvous_server
{

namespace
{

/// An offer with the longest name, two addresses and all ids has less than this...
constexpr std::size_t OFFER_LENGTH = 1024;

/// ...and so much more may wait for a worker: a burst of signals. Many slow readers must not fill the memory.
constexpr std::size_t OTHERS_BUFFERED = 256 * 1024;

}

void RendezvousServer::configure(const Settings& settings, Problems& problems)
{
	const auto count = [&](std::string_view key) { return static_cast<std::size_t>(settings.integer(key)); };
	_limits.maxMembers = count("max_members");
	_limits.maxRooms = count("max_rooms");
	_limits.maxPerRoom = count("max_per_room");
	_limits.maxPerAddress = count("max_per_address");
	_limits.maxMessage = settings.bytes("max_message");
	_limits.maxSignal = settings.bytes("max_signal");
	if (_limits.maxSignal > _limits.maxMessage)
		problems.add("rendezvous-server", "max_signal", "a signal cannot be longer than max_message");
	const auto perSecond = static_cast<double>(settings.integer("message_rate"));
	_limits.messages = {2 * perSecond, perSecond};
	_limits.endpoints = Rate::perMinute(static_cast<double>(settings.integer("endpoint_rate")));
	_limits.offers = Rate::perMinute(static_cast<double>(settings.integer("offers_per_address")));
	const auto proofsPerSecond = static_cast<double>(settings.integer("proof_rate"));
	_limits.proofs = {4 * proofsPerSecond, proofsPerSecond};
	_limits.names.clear();
	for (const auto& name : settings.list("names"))
	{
		if (auto host = identity::proofHost(name))
			_limits.names.push_back(std::move(*host));
		else
			problems.add("rendezvous-server", "names",
				fmt::format("\"{}\" is no host; example.org or "
							"example.org:9000 is right",
					name));
	}
	_limits.pingInterval = settings.seconds("ping_interval");
	const auto ipPerSecond = static_cast<double>(settings.integer("ip_rate"));
	_ipRate = {4 * ipPerSecond, ipPerSecond};

	_options.access = Access::Public;
	_options.maxMessage = _limits.maxMessage;
	// Who joins a full room is offered everybody in it at once; a reader who lets more wait does not read.
	_options.maxBuffered = OTHERS_BUFFERED + _limits.maxPerRoom * OFFER_LENGTH;
	_options.pingInterval = _limits.pingInterval;
	_options.pingTimeout = settings.seconds("ping_timeout");
	// Connections that claim an id come on top; the machine counts them all.
	_options.maxConnections = _limits.maxMembers + _limits.maxMembers / 10 + 10;
	_rules = {settings.text("token"), settings.list("origins")};
	configureGrants(settings, problems);
}

void RendezvousServer::configureGrants(const Settings& settings, Problems& problems)
{
	_relayWanted = settings.boolean("relay");
	_relayOptions.limits.maxPlaces = static_cast<std::size_t>(settings.integer("relay_sessions"));
	_relayOptions.limits.pair = RelayLimits::pairRate(static_cast<double>(settings.bytes("relay_rate")));
	_relayOptions.origins = _rules.origins;
	_relayOptions.pingInterval = _options.pingInterval;
	_relayOptions.pingTimeout = _options.pingTimeout;
	_turnOptions = {settings.list("turn_urls"), settings.text("turn_secret"),
		std::chrono::duration_cast<std::chrono::seconds>(settings.seconds("turn_lifetime"))};
	for (const std::string& url : _turnOptions.urls)
	{
		if (!rendezvous::isTurnUrl(url))
			problems.add("rendezvous-server", "turn_urls",
				fmt::format("\"{}\" is no TURN server; turn:turn.example.org:3478?transport=udp or "
							"turns:turn.example.org is right",
					url));
	}
	if (_turnOptions.urls.size() > rendezvous::MAX_TURN_SERVERS)
		problems.add("rendezvous-server", "turn_urls",
			fmt::format("{} are at most handed out", rendezvous::MAX_TURN_SERVERS));
	if (!_turnOptions.urls.empty() && _turnOptions.secret.empty())
		problems.add("rendezvous-server", "turn_secret",
			"turn_urls need the secret that the servers share (coturn: static-auth-secret)");
}

void RendezvousServer::reconfigure(const Settings& settings)
{
	_rules = {settings.text("token"), settings.list("origins")};
	if (_relay)
		_relay->setOrigins(_rules.origins);
	warnIfOpen();
}

}
