#include "plugins/discovery/stun/GatherMachine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "node/protocol/stun/MessageBuilder.h"

using namespace gimlet;
using namespace gimlet::stun_discovery;
using namespace std::chrono_literals;

namespace
{

const TimePoint START{1000h};
constexpr std::uint16_t LOCAL_PORT = 8081;

Endpoint endpoint(std::string_view text)
{
	return Endpoint::parse(text).value();
}

/// A STUN server of the simulated network.
struct Server
{
	Endpoint address;
	Endpoint sees; ///< under which address it sees the port
	Duration delay = 20ms;
	bool dead = false;
	std::uint16_t error = 0;
	bool old = false; ///< answers with MAPPED-ADDRESS
	int asked = 0;
	TimePoint lastAsked{};
};

/// One machine and the servers it asks, in virtual time.
class GatherMachineTest : public testing::Test
{
protected:
	GatherMachine& begin(const std::vector<std::string>& names, const std::vector<int>& families = {AF_INET})
	{
		_machine.emplace(families, LOCAL_PORT, names, timing, _random, now);
		return *_machine;
	}

	GatherMachine& machine()
	{
		return *_machine;
	}

	/// Adds a server, and its name if the machine is to know it at once.
	Server& add(const std::string& address, const std::string& sees)
	{
		auto& server = servers[endpoint(address)];
		server.address = endpoint(address);
		server.sees = endpoint(sees);
		return server;
	}

	void resolve(const std::string& name, const std::vector<std::string>& addresses)
	{
		std::vector<Endpoint> endpoints;
		for (const auto& address : addresses)
			endpoints.push_back(endpoint(address));
		_machine->resolved(name, endpoints, now);
		exchange();
	}

	/// Lets time pass; every deadline and every datagram comes at its time.
	void run(Duration duration)
	{
		const auto end = now + duration;
		exchange();
		for (;;)
		{
			const auto arrival = _flying.empty() ? NEVER : _flying.begin()->first;
			const auto next = std::min(arrival, _machine->nextDeadline());
			if (next > end)
				break;
			ASSERT_GE(next, now) << "a deadline that has passed";
			now = next;
			if (arrival == next)
			{
				const auto [bytes, source] = std::move(_flying.begin()->second);
				_flying.erase(_flying.begin());
				_machine->onDatagram(bytes, source, now);
			}
			else
				_machine->onTimer(now);
			exchange();
		}
		now = end;
	}

	/// What happened since the last call, as words.
	std::vector<std::string> happened()
	{
		return std::exchange(_happened, {});
	}

	int asked() const
	{
		int total = 0;
		for (const auto& [address, server] : servers)
			total += server.asked;
		return total;
	}

	Timing timing{};
	TimePoint now = START;
	std::map<Endpoint, Server> servers;
	double fraction = 0.5;

private:
	void exchange()
	{
		while (const auto transmit = _machine->pollTransmit())
			send(*transmit);
		while (const auto event = _machine->pollEvent())
			record(*event);
	}

	void send(const Transmit& transmit)
	{
		const auto request = stun::MessageView::parse(transmit.bytes).value();
		const auto found = servers.find(transmit.server);
		if (found == servers.end())
			return;
		auto& server = found->second;
		++server.asked;
		server.lastAsked = now;
		if (server.dead)
			return;
		std::array<std::uint8_t, 100> buffer{};
		const auto kind =
			server.error ? stun::MessageClass::ErrorResponse : stun::MessageClass::SuccessResponse;
		stun::MessageBuilder builder(buffer, kind, request.method(), request.transactionId());
		if (server.error)
			builder.errorCode(server.error, "no");
		else if (server.old)
			builder.address(server.sees);
		else
			builder.xorAddress(server.sees);
		const auto bytes = builder.finish();
		_flying.emplace(now + server.delay, std::pair{Buffer(bytes.begin(), bytes.end()), server.address});
	}

