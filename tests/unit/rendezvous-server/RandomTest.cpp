#include <random>
#include <set>

#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;

/// A client that believes what it is told, and notices when that cannot be.
struct Client
{
	unsigned number = 0;
	std::string room;
	bool hello = false;
	bool firstVersion = false;
	bool welcomed = false;
	std::vector<std::string> transports;
	std::optional<Endpoint> endpoint;
	std::map<std::string, std::string> sessions; ///< of the peers that it was offered
};

/// Random events from a seed, with what must hold after each of them.
class RandomWorld
{
public:
	explicit RandomWorld(unsigned seed) : _random(seed)
	{
		Limits limits;
		limits.maxPerRoom = 12;
		limits.offers = {20, 5};
		limits.endpoints = {1000, 1000};
		limits.messages = {1000, 1000};
		_world = std::make_unique<World>(limits);
	}

	void run(int steps)
	{
		for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step)
		{
			act();
			judge();
		}
		settle();
		for (const auto& [key, client] : std::map{_clients})
			leave(key);
		EXPECT_EQ(0U, _world->rendezvous.members());
		EXPECT_EQ(0U, _world->rendezvous.rooms());
		_world->pass(10min);
		EXPECT_EQ(NEVER, _world->rendezvous.nextDeadline());
	}

	std::size_t offersSeen = 0;
	std::size_t signalsSeen = 0;

