#include <fmt/format.h>

#include <algorithm>

#include "node/protocol/rendezvous/Names.h"
#include "node/protocol/websocket/CloseCode.h"
#include "plugins/service/rendezvous-server/Pairing.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server
{

using namespace rendezvous;

bool Rendezvous::tooFast(Member& member, TimePoint now)
{
	if (member.messages.take(_limits.messages, now))
		return false;
	++_counters.tooManyMessages;
	if (member.tooMany > 0 && now - member.tooManyAt >= CALM)
		member.tooMany = 0;
	member.tooManyAt = now;
	const auto limit = std::max(MIN_ABUSE, static_cast<std::size_t>(4 * _limits.messages.burst));
	if (++member.tooMany > limit)
	{
		++_counters.closedForAbuse;
		drop(member, websocket::POLICY_VIOLATION, "too many messages for too long", now);
	}
	else if (member.tooMany == 1)
	{
		send(member, encode(Error{std::string{TOO_FAST}, fmt::format("More than {:g} messages a second: "
																	 "those above are not heard.",
															 _limits.messages.perSecond)}));
	}
	return true;
}

void Rendezvous::handle(Member& member, std::string_view text, TimePoint now)
{
	std::string error;
	const auto message = decodeClientMessage(text, error, {.size = _limits.maxMessage});
	if (!message)
		return bad(member, BAD_MESSAGE, error + '.');
	if (const auto* hello = std::get_if<Hello>(&*message))
		return on(member, *hello, now);
	const bool decides = !std::holds_alternative<Prove>(*message);
	if (member.speech == Speech::Undecided && decides)
	{
		member.speech = Speech::FirstVersion;
		member.transports = {std::string{PLAIN_TRANSPORT}};
		decided(member, now);
	}
	std::visit([&](const auto& content) { on(member, content, now); }, *message);
}

void Rendezvous::bad(const Member& member, std::string_view code, std::string message)
{
	++_counters.badMessages;
	send(member, encode(Error{std::string{code}, std::move(message)}));
}

void Rendezvous::on(Member& member, const Hello& hello, TimePoint now)
{
	if (member.speech != Speech::Undecided)
		return bad(member, BAD_MESSAGE, "hello must be the first message and come once.");
	member.speech = Speech::Hello;
	member.name = hello.name;
	for (const std::string& transport : hello.transports)
	{
		const auto& known = member.transports;
		if (std::find(known.begin(), known.end(), transport) == known.end())
			member.transports.push_back(transport);
	}
	const std::chrono::duration<double> interval = _limits.pingInterval;
	Welcome welcome{PROTOCOL, member.room->name, member.remote.addressString(), interval.count()};
	grant(member, welcome, now);
	send(member, encode(welcome));
	decided(member, now);
}

void Rendezvous::on(Member& member, const UpdateUdpEndpoint& update, TimePoint now)
{
	if (member.endpoint == update.endpoint)
		return send(member, encode(UdpEndpointAck{"ok"}));
	const std::string refusal = endpointRefusal(member, update, now);
	if (!refusal.empty())
	{
		++_counters.endpointsRefused;
		return send(member, encode(UdpEndpointAck{"error: " + refusal}));
	}
	++_counters.endpoints;
	if (!update.endpoint.sameAddress(member.remote))
		++_counters.endpointsElsewhere;
	member.endpoint = update.endpoint;
	send(member, encode(UdpEndpointAck{"ok"}));
	endpointChanged(member, now);
}

std::string Rendezvous::endpointRefusal(Member& member, const UpdateUdpEndpoint& update, TimePoint now)
{
	if (!update.problem.empty())
		return update.problem;
	std::string problem = endpointProblem(update.endpoint, member);
	if (!problem.empty())
		return problem;
	const TimePoint next = member.endpoints.next(_limits.endpoints, now);
	if (next > now)
	{
		const auto wait = std::chrono::ceil<std::chrono::seconds>(next - now);
		return fmt::format("the endpoint changes too often; say it again in {} s", wait.count());
	}
	member.endpoints.charge(1);
	return "";
}

void Rendezvous::on(Member& member, const Signal& signal, TimePoint /*now*/)
{
	if (!member.hello())
		return bad(member, BAD_MESSAGE, "Only members that began with hello can send signals.");
	if (signal.data.size() > _limits.maxSignal)
		return bad(member, TOO_LARGE,
			fmt::format("A signal's data may have {} bytes, and this one has {}.", _limits.maxSignal,
				signal.data.size()));
	const auto fail = [&](std::string_view reason)
	{
		++_counters.signalsFailed;
		send(member, encode(SignalFailed{signal.peer, signal.session, std::string{reason}}));
	};
	const Member* peer = _directory.findId(signal.peer);
	if (!peer || peer->room != member.room)
		return fail("There is no such worker in this room.");
	if (!peer->hello())
		return fail("That worker does not understand signals.");
	if (signal.session != sessionOf(member, *peer))
		return fail("This session is over, or was never theirs.");
	++_counters.signals;
	send(*peer, encodeSignalFrom({member.id, signal.session, signal.data}));
}

void Rendezvous::on(Member& member, const RegisterPublicIp& registration, TimePoint /*now*/)
{
	member.publicIp = registration.ip;
}

void Rendezvous::on(Member& member, const Echo& echo, TimePoint /*now*/)
{
	send(member, encode(EchoResponse{echo.members}));
}

void Rendezvous::on(Member& member, const GetMyDetails& /*request*/, TimePoint /*now*/)
{
	send(member, encode(MyDetails{member.id, member.room->name, member.name, member.transports,
					 member.publicIp, member.endpoint, member.remote.addressString()}));
}

void Rendezvous::on(Member& member, const Prove& /*proof*/, TimePoint /*now*/)
{
	bad(member, BAD_MESSAGE, "There is nothing to prove: prove answers a challenge, once.");
}

void Rendezvous::on(Member& /*member*/, const Unknown& /*message*/, TimePoint /*now*/)
{
	// Everyone ignores types that it does not know.
}

}
