// Two nodes on two loops in one process, and the engine's own thread between them. Run under TSan too.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/Engine.h"
#include "tests/support/LoopThread.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
namespace sctp = udp_punch::sctp;

/// One node: a loop thread with an association whose packets are posted to the other node's loop.
class ThreadedEnd final : public sctp::Sink, public ChannelObserver
{
public:
	explicit ThreadedEnd(bool client) : _client(client) {}

	/// Before anything is sent.
	void join(ThreadedEnd& other)
	{
		_other = &other;
	}

	void begin(const std::shared_ptr<sctp::Engine>& engine)
	{
		run(
			[&]
			{
				sctp::Association::Configuration configuration;
				configuration.dtlsClient = _client;
				_association =
					std::make_unique<sctp::Association>(engine, _thread.loop(), configuration, *this);
			});
	}

	/// Waits for a call on this end's loop.
	template <typename Call>
	void run(Call call)
	{
		_thread.run(std::move(call));
	}

	void connect()
	{
		_association->connect();
	}

	void openAndSend(int messages)
	{
		ChannelOptions options;
		options.label = "threads";
		auto& channel = _association->open(options, *this);
		for (int i = 0; i < messages; ++i)
			EXPECT_EQ(channel.send(MessageKind::Binary, Buffer(5000, 7)), ChannelSend::Accepted);
	}

	void end()
	{
		run([&] { _association.reset(); });
	}

	/// The number of the next packet that is not delivered; 0 is none.
	std::atomic<int> loseEvery{0};
	std::promise<void> allReceived;
	std::size_t expected = 0; ///< bytes

	void sctpSend(ByteView packet) override
	{
		if (const auto every = loseEvery.load(); every != 0 && ++_sent % every == 0)
			return;
		_other->_thread.loop().post(
			[other = _other, bytes = Buffer(packet.begin(), packet.end())]
			{
				if (other->_association)
					other->_association->onPacket(bytes);
			});
	}
	void associationUp() override {}
	ChannelObserver* channelOffered(Channel&) override
	{
		return this;
	}
	void associationLost(const std::string&) override {}

	void messageBegin(Channel&, MessageKind) override {}
	void messagePart(Channel&, ByteView bytes) override
	{
		_received += bytes.size();
		if (_received == expected)
			allReceived.set_value();
	}
	void messageEnd(Channel&) override {}
	void closed(Channel&, const std::string&) override {}

private:
	const bool _client;
	ThreadedEnd* _other = nullptr;
	int _sent = 0;
	std::size_t _received = 0;
	std::unique_ptr<sctp::Association> _association;
	LoopThread _thread;
};

class SctpThreads : public testing::Test
{
protected:
	SctpThreads()
	{
		one.join(other);
		other.join(one);
		auto engine = sctp::Engine::shared();
		one.begin(engine);
		other.begin(engine);
	}

	~SctpThreads() override
	{
		one.end();
		other.end();
	}

	ThreadedEnd one{true};
	ThreadedEnd other{false};
};

TEST_F(SctpThreads, TwoLoopsExchangeMessagesWhileTimersRepeatWhatIsLost)
{
	constexpr int MESSAGES = 300;
	one.loseEvery = 17;
	other.loseEvery = 13;
	one.expected = other.expected = MESSAGES * 5000;
	for (auto* end : {&one, &other})
		end->run(
			[&]
			{
				end->connect();
				end->openAndSend(MESSAGES);
			});
	EXPECT_EQ(one.allReceived.get_future().wait_for(60s), std::future_status::ready);
	EXPECT_EQ(other.allReceived.get_future().wait_for(60s), std::future_status::ready);
}

TEST_F(SctpThreads, AnEndMayGoWhileTheOtherSends)
{
	one.loseEvery = 5;
	other.expected = 5000;
	other.run([&] { other.connect(); });
	one.run(
		[&]
		{
			one.connect();
			one.openAndSend(500);
		});
	EXPECT_EQ(other.allReceived.get_future().wait_for(60s), std::future_status::ready);
	other.end();
	one.run([] {});
}

TEST(SctpEngine, ManyThreadsBeginAndEndIt)
{
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; ++i)
		threads.emplace_back(
			[]
			{
				for (int round = 0; round < 25; ++round)
					EXPECT_TRUE(sctp::Engine::shared());
			});
	for (auto& thread : threads)
		thread.join();
}

}

}