private:
	unsigned below(unsigned bound)
	{
		return std::uniform_int_distribution<unsigned>{0, bound - 1}(_random);
	}

	void act()
	{
		const unsigned dice = below(100);
		if (dice < 20 || _clients.empty())
			return join();
		auto chosen = _clients.begin();
		std::advance(chosen, below(static_cast<unsigned>(_clients.size())));
		const Key key = chosen->first;
		if (dice < 35)
			hello(key);
		else if (dice < 60)
			update(key);
		else if (dice < 80)
			signal(key);
		else if (dice < 85)
			_world->pong(key);
		else if (dice < 93)
			leave(key);
		else if (dice < 95)
			_world->say(key, R"({"type":"nonsense"})"), _clients[key].firstVersion |= !_clients[key].hello;
		else
			_world->pass(std::chrono::milliseconds{below(4000)});
	}

	void join()
	{
		Client client;
		client.number = 1 + below(15);
		client.room = below(4) == 0 ? "den" : "lobby";
		const Key key = _world->join(client.number, client.room);
		if (!_world->isClosed(key))
			_clients.emplace(key, client);
	}

	void hello(Key key)
	{
		Client& client = _clients[key];
		if (client.hello || client.firstVersion)
			return;
		client.hello = true;
		const std::vector<std::vector<std::string>> lists{
			{"udp-plain/1"}, {"udp-punch/1", "udp-plain/1"}, {"x/1"}};
		client.transports = lists[below(3)];
		_world->hello(key, client.transports);
	}

	void update(Key key)
	{
		Client& client = _clients[key];
		if (!client.hello)
		{
			client.firstVersion = true;
			client.transports = {"udp-plain/1"};
		}
		Endpoint endpoint = place(client.number).withPort(static_cast<std::uint16_t>(1 + below(60000)));
		if (below(6) == 0)
			endpoint = *Endpoint::parse("[2001:db8::1]:7");
		else if (below(6) == 0)
			endpoint = *Endpoint::parse("198.51.100.7:7");
		if (!endpoint.isV6() || client.hello)
			client.endpoint = endpoint;
		_world->say(key, encode(UpdateUdpEndpoint{endpoint, ""}));
	}

	void signal(Key key)
	{
		const Client& client = _clients[key];
		if (!client.hello || client.sessions.empty())
			return;
		auto chosen = client.sessions.begin();
		std::advance(chosen, below(static_cast<unsigned>(client.sessions.size())));
		_world->say(key, encodeSignalTo({chosen->first, chosen->second,
							 "\"" + id(client.number) + chosen->second + "\""}));
	}

	void leave(Key key)
	{
		_world->leave(key);
		_clients.erase(key);
	}

	void judge()
	{
		std::erase_if(_clients, [this](const auto& entry) { return _world->isClosed(entry.first); });
		// A connection that is not the first of its id claims it.
		std::set<unsigned> seen;
		_claiming.clear();
		for (const auto& [key, client] : _clients)
		{
			if (!seen.insert(client.number).second)
				_claiming.insert(key);
		}
		EXPECT_EQ(seen.size(), _world->rendezvous.members());
		for (auto& [key, client] : _clients)
		{
			for (const std::string& text : _world->heard(key))
				hear(key, client, text);
		}
	}

	void hear(Key key, Client& client, const std::string& text)
	{
		std::string error;
		const auto message = decodeServerMessage(text, error);
		ASSERT_TRUE(message) << text << error;
		EXPECT_FALSE(_claiming.contains(key)) << "nothing is said to who claims an id: " << text;
		if (std::holds_alternative<Welcome>(*message))
		{
			EXPECT_TRUE(client.hello && !client.welcomed);
			client.welcomed = true;
		}
		if (const auto* offer = std::get_if<Offer>(&*message))
			hearOffer(client, *offer);
		if (const auto* left = std::get_if<PeerLeft>(&*message))
		{
			EXPECT_TRUE(client.hello);
			client.sessions.erase(left->peer);
		}
		if (const auto* signal = std::get_if<Signal>(&*message))
		{
			++signalsSeen;
			EXPECT_TRUE(client.hello);
			EXPECT_EQ("\"" + signal->peer + signal->session + "\"", signal->data) << "from whom it says";
			EXPECT_EQ(signal->session, client.sessions[signal->peer]);
		}
		if (const auto* other = std::get_if<PeerIncompatible>(&*message))
		{
			EXPECT_TRUE(client.hello);
			for (const std::string& transport : other->transports)
				EXPECT_EQ(client.transports.end(),
					std::find(client.transports.begin(), client.transports.end(), transport));
		}
	}

	void hearOffer(Client& client, const Offer& offer)
	{
		++offersSeen;
		EXPECT_NE(id(client.number), offer.peer);
		if (client.firstVersion)
		{
			EXPECT_EQ("", offer.session);
			EXPECT_TRUE(offer.endpoint && offer.endpoint->isV4());
			return;
		}
		EXPECT_EQ(offer.transport == "udp-plain/1", offer.endpoint.has_value());
		// Sessions are of one pair, whoever else may be offered.
		const std::set<std::string> pair{id(client.number), offer.peer};
		EXPECT_EQ(pair, _pairs.emplace(offer.session, pair).first->second);
		client.sessions[offer.peer] = offer.session;
	}

	/// When nothing is held back any more, everybody knows whom it should.
	void settle()
	{
		_world->pass(20min);
		judge();
		for (const auto& [key, client] : _clients)
		{
			if (!client.hello)
				continue;
			for (const auto& [otherKey, other] : _clients)
			{
				if (otherKey == key || !other.hello || other.room != client.room)
					continue;
				const bool punch = client.transports.size() == 2 && other.transports.size() == 2;
				const bool strange = client.transports[0] == "x/1" && other.transports[0] == "x/1";
				const bool either = client.transports[0] == "x/1" || other.transports[0] == "x/1";
				const bool plain = !either && client.endpoint && other.endpoint;
				EXPECT_EQ(punch || strange || plain, client.sessions.contains(id(other.number)))
					<< client.number << " and " << other.number;
			}
		}
	}

	std::mt19937 _random;
	std::unique_ptr<World> _world;
	std::map<Key, Client> _clients;
	std::set<Key> _claiming;
	std::map<std::string, std::set<std::string>> _pairs;
};

TEST(RandomTest, whateverHappensTheRulesHold)
{
	std::size_t offers = 0;
	std::size_t signals = 0;
	for (unsigned seed = 1; seed <= 60 && !HasFailure(); ++seed)
	{
		SCOPED_TRACE("seed " + std::to_string(seed));
		RandomWorld world{seed};
		world.run(600);
		offers += world.offersSeen;
		signals += world.signalsSeen;
	}
	// Otherwise the rules were never put to the test.
	EXPECT_GT(offers, 10'000U);
	EXPECT_GT(signals, 300U);
}

}

}
