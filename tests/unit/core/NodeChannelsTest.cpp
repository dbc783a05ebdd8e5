#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/RecordingPlugins.h"

namespace gimlet::core
{

namespace
{

using testing::ElementsAre;

class FakeChannel final : public Channel
{
public:
	explicit FakeChannel(const std::string& label)
	{
		_options.label = label;
	}
	const ChannelOptions& options() const override
	{
		return _options;
	}
	std::size_t maxMessage() const override
	{
		return 0;
	}
	ChannelSend send(MessageKind, ByteView) override
	{
		return ChannelSend::Closed;
	}
	std::size_t bufferedAmount() const override
	{
		return 0;
	}
	void setLowWater(std::size_t) override {}
	void close() override {}

private:
	ChannelOptions _options;
};

class Listener final : public ChannelObserver
{
public:
	void messageBegin(Channel&, MessageKind) override {}
	void messagePart(Channel&, ByteView) override {}
	void messageEnd(Channel&) override {}
	void closed(Channel&, const std::string&) override {}
};

class Files final : public ChannelService
{
public:
	ChannelObserver* channelOffered(const PeerId& from, Channel& channel) override
	{
		offered.push_back(from.substr(35) + ":" + channel.options().label);
		return &listener;
	}

	Listener listener;
	std::vector<std::string> offered;
};

class NodeChannelsTest : public testing::Test
{
protected:
	test::ManualLoop _loop;
	RecordingTransport _transport;
	RecordingTransport _other;
	RecordingSignaling _signaling;
	NodeCore _node{_loop, Poco::Logger::get("test"), {.id = OWN, .name = "own", .version = "1", .peers = {}}};
	FakeChannel _files{"files"};
	Files _service;

	void SetUp() override
	{
		_node.attach(_transport);
		_node.peerOffered(
			_signaling, {.peer = ALICE, .name = "", .transport = "test/1", .session = "s", .endpoint = {}});
	}
};

TEST_F(NodeChannelsTest, ChannelsThatPeersOpenGoToTheServiceOfTheirLabel)
{
	EXPECT_EQ(_node.channelOffered(_transport, ALICE, _files), nullptr);
	_node.serveChannels("files", &_service);
	EXPECT_EQ(_node.channelOffered(_transport, ALICE, _files), &_service.listener);
	FakeChannel tunnel{"tunnel"};
	EXPECT_EQ(_node.channelOffered(_transport, ALICE, tunnel), nullptr);
	EXPECT_THAT(_service.offered, ElementsAre("a:files"));
	_node.serveChannels("files", nullptr);
	EXPECT_EQ(_node.channelOffered(_transport, ALICE, _files), nullptr);
}

TEST_F(NodeChannelsTest, OnlyThePeersOwnTransportOffersItsChannels)
{
	_node.serveChannels("files", &_service);
	EXPECT_EQ(_node.channelOffered(_other, ALICE, _files), nullptr);
	EXPECT_EQ(_node.channelOffered(_transport, BOB, _files), nullptr);
}

TEST_F(NodeChannelsTest, ChannelsAreOpenedOverALink)
{
	_transport.channel = &_files;
	Listener listener;
	EXPECT_EQ(_node.openChannel(BOB, {}, listener), nullptr);
	EXPECT_EQ(_node.openChannel(ALICE, {}, listener), nullptr);
	_transport.link(_node, ALICE, LinkState::Up);
	ChannelOptions options;
	options.label = "files";
	EXPECT_EQ(_node.openChannel(ALICE, options, listener), &_files);
	EXPECT_THAT(_transport.channels, ElementsAre("a:files"));
}

}

}
