// A rendezvous that does what none of ours does, and what it costs the client.
#include <gtest/gtest.h>

#include "tests/integration/rendezvous/ClientFixture.h"
#include "tests/support/FakeRendezvous.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::rendezvous_client
{

namespace
{

/// Streams to somebody who takes the upgrade and reads nothing after it.
class DeafConnector final : public StreamConnector
{
public:
	std::unique_ptr<Stream> connect(const StreamTarget&, StreamHandler& streamHandler) override
	{
		class Deaf final : public Stream
		{
		public:
			explicit Deaf(DeafConnector& owner) : _owner(owner) {}
			~Deaf() override
			{
				_owner.handler = nullptr;
			}
			void send(ByteView bytes) override
			{
				_owner.sent.insert(_owner.sent.end(), bytes.begin(), bytes.end());
			}
			std::size_t bufferedAmount() const override
			{
				return _owner.sent.size();
			}
			Endpoint remote() const override
			{
				return Endpoint::loopback(AF_INET, 9000);
			}

		private:
			DeafConnector& _owner;
		};
		handler = &streamHandler;
		return std::make_unique<Deaf>(*this);
	}

	StreamHandler* handler = nullptr;
	Buffer sent;
};

/// A ping of 125 bytes, as a server sends it: unmasked (RFC 6455, sections 5.2 and 5.5.2).
Buffer ping()
{
	Buffer frame{0x89, 125};
	frame.resize(2 + 125, 'x');
	return frame;
}

TEST(HostileRendezvous, OneThatAsksForPongsAndReadsNoneIsLeft)
{
	test::ManualLoop loop;
	DeafConnector streams;
	test::RendezvousNode alice{loop, streams};
	alice.start({{"url", "http://127.0.0.1:9000"}});
	ASSERT_NE(streams.handler, nullptr);
	streams.handler->onStreamOpen();
	test::FakeRendezvous server;
	const auto answer = server.receive(streams.sent);
	streams.handler->onStreamData(answer);
	ASSERT_EQ(alice.host.state, SignalingState::Online);

	constexpr std::size_t MUCH = 4 * 1024 * 1024;
	for (std::size_t pinged = 0; pinged < MUCH && streams.handler; pinged += ping().size())
		streams.handler->onStreamData(ping());
	EXPECT_EQ(streams.handler, nullptr);
	EXPECT_LT(streams.sent.size(), MUCH / 2);
	EXPECT_EQ(alice.host.state, SignalingState::Offline);
	EXPECT_NE(alice.host.detail.find("reads nothing"), std::string::npos) << alice.host.detail;
}

}

}
