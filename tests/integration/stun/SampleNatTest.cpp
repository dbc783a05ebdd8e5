// Where a NAT's sequence of ports stands, asked of two servers on loopback that pretend to be behind such a
// NAT.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "node/api/UdpSocket.h"
#include "node/core/EpollLoop.h"
#include "node/core/net/CaresResolver.h"
#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "plugins/discovery/stun/Finder.h"
#include "tests/support/DiscoveryRecorders.h"
#include "tests/support/FakeContext.h"
#include "tests/support/SocketPort.h"

using namespace gimlet;
using namespace std::chrono_literals;
using stun_discovery::Finder;

namespace
{

class SampleNatTest : public testing::Test
{
protected:
	/// A STUN server that sees each source by the next port of the NAT.
	struct Server
	{
		explicit Server(SampleNatTest& test) :
			of(test),
			watch(test.loop.watch(socket.descriptor(), EventLoop::READABLE, [this](unsigned) { answer(); }))
		{
		}

		void answer()
		{
			socket.receive(batch);
			for (const auto& datagram : batch)
			{
				const auto request = stun::MessageView::parse(datagram.bytes);
				if (!request)
					continue;
				if (of.deaf)
				{
					of.unheard.insert(datagram.remote);
					++of.unheardRequests;
					continue;
				}
				const auto [mapping, fresh] =
					of.mappings.try_emplace({socket.local(), datagram.remote}, of.lastPort + 1);
				if (fresh)
					++of.lastPort;
				std::array<std::uint8_t, 64> buffer{};
				stun::MessageBuilder builder(buffer, stun::MessageClass::SuccessResponse,
					stun::method::BINDING, request->transactionId());
				builder.xorAddress(Endpoint::parse("203.0.113.1:0")->withPort(mapping->second));
				socket.send(builder.finish(), datagram.remote);
			}
		}

		SampleNatTest& of;
		UdpSocket socket{ListenAddress{Endpoint::loopback(AF_INET, 0), 0}};
		UdpReceiveBatch batch{8, 1'500};
		Watch watch;
	};

	void SetUp() override
	{
		test::FakeProblems problems;
		context.discoveries = &host;
		context.ownResolver = &resolver;
		const auto servers = one.socket.local().toString() + "," + other.socket.local().toString();
		finder.configure(test::settings("stun", {{"servers", servers}, {"refresh", "20"}}), problems);
		ASSERT_EQ(problems.all, std::vector<std::string>{});
		finder.start();
		_watch = loop.watch(port.socket.descriptor(), EventLoop::READABLE,
			[this](unsigned)
			{
				port.socket.receive(_batch);
				for (const auto& datagram : _batch)
					finder.onDatagram(datagram.bytes, {&port, datagram.local, datagram.remote}, loop.now());
			});
		finder.portOpened(port);
	}

	/// A look that lasts, on a machine that is busy too.
	static stun_discovery::Timing patientTiming()
	{
		stun_discovery::Timing timing;
		timing.freshLook = {.rto = 200ms, .rc = 7, .rm = 16};
		return timing;
	}

	bool reaches(const std::function<bool()>& condition)
	{
		const auto end = Clock::now() + 20s;
		while (!condition() && Clock::now() < end)
			loop.runOnce(100ms);
		return condition();
	}

	NatBehaviour nat() const
	{
		return host.nats.empty() ? NatBehaviour{} : host.nats.back();
	}

	std::uint16_t lastTold() const
	{
		return nat().ports.empty() ? 0 : nat().ports.back();
	}

	core::EpollLoop loop{Poco::Logger::get("test")};
	core::CaresResolver resolver{loop};
	std::map<std::pair<Endpoint, Endpoint>, std::uint16_t> mappings; ///< of server and source
	std::uint16_t lastPort = 40'000;
	bool deaf = false;
	std::set<Endpoint> unheard; ///< who has asked in vain
	int unheardRequests = 0;
	Server one{*this};
	Server other{*this};
	test::RecordingDiscoveryHost host;
	test::SocketPort port;
	test::FakeContext context{loop, "stun"};
	Finder finder{context, patientTiming()};

private:
	UdpReceiveBatch _batch{8, 1'500};
	Watch _watch;
};

TEST_F(SampleNatTest, anotherSocketIsSeenByThePortThatComesNext)
{
	ASSERT_TRUE(reaches([this] { return nat().mapping == MappingBehaviour::AddressDependent; }));
	const auto before = host.reports;
	lastPort += 300; // others are about
	finder.sampleNat(port);
	EXPECT_TRUE(reaches([this] { return lastTold() == 40'303; })) << lastTold();
	finder.sampleNat(port);
	EXPECT_TRUE(reaches([this] { return lastTold() == 40'304; }))
		<< "each look is through a socket of its own";
	EXPECT_EQ(host.reports, before) << "nobody can be reached there";
}

TEST_F(SampleNatTest, aLookIsAskedAgainAndIsTheOnlyOneMeanwhile)
{
	ASSERT_TRUE(reaches([this] { return nat().mapping == MappingBehaviour::AddressDependent; }));
	deaf = true;
	const auto told = lastTold();
	finder.sampleNat(port);
	finder.sampleNat(port);
	ASSERT_TRUE(reaches([this] { return unheardRequests == 1; }));
	EXPECT_EQ(lastTold(), told);
	deaf = false;
	EXPECT_TRUE(reaches([&] { return lastTold() != told; }));
	EXPECT_EQ(unheard.size(), 1U) << "one socket";
}

TEST_F(SampleNatTest, aPortThatIsClosedTakesItsLookAlong)
{
	ASSERT_TRUE(reaches([this] { return nat().mapping == MappingBehaviour::AddressDependent; }));
	deaf = true;
	finder.sampleNat(port);
	ASSERT_TRUE(reaches([this] { return unheardRequests == 1; }));
	const auto told = host.nats.size();
	finder.portClosed(port);
	deaf = false;
	const auto asked = mappings.size();
	const auto end = Clock::now() + 500ms; // a look asks again after 200
	while (Clock::now() < end)
		loop.runOnce(50ms);
	EXPECT_EQ(mappings.size(), asked) << "nobody asks any more";
	EXPECT_EQ(host.nats.size(), told);
}

}
