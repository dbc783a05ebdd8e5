#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/api/Identity.h"
#include "node/protocol/identity/RegistrationProof.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server::test
{

using namespace std::chrono_literals;
using namespace rendezvous;

/// A worker id for a number.
inline std::string id(unsigned number)
{
	return fmt::format("{:08x}-0000-4000-8000-000000000000", number);
}

inline Endpoint address(const std::string& text)
{
	return *Endpoint::parseAddress(text, 1000);
}

/// Where worker n is connected from, and its endpoint there.
inline Endpoint place(unsigned number)
{
	return *Endpoint::parse(fmt::format("203.0.113.{}:{}", number, 40000 + number));
}

/// A rendezvous, the time, and what every connection was sent.
class World
{
public:
	explicit World(const Limits& limits = {}, const Rendezvous::Grants& grants = {}) :
		rendezvous(
			limits, [this] { return ++_random; }, grants)
	{
	}

	struct Closed
	{
		std::uint16_t code = 0;
		std::string reason;
	};

	Key join(unsigned number, const std::string& room = "lobby")
	{
		return joinFrom(number, place(number), room);
	}

	Key joinFrom(unsigned number, const Endpoint& remote, const std::string& room = "lobby")
	{
		const Key key = rendezvous.join(id(number), room, remote, now);
		collect();
		return key;
	}

	/// A worker with a key: it has been challenged, and nothing more.
	Key joinAs(const Identity& identity, const std::string& room = "lobby", const std::string& host = HOST,
		unsigned number = 1)
	{
		const Key key = rendezvous.join(identity.id(), room, place(number), now, host);
		collect();
		return key;
	}

	/// What a client with a key answers to the challenge that a connection was sent.
	Prove proof(
		Key key, const Identity& identity, const std::string& room = "lobby", const std::string& host = HOST)
	{
		const auto challenges = take<Challenge>(key);
		return proofFor(
			challenges.empty() ? identity::Nonce{} : challenges.front().nonce, identity, room, host);
	}

	static Prove proofFor(const identity::Nonce& nonce, const Identity& identity, const std::string& room,
		const std::string& host)
	{
		Prove result;
		result.publicKey.assign(identity.publicKey().begin(), identity.publicKey().end());
		result.clientNonce = {42};
		result.host = host;
		const auto text = identity::registrationText({.host = host,
			.serverNonce = nonce,
			.clientNonce = result.clientNonce,
			.id = identity.id(),
			.room = room});
		result.signature = identity.sign(asBytes(text));
		return result;
	}

	/// A node with a key that has proven itself and said hello.
	Key proven(const Identity& identity, const std::string& room = "lobby", bool yield = false)
	{
		const Key key = joinAs(identity, room);
		auto answer = proof(key, identity, room);
		answer.yield = yield;
		say(key, encode(answer));
		hello(key, {"udp-punch/1"});
		return key;
	}

	static constexpr const char* HOST = "rendezvous.test:9000";

	/// Joins, says hello and, with an endpoint, that.
	Key node(unsigned number, const std::vector<std::string>& transports = {"udp-plain/1"},
		bool endpoint = true, const std::string& room = "lobby")
	{
		const Key key = join(number, room);
		hello(key, transports, fmt::format("node {}", number));
		if (endpoint)
			say(key, encode(UpdateUdpEndpoint{place(number), ""}));
		return key;
	}

	/// A first-version worker with an endpoint.
	Key worker(unsigned number, const std::string& room = "lobby")
	{
		const Key key = join(number, room);
		say(key, encode(RegisterPublicIp{place(number).addressString()}));
		say(key, encode(UpdateUdpEndpoint{place(number), ""}));
		return key;
	}

	void hello(
		Key key, const std::vector<std::string>& transports = {"udp-plain/1"}, const std::string& name = "")
	{
		say(key, encode(Hello{1, transports, name}));
	}

	void say(Key key, const std::string& text)
	{
		rendezvous.onText(key, text, now);
		collect();
	}

	void pong(Key key)
	{
		rendezvous.onPong(key, now);
		collect();
	}

	void leave(Key key)
	{
		rendezvous.leave(key, now);
		collect();
	}

	/// Lets time pass, with every deadline in between at its time.
	void pass(Duration duration)
	{
		const TimePoint end = now + duration;
		while (rendezvous.nextDeadline() <= end)
		{
			now = std::max(now, rendezvous.nextDeadline());
			rendezvous.onTimer(now);
			collect();
		}
		now = end;
	}

	/// What a connection was sent since the last call.
	std::vector<std::string> heard(Key key)
	{
		return std::exchange(_heard[key], {});
	}

	/// The messages of one type among what a connection was sent since the last call of heard or take.
	template <typename T>
	std::vector<T> take(Key key)
	{
		std::vector<T> result;
		for (const std::string& text : heard(key))
		{
			std::string error;
			const auto message = decodeServerMessage(text, error);
			EXPECT_TRUE(message) << text << ": " << error;
			if (message && std::holds_alternative<T>(*message))
				result.push_back(std::get<T>(*message));
		}
		return result;
	}

	/// Whom a connection was offered since the last call of heard or take.
	std::vector<std::string> offered(Key key)
	{
		std::vector<std::string> result;
		for (const Offer& offer : take<Offer>(key))
			result.push_back(offer.peer);
		return result;
	}

	/// Forgets what everybody was sent.
	void quiet()
	{
		_heard.clear();
	}

	bool isClosed(Key key) const
	{
		return closed.contains(key);
	}

	TimePoint now{1h};
	Rendezvous rendezvous;
	std::map<Key, Closed> closed;
	std::vector<Key> pinged;

private:
	void collect()
	{
		Action action;
		while (rendezvous.poll(action))
		{
			EXPECT_FALSE(closed.contains(action.to)) << "an action for a connection that was closed";
			if (action.kind == Action::Kind::Send)
				_heard[action.to].push_back(action.text);
			else if (action.kind == Action::Kind::Ping)
				pinged.push_back(action.to);
			else
				closed[action.to] = {action.code, action.text};
		}
	}

	std::uint64_t _random = 0;
	std::map<Key, std::vector<std::string>> _heard;
};

}
