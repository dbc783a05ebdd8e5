// What the log says of the way that a link goes.
#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/RecordingPlugins.h"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace gimlet::core
{

namespace
{

class Lines final : public Poco::Channel
{
public:
	void log(const Poco::Message& message) override
	{
		if (message.getText().find("link with") != std::string::npos)
			lines.push_back(message.getText());
	}

	std::vector<std::string> lines;
};

class NodeWayTest : public testing::Test
{
protected:
	NodeWayTest()
	{
		_logger.setChannel(_log);
		_logger.setLevel(Poco::Message::PRIO_INFORMATION);
		_node.attach(_transport);
		_node.attach(_signaling);
		_node.portOffered(_relayPort);
		_node.candidateFound({CandidateType::Relayed, *Endpoint::parse("198.51.100.1:5000"), {}, &_relayPort,
								 "turn:relay.test"},
			"turn");
		_node.peerOffered(_signaling, {.peer = ALICE,
										  .name = "alice",
										  .transport = "test/1",
										  .session = "s",
										  .endpoint = {},
										  .ours = true,
										  .overLoopback = false});
	}

	~NodeWayTest() override
	{
		_node.detach(_transport);
		_node.detach(_signaling);
		_logger.setChannel(nullptr);
	}

	void direct(LinkState state = LinkState::Up)
	{
		auto& status = _transport.links[ALICE];
		status.local = *Endpoint::parse("10.0.0.1:8081");
		status.remote = *Endpoint::parse("203.0.113.2:8081");
		status.localType = status.remoteType = CandidateType::Host;
		_transport.link(_node, ALICE, state);
	}

	void relayed(const char* local = "198.51.100.1:5000")
	{
		auto& status = _transport.links[ALICE];
		status.local = *Endpoint::parse(local);
		status.remote = *Endpoint::parse("203.0.113.2:8081");
		status.localType = CandidateType::Relayed;
		_transport.link(_node, ALICE, LinkState::Up);
	}

	/// What was logged since the last call.
	std::vector<std::string> said()
	{
		return std::exchange(_log->lines, {});
	}

	test::ManualLoop _loop;
	Poco::AutoPtr<Lines> _log{new Lines};
	Poco::Logger& _logger{Poco::Logger::get("test.ways")};
	RecordingTransport _transport;
	RecordingSignaling _signaling;
	RecordingPort _relayPort;
	NodeCore _node{_loop, _logger, NodeCore::Options{.id = OWN, .name = "own", .version = "1", .peers = {}}};
};

}

TEST_F(NodeWayTest, IsSaidWhenTheLinkComesUpAndWhenItChanges)
{
	relayed();
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is up, relayed by turn:relay.test, test/1, not encrypted")));
	direct();
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is direct now: 203.0.113.2:8081")));
	direct();
	EXPECT_THAT(said(), IsEmpty()) << "nothing has changed";
	relayed();
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is relayed now, by turn:relay.test")));
	direct(LinkState::Silent);
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is silent")));
	direct();
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is up, direct: 203.0.113.2:8081, test/1")));
}

TEST_F(NodeWayTest, ARelayThatIsNotOursIsNamedByItsAddressAndASessionByNone)
{
	auto& status = _transport.links[ALICE];
	status.remoteType = CandidateType::Relayed;
	status.remote = *Endpoint::parse("198.51.100.7:6000");
	_transport.link(_node, ALICE, LinkState::Up);
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is up, relayed by 198.51.100.7:6000, ")));
	direct();
	said();
	relayed("[100::1]:9");
	EXPECT_THAT(said(), ElementsAre(HasSubstr("is relayed now, by a relay")));
}

TEST_F(NodeWayTest, APathThatFlapsDoesNotFillTheLog)
{
	direct();
	said();
	for (int i = 0; i < 50; ++i)
	{
		relayed();
		direct();
	}
	const auto lines = said();
	ASSERT_THAT(lines, SizeIs(6));
	EXPECT_THAT(lines.back(), HasSubstr("gimlet_node_unsaid_total"));
	_loop.advance(1min);
	relayed();
	EXPECT_THAT(said(), SizeIs(1));
}

}
