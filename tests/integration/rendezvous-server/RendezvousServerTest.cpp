#include "tests/integration/rendezvous-server/RendezvousOnSockets.h"

using namespace gimlet;
using namespace gimlet::rendezvous_server::test;
using testing::HasSubstr;

TEST_F(RendezvousOnSocketsTest, TwoNodesMeetAndSignal)
{
	serve();
	const auto one = node(1);
	const auto two = node(2);
	const auto toOne = next<Offer>(*one);
	const auto toTwo = next<Offer>(*two);
	EXPECT_EQ(toOne.peer, id(2));
	EXPECT_EQ(toOne.endpoint, endpoint(2));
	EXPECT_EQ(toOne.session, toTwo.session);
	one->sendText(encodeSignalTo({id(2), toOne.session, "{\"candidates\":[]}"}));
	const std::string relayed = two->nextText();
	EXPECT_EQ(relayed, encodeSignalFrom({id(1), toOne.session, "{\"candidates\":[]}"}));
	two->close(1000);
	EXPECT_EQ(next<PeerLeft>(*one).peer, id(2));
}

TEST_F(RendezvousOnSocketsTest, RefusesWithTheStatusThatSaysWhy)
{
	serve({{"token", "0123456789abcdef"}, {"max_per_address", "2"}});
	const std::string token = "Authorization: Bearer 0123456789abcdef\r\n";
	const auto status = [this](const std::string& path, const std::string& headers) {
		return RawWebSocket{server, path, headers}.refusal().status;
	};
	EXPECT_EQ(status(target(1), ""), 401);
	EXPECT_EQ(status("/ws/register/nobody", token), 400);
	EXPECT_EQ(status(target(1, "?room=a%20b"), token), 400);
	EXPECT_EQ(status(target(1), token + "Origin: http://" + server.toString() + "\r\n"), 403);
	RawWebSocket one{server, target(1), token};
	EXPECT_TRUE(one.accepted());
	RawWebSocket two{server, target(2, "?token=0123456789abcdef&room=den")};
	EXPECT_TRUE(two.accepted());
	EXPECT_EQ(status(target(3), token), 429);
	const RawWebSocket three{server, target(3)};
	EXPECT_EQ(three.refusal().headers.at("www-authenticate"), "Bearer realm=\"rendezvous\"");
	EXPECT_THAT(three.refusal().body, HasSubstr("token"));
}

TEST_F(RendezvousOnSocketsTest, TellsTheAddressThatItSees)
{
	serve();
	const auto reply = get("/ip");
	EXPECT_EQ(reply.status, 200);
	EXPECT_EQ(reply.body, "127.0.0.1");
	EXPECT_THAT(reply.headers.at("content-type"), HasSubstr("text/plain"));
}

TEST_F(RendezvousOnSocketsTest, ClosesWhoBreaksALimit)
{
	serve({{"message_rate", "1"}});
	RawWebSocket large{server, target(1)};
	large.sendText(std::string(5000, 'x'));
	EXPECT_EQ(large.nextClose(), 1009);
	RawWebSocket fast{server, target(2)};
	for (int i = 0; i < 150; ++i)
		fast.sendText(encode(GetMyDetails{}));
	next<MyDetails>(fast);
	next<MyDetails>(fast);
	EXPECT_EQ(next<Error>(fast).code, TOO_FAST);
	EXPECT_EQ(fast.nextClose(), 1008);
}

TEST_F(RendezvousOnSocketsTest, ALivingWorkerKeepsItsId)
{
	serve();
	const auto older = node(1);
	RawWebSocket newer{server, target(1)};
	EXPECT_TRUE(newer.accepted());
	older->sendText(encode(GetMyDetails{}));
	// Reading, the older one answers the ping.
	EXPECT_EQ(next<MyDetails>(*older).workerId, id(1));
	EXPECT_EQ(newer.nextClose(), 4409);
}

TEST_F(RendezvousOnSocketsTest, GoesAwayWithACode)
{
	serve();
	const auto worker = node(1);
	stop();
	EXPECT_EQ(worker->nextClose(), 1001);
	EXPECT_EQ(get("/ip").status, 404);
	EXPECT_EQ(RawWebSocket(server, target(2)).refusal().status, 404);
}

TEST_F(RendezvousOnSocketsTest, ABrokenConnectionIsALeave)
{
	serve();
	const auto one = node(1);
	const auto two = node(2);
	next<Offer>(*one);
	two->client().reset();
	EXPECT_EQ(next<PeerLeft>(*one).peer, id(2));
	EXPECT_EQ(onLoop([this] { return _context->metric("gimlet_rendezvous_server_members"); }), 1);
}
