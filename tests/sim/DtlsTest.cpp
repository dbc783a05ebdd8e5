// DTLS sessions over simulated links, in virtual time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/dtls/Session.h"
#include "tests/sim/Seeds.h"
#include "tests/sim/net/World.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace gimlet::udp_punch;
using namespace std::chrono_literals;
using testing::ElementsAre;

namespace
{

/// A session on a socket.
class Side final : public dtls::Sink
{
public:
	Side(Host& host, dtls::Role role, Endpoint remote, const std::shared_ptr<const dtls::Certificate>& own,
		const dtls::Certificate& peer, Duration firstTimeout) :
		_host(host), _remote(remote), _port(host.open(host.addresses().front().withPort(7000)))
	{
		dtls::Session::Configuration configuration;
		configuration.role = role;
		configuration.certificate = own;
		configuration.peerFingerprint = peer.fingerprint();
		configuration.firstTimeout = firstTimeout;
		session = std::make_unique<dtls::Session>(std::move(configuration), *this);
		_port->receiver = [this](ByteView datagram, const Path&, TimePoint now)
		{
			session->onDatagram(datagram, now);
			schedule();
		};
	}

	void start()
	{
		session->start(_host.loop().now());
		schedule();
	}

	bool open() const
	{
		return session->state() == dtls::State::Open;
	}

	std::unique_ptr<dtls::Session> session;
	std::vector<std::string> received;

private:
	void dtlsSend(ByteView datagram) override
	{
		_port->send(datagram, _remote);
	}
	void dtlsReceived(ByteView data) override
	{
		received.emplace_back(asText(data));
	}

	void schedule()
	{
		if (session->nextDeadline() == NEVER)
			_timer.cancel();
		else
			_timer = _host.loop().at(session->nextDeadline(),
				[this]
				{
					session->onTimer(_host.loop().now());
					schedule();
				});
	}

	Host& _host;
	Endpoint _remote;
	std::unique_ptr<SimPort> _port;
	Timer _timer;
};

struct DtlsWorld
{
	explicit DtlsWorld(std::uint64_t seed, const LinkSettings& link) : world(seed)
	{
		anna.interfaces().front().set(link);
		client.emplace(anna, dtls::Role::Client, ben.addresses().front().withPort(7000), clientCertificate,
			*serverCertificate, 75ms);
		server.emplace(ben, dtls::Role::Server, anna.addresses().front().withPort(7000), serverCertificate,
			*clientCertificate, 75ms);
		server->start();
		client->start();
	}

	bool open(Duration limit = 30s)
	{
		return world.runUntil([this] { return client->open() && server->open(); }, limit);
	}

	World world;
	Host& anna = world.host("anna", world.internet(), {"198.51.100.1"});
	Host& ben = world.host("ben", world.internet(), {"198.51.100.2"});
	std::shared_ptr<const dtls::Certificate> clientCertificate = dtls::Certificate::make();
	std::shared_ptr<const dtls::Certificate> serverCertificate = dtls::Certificate::make();
	std::optional<Side> client;
	std::optional<Side> server;
};

constexpr LinkSettings HALF{.delay = 25ms, .mtu = 1500};

}

TEST(SimDtls, aHandshakeTakesTwoRoundTrips)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			DtlsWorld scene{seed, HALF};
			ASSERT_TRUE(scene.open()) << scene.client->session->error() << scene.server->session->error();
			fmt::print("open after {} ms of virtual time\n",
				std::chrono::duration_cast<std::chrono::milliseconds>(scene.world.elapsed()).count());
			EXPECT_EQ(scene.world.elapsed(), 100ms);
			EXPECT_EQ(scene.client->session->retransmissions(), 0U);
			scene.client->session->send(asBytes("secret words"));
			scene.server->session->send(asBytes("and an answer"));
			scene.world.run(1s);
			EXPECT_THAT(scene.server->received, ElementsAre("secret words"));
			EXPECT_THAT(scene.client->received, ElementsAre("and an answer"));
		});
}

TEST(SimDtls, aLostFlightComesAgainInVirtualTime)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			DtlsWorld scene{seed, HALF};
			scene.anna.interfaces().front().plug(false);
			// The first flight was on its way already; its answer finds nobody.
			scene.world.run(70ms);
			EXPECT_FALSE(scene.client->open());
			scene.anna.interfaces().front().plug(true);
			ASSERT_TRUE(scene.open());
			EXPECT_GT(
				scene.client->session->retransmissions() + scene.server->session->retransmissions(), 0U);
			EXPECT_LT(scene.world.elapsed(), 500ms);
		});
}

TEST(SimDtls, handshakesSurviveABadPath)
{
	Duration slowest{};
	forSeeds(1, 50,
		[&](std::uint64_t seed)
		{
			auto link = HALF;
			link.loss = 0.1;
			link.duplication = 0.05;
			link.reordering = 0.05;
			DtlsWorld scene{seed, link};
			ASSERT_TRUE(scene.open())
				<< scene.client->session->error() << " " << scene.server->session->error() << "\n"
				<< scene.world.log().text();
			slowest = std::max(slowest, scene.world.elapsed());
		});
	fmt::print("the slowest took {} ms at 10 % of loss each way\n",
		std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count());
}

TEST(SimDtls, twoRunsOfASeedHaveTheSamePackets)
{
	const auto run = [](std::uint64_t seed)
	{
		auto link = HALF;
		link.loss = 0.2;
		DtlsWorld scene{seed, link};
		EXPECT_TRUE(scene.open());
		return std::pair{scene.world.log().digest(), scene.world.log().text()};
	};
	const auto first = run(3);
	EXPECT_EQ(run(3), first);
	EXPECT_NE(run(4).first, first.first);
}
