#include "node/core/StatusPages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/core/NodeCore.h"
#include "tests/support/FakeHttpHost.h"
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

}

}
