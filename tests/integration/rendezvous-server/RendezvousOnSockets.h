#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>

#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "plugins/service/rendezvous-server/RendezvousServer.h"
#include "tests/integration/http/HostTest.h"
#include "tests/support/FakeContext.h"

namespace gimlet::rendezvous_server::test
{

using namespace gimlet::test;
using namespace rendezvous;

/// What the plugin is given here: the real loop and listener.
inline std::unique_ptr<FakeContext> contextFor(EventLoop& loop, HttpHost& host)
{
	auto context = std::make_unique<FakeContext>(loop, "rendezvous-server-test");
	context->httpHost = &host;
	return context;
}

inline std::string id(unsigned number)
{
	return fmt::format("{:08x}-0000-4000-8000-000000000000", number);
}

inline std::string target(unsigned number, const std::string& query = "")
{
	return "/ws/register/" + id(number) + query;
}

/// The plugin on a real listener, and workers on real WebSockets.
class RendezvousOnSocketsTest : public HostTest
{
protected:
	void TearDown() override
	{
		onLoop(
			[this]
			{
				_plugin.reset();
				_context.reset();
			});
		HostTest::TearDown();
	}

	void serve(const std::map<std::string, std::string>& given = {})
	{
		std::map<std::string, std::string> values{{"token", ""}, {"origins", ""}, {"max_members", "100"},
			{"max_rooms", "100"}, {"max_per_room", "100"}, {"max_per_address", "100"}, {"max_message", "4k"},
			{"max_signal", "2k"}, {"message_rate", "50"}, {"endpoint_rate", "12"},
			{"offers_per_address", "600"}, {"ip_rate", "5"}, {"proof_rate", "50"}, {"names", ""},
			{"ping_interval", "25"}, {"ping_timeout", "25"}, {"relay", "on"}, {"relay_rate", "2M"},
			{"relay_sessions", "100"}, {"turn_urls", ""}, {"turn_secret", ""}, {"turn_lifetime", "3600"}};
		for (const auto& [key, value] : given)
			values[key] = value;
		start();
		onLoop(
			[&]
			{
				_context = contextFor(loop(), host());
				_plugin = std::make_unique<RendezvousServer>(*_context);
				FakeProblems problems;
				_plugin->configure(gimlet::test::settings("rendezvous-server", values), problems);
				EXPECT_TRUE(problems.all.empty());
				_plugin->start();
			});
	}

	void stop()
	{
		onLoop([this] { _plugin->stop(); });
	}

	template <typename T>
	T next(RawWebSocket& worker)
	{
		const std::string text = worker.nextText();
		std::string error;
		const auto message = decodeServerMessage(text, error);
		EXPECT_TRUE(message && std::holds_alternative<T>(*message)) << text;
		return message && std::holds_alternative<T>(*message) ? std::get<T>(*message) : T{};
	}

	std::unique_ptr<RawWebSocket> node(unsigned number)
	{
		auto worker = std::make_unique<RawWebSocket>(server, target(number));
		EXPECT_TRUE(worker->accepted());
		worker->sendText(encode(Hello{1, {"udp-plain/1"}, "n"}));
		worker->sendText(encode(UpdateUdpEndpoint{endpoint(number), ""}));
		EXPECT_EQ("127.0.0.1", next<Welcome>(*worker).seenIp);
		EXPECT_EQ("ok", next<UdpEndpointAck>(*worker).status);
		return worker;
	}

	static Endpoint endpoint(unsigned number)
	{
		return Endpoint::loopback(AF_INET, static_cast<std::uint16_t>(40000 + number));
	}

	std::unique_ptr<FakeContext> _context;
	std::unique_ptr<RendezvousServer> _plugin;
};

}
