#include "plugins/frontend/console/TextView.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::console;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace
{

const PeerId ANN = "11112222-58d7-4f6e-9c38-0a4a5b8f2a11";
const PeerId NOBODY = "9999ffff-58d7-4f6e-9c38-0a4a5b8f2a11";

ui::PeerView peer(const PeerId& id, const std::string& name, LinkState state)
{
	ui::PeerView result;
	result.id = id;
	result.name = name;
	result.state = state;
	result.present = true;
	return result;
}

class ConsoleTextView : public testing::Test
{
protected:
	ConsoleTextView()
	{
		_view.show(ui::PeerUpdate{peer(ANN, "Ann", LinkState::Up)});
	}

	std::vector<std::string> fate(Delivery state, const std::string& reason = {})
	{
		return _view.show(ui::DeliveryUpdate{"m1", {ANN, state, reason}});
	}

	TextView _view{[](WallTime time) { return "t" + std::to_string(time.count()); }};
};

}

TEST_F(ConsoleTextView, ShowsTheNetworkAsItIsNow)
{
	ui::InitInfo info;
	info.network.verdict = {"Not known yet."};
	_view.show(info);
	EXPECT_THAT(_view.showNetwork(), ElementsAre("-- · UDP  not known yet", "-- Not known yet."));
	ui::NetworkStatus network;
	network.udp = ui::UdpReach::Works;
	network.facts.emplace_back();
	network.facts.front().topic = "relay";
	network.facts.front().text = "answers\x1b[2J";
	network.verdict = {"Links are direct with every NAT."};
	EXPECT_THAT(_view.show(network), IsEmpty()) << "who wants to know asks";
	EXPECT_THAT(
		_view.showNetwork(), ElementsAre("-- ✓ UDP    gets through, and the answers come back",
								 "-- · Relay  answers\\x1b[2J", "-- Links are direct with every NAT."));
}

TEST_F(ConsoleTextView, SaysWhichWayALinkGoes)
{
	auto ann = peer(ANN, "Ann", LinkState::Up);
	ann.path = "relayed";
	ann.message = "trying direct…";
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers(),
		ElementsAre("-- 11112222  up         Ann, relayed, not encrypted: trying direct…"));
	ann.message = "relayed, trying direct…";
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers(),
		ElementsAre("-- 11112222  up         Ann, not encrypted: relayed, trying direct…"));
}

TEST_F(ConsoleTextView, GreetsWithWhoItIsAndWhatIsTrue)
{
	ui::InitInfo info;
	info.workerId = NOBODY;
	info.name = "kitchen";
	info.version = "0.1.0";
	info.signaling = {SignalingState::Connecting, "reaching it"};
	info.peers = {peer(ANN, "Ann", LinkState::Lost)};
	const auto lines = _view.show(info);
	EXPECT_EQ(lines.at(0), "-- Gimlet 0.1.0: this node is kitchen, " + NOBODY);
	EXPECT_THAT(lines, Contains("-- what you write is not encrypted on its way"));
	EXPECT_THAT(lines, Contains("-- signaling connecting: reaching it"));
	EXPECT_THAT(lines, Contains(HasSubstr("lost")));
}

TEST_F(ConsoleTextView, ShowsMessagesWithTimesAndMakesThemSafe)
{
	EXPECT_THAT(_view.show(ui::MessageReceived{ANN, "", "one\x1b[2J\ntwo", "", WallTime{7}, 0}),
		ElementsAre("t7 Ann: one\\x1b[2J", "   | two"));
	EXPECT_THAT(_view.show(ui::MessageReceived{NOBODY, "", "hi", "", WallTime{7}, 0}),
		ElementsAre("t7 9999ffff: hi"));
	_view.show(ui::PeerUpdate{peer(NOBODY, "\x1b]0;evil\a", LinkState::Up)});
	EXPECT_THAT(_view.show(ui::MessageReceived{NOBODY, "", "hi", "", WallTime{7}, 0}),
		ElementsAre("t7 \\x1b]0;evil\\x07: hi"));
}

TEST_F(ConsoleTextView, DoesNotRepeatWhatWasTypedHere)
{
	const ui::MessageSent sent{"m1", "hello", {ANN}, WallTime{8}, 0, {}};
	EXPECT_THAT(_view.show(sent, true), IsEmpty());
	EXPECT_THAT(_view.show(sent), ElementsAre("t8 you: hello"));
}

TEST_F(ConsoleTextView, TellsTheFateOfAMessageWhereItMatters)
{
	_view.show(ui::MessageSent{"m1", "hello", {ANN}, WallTime{8}, 0, {}}, true);
	EXPECT_THAT(fate(Delivery::Sent), IsEmpty());
	EXPECT_THAT(fate(Delivery::Delivered), IsEmpty());
	EXPECT_THAT(fate(Delivery::Queued), ElementsAre("-- \"hello\" waits until the link with Ann is up"));
	EXPECT_THAT(fate(Delivery::Delivered), ElementsAre("-- \"hello\" has reached Ann"));
	EXPECT_THAT(fate(Delivery::Delivered), IsEmpty());
	EXPECT_THAT(fate(Delivery::Failed, "the peer is gone"),
		ElementsAre("-- \"hello\" did not reach Ann: the peer is gone"));
	EXPECT_THAT(fate(Delivery::Unconfirmed), ElementsAre(HasSubstr("confirms no messages")));
	EXPECT_THAT(fate(Delivery::Unconfirmed), IsEmpty()) << "once is enough";
}