	void record(const Event& event)
	{
		if (const auto* found = std::get_if<Found>(&event))
			_happened.push_back("found " + found->mapped.toString() + " " + found->server);
		else if (const auto* lost = std::get_if<Lost>(&event))
			_happened.push_back("lost " + lost->mapped.toString());
		else if (const auto* mapping = std::get_if<Mapping>(&event))
			_happened.push_back(std::string{toString(mapping->behaviour)} + ": " + mapping->detail);
		else if (const auto* health = std::get_if<Health>(&event))
			_happened.emplace_back(health->answered ? "answered" : "silent");
		else if (const auto* resolve = std::get_if<Resolve>(&event))
			_happened.push_back("resolve " + resolve->server);
		else if (std::holds_alternative<Done>(event))
			_happened.push_back("done after " + std::to_string((now - START) / 1ms) + " ms");
	}

	std::uint8_t _ids = 0;
	Random _random{[this] { return stun::TransactionId{++_ids}; }, [this] { return fraction; }};
	std::optional<GatherMachine> _machine;
	std::multimap<TimePoint, std::pair<Buffer, Endpoint>> _flying;
	std::vector<std::string> _happened;
};

using Words = std::vector<std::string>;

constexpr const char* A = "192.0.2.1:3478";
constexpr const char* B = "198.51.100.1:3478";
constexpr const char* MAPPED = "203.0.113.7:40001";
constexpr const char* OTHER = "203.0.113.7:40002";

}

TEST_F(GatherMachineTest, theFirstAnswerCountsAndTheOtherConfirms)
{
	add(A, MAPPED).delay = 30ms;
	add(B, MAPPED).delay = 10ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(500ms);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " b", "answered",
							  std::string{"endpoint-independent: a sees "} + MAPPED + ", b sees " + MAPPED,
							  "done after 30 ms"}));
	EXPECT_EQ(asked(), 2);
}

TEST_F(GatherMachineTest, neverWaitsForOneDeadServer)
{
	add(A, MAPPED).dead = true;
	add(B, MAPPED);
	begin({"a", "b", "c"});
	resolve("a", {A});
	resolve("b", {B});
	run(2s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " b", "answered", "done after 1000 ms"}))
		<< "c's name is never resolved, a never answers";
}

TEST_F(GatherMachineTest, anUnresolvableNameIsNotWaitedFor)
{
	add(B, MAPPED);
	begin({"a", "b"});
	resolve("a", {});
	resolve("b", {B});
	run(500ms);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " b", "answered", "done after 20 ms"}));
}

TEST_F(GatherMachineTest, tellsAnAddressDependentMapping)
{
	add(A, MAPPED);
	add(B, OTHER).delay = 40ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(500ms);
	EXPECT_EQ(happened(),
		(Words{std::string{"found "} + MAPPED + " a", "answered", std::string{"found "} + OTHER + " b",
			std::string{"address-dependent: a sees "} + MAPPED + ", b sees " + OTHER, "done after 40 ms"}));
}

TEST_F(GatherMachineTest, twoNamesOfOneMachineSayNothingOfTheNat)
{
	add(A, MAPPED);
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {A});
	run(500ms);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " a", "answered", "done after 20 ms"}));
}

TEST_F(GatherMachineTest, aServerOnThisSideOfTheNatIsNotCompared)
{
	add("10.0.0.1:3478", "10.0.0.7:8081");
	add(A, MAPPED).delay = 40ms;
	begin({"near", "a"});
	resolve("near", {"10.0.0.1:3478"});
	resolve("a", {A});
	run(500ms);
	EXPECT_EQ(happened(), (Words{"found 10.0.0.7:8081 near", "answered",
							  std::string{"found "} + MAPPED + " a", "done after 40 ms"}));
}

TEST_F(GatherMachineTest, theServerThatKeepsTheMappingAliveIsBeyondTheNat)
{
	add("10.0.0.1:3478", "10.0.0.7:8081");
	add(A, MAPPED).delay = 40ms;
	begin({"near", "a"});
	resolve("near", {"10.0.0.1:3478"});
	resolve("a", {A});
	run(10min);
	EXPECT_GE(servers[endpoint(A)].asked, 24);
	EXPECT_EQ(servers[endpoint("10.0.0.1:3478")].asked, 1);
	happened();
	servers[endpoint(A)].sees = endpoint(OTHER);
	run(30s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + OTHER + " a", std::string{"lost "} + MAPPED}))
		<< "what the near one sees is as true as before";
}

