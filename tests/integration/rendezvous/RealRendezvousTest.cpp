#include <gmock/gmock.h>

#include <csignal>

#include "tests/integration/rendezvous/RealRendezvous.h"
#include "tests/support/Certificates.h"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace gimlet::rendezvous_client
{

namespace
{

TEST_F(RealRendezvousTest, TwoNodesAreOfferedToEachOtherAndExchangeSignals)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url("ws") + "/"}});
	waitForOffers(1);
	const auto offer = _alice.host.offers.front();
	EXPECT_EQ(offer.peer, _bob.node.ownId);
	EXPECT_EQ(offer.name, "bob");
	EXPECT_EQ(offer.transport, "udp-plain/1");
	EXPECT_EQ(offer.endpoint, _bob.description.endpoint);
	EXPECT_TRUE(offer.ours);
	EXPECT_TRUE(offer.overLoopback);
	EXPECT_EQ(offer.session, _bob.host.offers.front().session);

	EXPECT_TRUE(_alice.plugin.sendSignal(offer.peer, offer.session, R"({"candidates":["192.0.2.7:40001"]})"));
	runUntil([this] { return !_bob.host.signals.empty(); });
	EXPECT_EQ(_bob.host.signals.front(),
		_alice.node.ownId + " " + offer.session + R"( {"candidates":["192.0.2.7:40001"]})");

	_bob.description.endpoint = Endpoint::parse("127.0.0.1:40002");
	_bob.plugin.describe(_bob.description);
	runUntil([this] { return _alice.host.offers.size() == 2; });
	EXPECT_EQ(_alice.host.offers.back().endpoint, _bob.description.endpoint);
	EXPECT_EQ(_alice.host.offers.back().session, offer.session);

	_bob.plugin.stop();
	runUntil([this] { return !_alice.host.left.empty(); });
	EXPECT_EQ(_alice.host.left.front(), _bob.node.ownId);
}

TEST_F(RealRendezvousTest, BothComeBackWhenItWasKilledAndStartedAgain)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitForOffers(1);
	_server->signal(SIGKILL);
	waitForState(_alice, SignalingState::Offline);
	waitForState(_bob, SignalingState::Offline);
	EXPECT_EQ(_alice.context.state, PluginState::Degraded);
	EXPECT_TRUE(_alice.host.left.empty());

	startServer({}, std::string{_address});
	waitForOffers(2);
	EXPECT_EQ(_alice.context.state, PluginState::Ready);
	EXPECT_EQ(_alice.host.offers.back().peer, _bob.node.ownId);
	EXPECT_NE(_alice.host.offers.back().session, _alice.host.offers.front().session);
}

TEST_F(RealRendezvousTest, AnOrderlyEndOfTheServerIsToldAsSuch)
{
	startServer();
	_alice.start({{"url", url()}});
	waitForState(_alice, SignalingState::Online);
	_server->signal(SIGTERM);
	waitForState(_alice, SignalingState::Offline);
	EXPECT_THAT(_alice.context.states.back(), HasSubstr("the rendezvous went away"));
	EXPECT_EQ(_server->waitForExit(), 0);
}

TEST_F(RealRendezvousTest, RoomsAreApart)
{
	startServer();
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}, {"room", "attic"}});
	waitForState(_alice, SignalingState::Online);
	waitForState(_bob, SignalingState::Online);
	_alice.plugin.reconfigure(_alice.settingsWith({{"room", "attic"}}));
	waitForOffers(1);
	EXPECT_EQ(_alice.host.offers.size(), 1U);
}

TEST_F(RealRendezvousTest, ATokenThatIsMissingOrWrongIsNamed)
{
	const std::string token = "0123456789abcdef0123456789abcdef";
	startServer({"rendezvous-server.token=" + token});
	_alice.start({{"url", url()}});
	waitForState(_alice, SignalingState::Refused);
	EXPECT_THAT(_alice.context.states.back(), HasSubstr("GIMLET_RENDEZVOUS_TOKEN"));
	_bob.start({{"url", url()}, {"token", "wrong"}});
	waitForState(_bob, SignalingState::Refused);
	EXPECT_THAT(_bob.host.detail, HasSubstr("does not accept our token"));
	_alice.plugin.reconfigure(_alice.settingsWith({{"token", token}}));
	waitForState(_alice, SignalingState::Online);
}

TEST_F(RealRendezvousTest, AnAddressWithoutRendezvousIsRecognised)
{
	startServer();
	_alice.start({{"url", url() + "/nowhere"}});
	waitForState(_alice, SignalingState::Offline);
	runUntil([this] { return !_alice.host.detail.empty() && _alice.host.state == SignalingState::Offline; });
	EXPECT_THAT(
		_alice.host.detail, HasSubstr(url() + "/nowhere is not a Gimlet rendezvous: it answered 404"));
	_bob.start({{"url", url("https")}});
	runUntil([this] { return _bob.context.state == PluginState::Degraded; });
	EXPECT_THAT(_bob.host.detail, HasSubstr("does not speak TLS"));
}

TEST_F(RealRendezvousTest, OverTlsWithAnAuthorityOfOnesOwn)
{
	const test::CertificateAuthority authority;
	const auto certificate = authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
	startServer({"http.certificate=" + _folder.write("certificate.pem", certificate.certificate),
		"http.private_key=" + _folder.write("key.pem", certificate.key)});
	const auto caFile = _folder.write("ca.pem", authority.certificate());
	_alice.start({{"url", url("https")}, {"ca_file", caFile}});
	_bob.start({{"url", "wss://localhost" + _address.substr(_address.find(':'))}, {"ca_file", caFile}});
	waitForOffers(1);
	EXPECT_TRUE(_alice.host.offers.front().overLoopback);
}

TEST_F(RealRendezvousTest, ANewerProcessWithTheSameKeyTakesOverAndTheOlderKeepsAway)
{
	startServer();
	_alice.start({{"url", url()}});
	waitForState(_alice, SignalingState::Online);
	_bob.beAs(*_alice.identity);
	_bob.start({{"url", url()}});
	waitForState(_alice, SignalingState::Refused);
	EXPECT_THAT(_alice.context.states.back(), HasSubstr("another process is connected with this node's id"));
	EXPECT_EQ(_bob.host.state, SignalingState::Online);
}

TEST_F(RealRendezvousTest, AProofForAnotherNameIsRefused)
{
	startServer({"rendezvous-server.names=rendezvous.example.org"});
	_alice.start({{"url", url()}});
	waitForState(_alice, SignalingState::Refused);
	EXPECT_THAT(_alice.context.states.back(), HasSubstr("the proof is for another host"));
	_server->waitForError("A worker proved its id for another host");
}

TEST_F(RealRendezvousTest, AProofForAKnownNameIsTaken)
{
	startServer({"rendezvous-server.names=rendezvous.example.org, 127.0.0.1"});
	_alice.start({{"url", url()}});
	_bob.start({{"url", url()}});
	waitForOffers(1);
	EXPECT_EQ(_alice.host.offers.front().peer, _bob.identity->id());
}

}

}