TEST_F(ConsoleTextView, ForgetsTheOldestOfManyMessages)
{
	for (int i = 0; i < 300; ++i)
		_view.show(ui::MessageSent{"m" + std::to_string(i), "hello", {ANN}, WallTime{8}, 0, {}}, true);
	EXPECT_THAT(fate(Delivery::Failed), ElementsAre("-- a message did not reach Ann"));
}

TEST_F(ConsoleTextView, ShowsEachStatusOnce)
{
	const ui::StatusUpdate up{"Link with Ann is up", ANN, LinkState::Up, ANN};
	EXPECT_THAT(_view.show(up), ElementsAre("-- Link with Ann is up"));
	EXPECT_THAT(_view.show(up), IsEmpty());
	EXPECT_THAT(_view.show(ui::StatusUpdate{"Link with Bob is lost", {}, LinkState::Lost, NOBODY}),
		ElementsAre("-- Link with Bob is lost"));
}

TEST_F(ConsoleTextView, ShowsTheRestInAFewWords)
{
	EXPECT_THAT(_view.show(ui::SignalingStatus{SignalingState::Refused, "unauthorised"}),
		ElementsAre("-- signaling refused: unauthorised"));
	ui::PluginView plugin;
	plugin.name = "stun";
	plugin.role = "discovery";
	plugin.state = PluginState::Ready;
	EXPECT_THAT(_view.show(ui::PluginUpdate{plugin}), IsEmpty());
	plugin.state = PluginState::Degraded;
	plugin.message = "no answer";
	EXPECT_THAT(
		_view.show(ui::PluginUpdate{plugin}), ElementsAre("-- discovery stun is degraded: no answer"));
	EXPECT_THAT(_view.show(ui::Notice{"read me"}), ElementsAre("-- read me"));
	EXPECT_THAT(_view.show(ui::Error{"Cannot send empty message.", "empty", ""}),
		ElementsAre("!! Cannot send empty message."));
	EXPECT_THAT(_view.show(ui::Error{"Not connected to a P2P peer.", "not_connected", ""}),
		ElementsAre("!! Nobody is linked yet, so nothing was sent."));
	EXPECT_THAT(_view.show(ui::Error{"This peer is refused, so nothing is sent to it.", "not_connected", ""}),
		ElementsAre("!! This peer is refused, so nothing is sent to it."));
	EXPECT_THAT(_view.show(ui::PeerForgotten{ANN}), ElementsAre("-- Ann is gone"));
	EXPECT_THAT(_view.showPeers(), ElementsAre("-- nobody else is in the room"));
}

TEST_F(ConsoleTextView, ListsPeersWithTheirFigures)
{
	auto ann = peer(ANN, "Ann", LinkState::Silent);
	ann.roundTripMs = 23.42;
	ann.queued = 3;
	ann.present = false;
	ann.message = "nothing heard for 31 s";
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers(), ElementsAre("-- 11112222  silent     Ann, not encrypted, 23.4 ms, 3 "
											   "waiting, has left the room: nothing heard for 31 s"));
}

TEST_F(ConsoleTextView, PeersAreListedWithWhatIsKnownOfTheirIdentity)
{
	auto ann = peer(ANN, "Ann", LinkState::Up);
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr("not encrypted"));
	ann.encrypted = true;
	ann.trust = Trust::Proven;
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr(", encrypted, not verified"));
	ann.trust = Trust::Verified;
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr(", encrypted and verified"));
	ann.state = LinkState::Refused;
	ann.message = "another identity is verified under this name";
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr("refused"));
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr("another identity"));
}

TEST_F(ConsoleTextView, ShowsTheCodeToCompareAndHow)
{
	EXPECT_THAT(_view.showCode(NOBODY), ElementsAre(HasSubstr("no such peer")));
	EXPECT_THAT(_view.showCode(ANN), ElementsAre(HasSubstr("no code to compare with Ann")));
	auto ann = peer(ANN, "Ann", LinkState::Up);
	ann.codeWords = "amber bridge candle delta eagle";
	ann.codeDigits = "01234 56789";
	_view.show(ui::PeerUpdate{ann});
	const auto lines = _view.showCode(ANN);
	EXPECT_EQ(lines.at(0), "-- code of the link with Ann: amber bridge candle delta eagle (01234 56789)");
	EXPECT_THAT(lines.at(1), HasSubstr("/verify Ann CODE"));
	auto failed = ann;
	failed.codeWords = failed.codeDigits = "";
	failed.codeFailure = "the peer sent\x1b nonsense";
	_view.show(ui::PeerUpdate{failed});
	EXPECT_THAT(_view.showCode(ANN),
		ElementsAre(HasSubstr("there is no code to compare with Ann: the peer sent\\x1b nonsense")));
	EXPECT_THAT(_view.showPeers().at(0), HasSubstr("no code to compare (the peer sent\\x1b nonsense)"));
	ann.refusal = LinkRefusal::IdentityChanged;
	_view.show(ui::PeerUpdate{ann});
	EXPECT_THAT(_view.showCode(ANN).at(1), HasSubstr("/forget 11112222"));
	EXPECT_EQ(_view.show(ui::Verification{ANN, true}).at(0), "-- Ann is verified: the codes are the same");
}