TEST_F(GatherMachineTest, ofANamesAddressesOneIsAskedThatNoOtherServerHas)
{
	add(A, MAPPED);
	add(B, MAPPED);
	begin({"a", "b"});
	resolve("a", {A, B});
	resolve("b", {A, B});
	run(500ms);
	EXPECT_EQ(servers[endpoint(A)].asked, 1);
	EXPECT_EQ(servers[endpoint(B)].asked, 1);
}

TEST_F(GatherMachineTest, onlyThePrimaryIsAskedAgainBeforeTheMappingDies)
{
	add(A, MAPPED);
	add(B, MAPPED).delay = 50ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(1s);
	happened();
	for (const double chance : {0.0, 0.999})
	{
		fraction = chance;
		const auto before = servers[endpoint(A)].lastAsked;
		run(25s);
		fraction = 0.0;
		const auto pause = servers[endpoint(A)].lastAsked - before;
		EXPECT_GE(pause, 20s);
		EXPECT_LE(pause, 25100ms);
	}
	run(1h);
	EXPECT_LE(servers[endpoint(A)].asked, 3600 / 20 + 5);
	EXPECT_GE(servers[endpoint(A)].asked, 3600 / 25);
	EXPECT_EQ(servers[endpoint(B)].asked, 1);
	EXPECT_EQ(happened(), Words{}) << "nothing changed";
}

TEST_F(GatherMachineTest, announcesAChangedAddressAndAsksEveryoneAgain)
{
	add(A, MAPPED);
	add(B, MAPPED).delay = 50ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(1s);
	happened();
	servers[endpoint(A)].sees = servers[endpoint(B)].sees = endpoint(OTHER);
	run(26s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + OTHER + " a", std::string{"lost "} + MAPPED}));
	EXPECT_EQ(servers[endpoint(B)].asked, 2);
	EXPECT_EQ(servers[endpoint(A)].asked, 2) << "it has just said so";
	EXPECT_EQ(machine().answered(), true);
}

TEST_F(GatherMachineTest, noticesThatTheNatHasBecomeAnother)
{
	add(A, MAPPED);
	add(B, MAPPED).delay = 50ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(1s);
	happened();
	servers[endpoint(A)].sees = endpoint("203.0.113.9:5001");
	servers[endpoint(B)].sees = endpoint("203.0.113.9:5002");
	run(26s);
	EXPECT_EQ(happened(),
		(Words{"found 203.0.113.9:5001 a", std::string{"lost "} + MAPPED, "found 203.0.113.9:5002 b",
			"address-dependent: a sees 203.0.113.9:5001, b sees 203.0.113.9:5002"}));
}

TEST_F(GatherMachineTest, anotherServerTakesOverFromOneThatDies)
{
	add(A, MAPPED);
	add(B, MAPPED).delay = 50ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(1s);
	happened();
	servers[endpoint(A)].dead = true;
	const auto silence = servers[endpoint(A)].lastAsked;
	run(25s + 2s);
	EXPECT_EQ(servers[endpoint(B)].asked, 2) << "asked while the other one still has time";
	EXPECT_LE(servers[endpoint(B)].lastAsked - silence, 25s + 1600ms);
	run(10min);
	EXPECT_GE(servers[endpoint(B)].asked, 24) << "it is the one that keeps the mapping now";
	const auto words = happened();
	EXPECT_TRUE(std::all_of(words.begin(), words.end(), [](const auto& word) { return word == "resolve a"; }))
		<< testing::PrintToString(words);
	EXPECT_EQ(machine().answered(), true);
}

