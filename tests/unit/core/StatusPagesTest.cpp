#include "node/core/StatusPages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/core/NodeCore.h"
#include "tests/support/FakeHttpHost.h"
#include "tests/support/FakeNode.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::core
{

namespace
{

using testing::HasSubstr;

TEST(StatusPagesTest, StrangersSeeThePluginsStatesAndNoMore)
{
	test::ManualLoop loop;
	test::FakeHttpHost http;
	NodeCore node{loop, Poco::Logger::get("test"),
		{.id = "00000000-0000-4000-8000-000000000001", .name = "anna", .version = "1.2.3", .peers = {}}};
	node.pluginChanged({.name = "rendezvous",
		.role = "signaling",
		.state = PluginState::Degraded,
		.reason = "10.0.0.7:9000 refused"});
	const StatusPages pages{http, node};

	HttpReply stranger;
	http.handlers.at("/readyz")({}, stranger);
	EXPECT_EQ(stranger.body,
		R"({"ready":true,"degraded":true,"worker_id":"00000000-0000-4000-8000-000000000001","plugins":)"
		R"([{"name":"rendezvous","role":"signaling","state":"degraded","required":true}]})"
		"\n");

	HttpRequest request;
	request.trusted = true;
	HttpReply friendly;
	http.handlers.at("/ready")(request, friendly);
	for (const auto* part : {"10.0.0.7:9000 refused", R"("name":"anna","version":"1.2.3")", R"("peers":[])"})
		EXPECT_THAT(friendly.body, HasSubstr(part));
}

TEST(StatusPagesTest, FriendsSeeHowEachPeerIsReached)
{
	test::ManualLoop loop;
	test::FakeHttpHost http;
	test::FakeNode node;
	const auto peer = node.addPeer('a', "anna", LinkState::Up);
	node.prove(peer);
	auto& link = node.peer(peer).link;
	link.local = *Endpoint::parse("10.0.0.7:8081");
	link.remote = *Endpoint::parse("203.0.113.7:9");
	link.localType = CandidateType::Host;
	link.remoteType = CandidateType::ServerReflexive;
	link.roundTrip = std::chrono::milliseconds{12};
	link.bytesSent = 1;
	link.bytesReceived = 2;
	link.retransmissions = 3;
	link.cipher = "ECDHE-ECDSA-AES128-GCM-SHA256";
	node.natValue.mapping = MappingBehaviour::EndpointIndependent;
	node.factList = {{.topic = "relay", .verdict = NetworkFact::Verdict::Good, .text = "answers"}};
	const StatusPages pages{http, node};

	HttpRequest request;
	request.trusted = true;
	HttpReply reply;
	http.handlers.at("/readyz")(request, reply);
	for (const auto* part : {R"("state":"up")", R"("address":"203.0.113.7:9")", R"("path":"direct")",
			 R"("local_type":"host","remote_type":"server-reflexive","local_address":"10.0.0.7:8081")",
			 R"("round_trip_ms":12)", R"("bytes_sent":1,"bytes_received":2)", R"("retransmissions":3)",
			 R"("cipher":"ECDHE-ECDSA-AES128-GCM-SHA256")", R"("trust":"proven")",
			 R"("network":{"mapping":"endpoint-independent")", R"("topic":"relay")",
			 R"("verdict":["This side allows direct links with every NAT)"})
		EXPECT_THAT(reply.body, HasSubstr(part));
}

}

}