TEST_F(GatherMachineTest, keepsTryingForEverWhenNobodyAnswers)
{
	add(A, MAPPED).dead = true;
	add(B, MAPPED).dead = true;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(10s);
	EXPECT_EQ(happened(), (Words{"done after 1000 ms", "silent"}));
	run(24h);
	const int inADay = asked();
	EXPECT_LT(inADay, 2 * 24 * 3600 / 5) << "not a flood";
	EXPECT_GT(inADay, 2 * 24 * 3600 / 20);
	happened();
	servers[endpoint(B)].dead = false;
	run(60s);
	auto words = happened();
	std::erase_if(words, [](const auto& word) { return word.starts_with("resolve"); });
	EXPECT_EQ(words, (Words{std::string{"found "} + MAPPED + " b", "answered"}));
}

TEST_F(GatherMachineTest, aMappingSurvivesItsServers)
{
	add(A, MAPPED);
	begin({"a"});
	resolve("a", {A});
	run(1s);
	happened();
	servers[endpoint(A)].dead = true;
	run(32s);
	EXPECT_EQ(happened(), Words{"silent"});
	run(1h);
	servers[endpoint(A)].dead = false;
	run(60s);
	auto words = happened();
	std::erase_if(words, [](const auto& word) { return word.starts_with("resolve"); });
	EXPECT_EQ(words, Words{"answered"}) << "neither lost nor found: it is the same as before";
	servers[endpoint(A)].sees = endpoint(OTHER);
	run(30s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + OTHER + " a", std::string{"lost "} + MAPPED}));
}

TEST_F(GatherMachineTest, goesThroughTheAddressesOfAName)
{
	add(A, MAPPED).dead = true;
	add(B, MAPPED);
	begin({"a"});
	resolve("a", {A, B});
	run(39s);
	EXPECT_EQ(servers[endpoint(A)].asked, 7) << "RFC 8489: Rc";
	EXPECT_EQ(servers[endpoint(B)].asked, 0);
	run(20s);
	EXPECT_GE(servers[endpoint(B)].asked, 1);
	EXPECT_EQ(machine().answered(), true);
}

TEST_F(GatherMachineTest, aFailedServerMayHaveMoved)
{
	add(A, MAPPED).dead = true;
	add(B, MAPPED);
	begin({"a"});
	resolve("a", {A});
	run(40s);
	const auto words = happened();
	ASSERT_EQ(std::count(words.begin(), words.end(), "resolve a"), 1);
	resolve("a", {B});
	run(20s);
	EXPECT_EQ(machine().answered(), true);
	resolve("a", {});
	run(30s);
	EXPECT_GE(servers[endpoint(B)].asked, 2) << "a lookup that failed takes no address away";
}

TEST_F(GatherMachineTest, aServerThatRefusesIsLeftAlone)
{
	add(A, MAPPED).error = stun::error::SERVER_ERROR;
	add(B, MAPPED).delay = 100ms;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(10min);
	EXPECT_LE(servers[endpoint(A)].asked, 10);
	EXPECT_EQ(machine().answered(), true);

	servers[endpoint(B)].error = stun::error::SERVER_ERROR;
	const int before = asked();
	run(10min);
	EXPECT_LE(asked() - before, 2 * 600 / 5) << "two that refuse do not make a loop";
	EXPECT_EQ(machine().answered(), false);
}

TEST_F(GatherMachineTest, understandsServersOfRfc3489)
{
	add(A, MAPPED).old = true;
	begin({"a"});
	resolve("a", {A});
	run(100ms);
	EXPECT_EQ(happened().at(0), std::string{"found "} + MAPPED + " a");
}

TEST_F(GatherMachineTest, addressesThatNobodyCanReachAreFailures)
{
	for (const auto* nonsense :
		{"203.0.113.7:0", "0.0.0.0:5", "224.0.0.1:5", "255.255.255.255:5", "[2001:db8::1]:5"})
	{
		servers.clear();
		add(A, nonsense);
		begin({"a"});
		resolve("a", {A});
		run(100ms);
		EXPECT_EQ(happened(), (Words{"resolve a", "done after 20 ms"})) << nonsense;
		now = START;
	}
}

TEST_F(GatherMachineTest, takesAnswersOnlyFromTheAddressAsked)
{
	auto& server = add(A, MAPPED);
	server.dead = true;
	auto& gathering = begin({"a"});
	gathering.resolved("a", {endpoint(A)}, now);
	const auto transmit = gathering.pollTransmit();
	ASSERT_TRUE(transmit);
	const auto request = stun::MessageView::parse(transmit->bytes).value();
	std::array<std::uint8_t, 100> buffer{};
	const auto answer = stun::MessageBuilder(
		buffer, stun::MessageClass::SuccessResponse, stun::method::BINDING, request.transactionId())
							.xorAddress(endpoint(OTHER))
							.finish();
	EXPECT_FALSE(gathering.onDatagram(answer, endpoint(B), now));
	EXPECT_FALSE(gathering.onDatagram(answer, endpoint(A).withPort(1), now));
	EXPECT_FALSE(gathering.onDatagram(transmit->bytes, endpoint(A), now)) << "our own request, reflected";
	EXPECT_FALSE(gathering.onDatagram(asBytes("not STUN at all, but long enough"), endpoint(A), now));
	EXPECT_EQ(gathering.pollEvent(), std::nullopt);
	EXPECT_TRUE(gathering.onDatagram(answer, endpoint(A), now));
	EXPECT_TRUE(gathering.pollEvent());
	EXPECT_FALSE(gathering.onDatagram(answer, endpoint(A), now)) << "once";
}

TEST_F(GatherMachineTest, bothFamiliesAreAskedSideBySide)
{
	add(A, MAPPED);
	add("[2001:db8::1]:3478", "[2001:db8:1::7]:40001").delay = 30ms;
	begin({"a"}, {AF_INET, AF_INET6});
	resolve("a", {A, "[2001:db8::1]:3478"});
	run(500ms);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " a", "answered",
							  "found [2001:db8:1::7]:40001 a", "done after 30 ms"}));
	servers[endpoint("[2001:db8::1]:3478")].dead = true;
	run(10min);
	EXPECT_EQ(machine().answered(), true) << "one family is enough";
}

TEST_F(GatherMachineTest, withoutNamesItSaysThatNobodyAnswers)
{
	begin({"a"});
	run(10s);
	EXPECT_EQ(happened(), (Words{"done after 1000 ms", "silent"}));
	add(A, MAPPED);
	resolve("a", {A});
	run(1s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " a", "answered"}));
}

TEST_F(GatherMachineTest, restartAsksEveryoneNow)
{
	add(A, MAPPED);
	add(B, MAPPED).dead = true;
	begin({"a", "b"});
	resolve("a", {A});
	resolve("b", {B});
	run(200s);
	happened();
	servers[endpoint(B)].dead = false;
	const int before = servers[endpoint(A)].asked;
	machine().restart(now);
	run(100ms);
	EXPECT_EQ(servers[endpoint(A)].asked, before + 1);
	EXPECT_EQ(servers[endpoint(B)].lastAsked, now - 100ms);
	EXPECT_EQ(happened().size(), 1U) << "endpoint-independent";
}

TEST_F(GatherMachineTest, otherServersAreTakenOnWithoutLosingWhatIsKnown)
{
	add(A, MAPPED);
	add(B, MAPPED);
	begin({"a"});
	resolve("a", {A});
	run(1s);
	happened();
	machine().reconfigure({"b"}, 10s, now);
	resolve("b", {B});
	run(60s);
	EXPECT_EQ(happened(), Words{});
	EXPECT_EQ(servers[endpoint(A)].asked, 1);
	EXPECT_GE(servers[endpoint(B)].asked, 5) << "at the new interval";
	servers[endpoint(B)].sees = endpoint(OTHER);
	run(15s);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + OTHER + " b", std::string{"lost "} + MAPPED}));
}

TEST_F(GatherMachineTest, aLostQuestionIsAskedAgainByTheRfcsClock)
{
	auto& server = add(A, MAPPED);
	server.dead = true;
	begin({"a"});
	resolve("a", {A});
	run(499ms);
	EXPECT_EQ(server.asked, 1);
	server.dead = false;
	run(22ms);
	EXPECT_EQ(server.asked, 2);
	EXPECT_EQ(happened(), (Words{std::string{"found "} + MAPPED + " a", "answered", "done after 520 ms"}));
}
