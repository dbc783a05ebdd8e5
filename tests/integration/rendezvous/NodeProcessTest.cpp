#include <gmock/gmock.h>

#include <csignal>

#include "tests/integration/net/LoopTest.h"
#include "tests/integration/net/NameServer.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::rendezvous_client
{

namespace
{

/// A whole node as a process, as far as its rendezvous is concerned.
class NodeProcessTest : public test::LoopTest
{
protected:
	std::string nodeWith(const std::string& rendezvous) const
	{
		return _folder.write("node.ini",
			"[node]\nplugins = udp-plain, rendezvous\nname_servers = " + _names.endpoint().toString() +
				"\n[http]\nlisten = none\n[udp-plain]\nlisten = 127.0.0.1:0\n" + "[rendezvous]\n" +
				rendezvous);
	}

	test::TempFolder _folder;
	test::NameServer _names{_loop};
};

TEST_F(NodeProcessTest, EndsAtOnceWhileTheNameServerHangs)
{
	_names.ignore(AF_UNSPEC);
	test::Process node(test::gimlet({"run", "--config", nodeWith("url = https://rendezvous.test\n")}));
	runUntil([this] { return _names.questions() > 0; });
	const auto begun = Clock::now();
	node.signal(SIGTERM);
	EXPECT_EQ(node.waitForExit(), 0);
	EXPECT_LT(Clock::now() - begun, 4s) << "one second is wanted; four on a busy machine";
}

TEST_F(NodeProcessTest, ANameThatDoesNotExistYetIsWaitedFor)
{
	test::Process node(test::gimlet({"run", "--config", nodeWith("url = http://rendezvous.test:9\n")}));
	const auto asked = [this](std::size_t often)
	{ runUntil([=, this] { return _names.questions() >= often; }); };
	asked(2);
	const auto line = node.waitForError("(degraded: .*)");
	EXPECT_EQ(line,
		"degraded: http://rendezvous.test:9 cannot be reached: no such name: rendezvous.test; trying "
		"again until it works");
	asked(6);
	node.signal(SIGTERM);
	EXPECT_EQ(node.waitForExit(), 0);
	EXPECT_EQ(node.error().find("degraded"), node.error().rfind("degraded")) << "told once";
}

TEST_F(NodeProcessTest, SighupEntersAnotherRoom)
{
	const auto service = _folder.write(
		"rendezvous.ini", "[node]\nplugins = rendezvous-server\n[http]\nlisten = 127.0.0.1:0\n");
	test::Process server(test::gimlet({"run", "--config", service}));
	const auto url = "url = " + server.waitForError("listening on (http://[^ ]+)") + "\n";
	test::Process node(test::gimlet({"run", "--config", nodeWith(url)}));
	node.waitForError("connected to the rendezvous .*, room lobby");
	nodeWith(url + "room = attic\n");
	node.signal(SIGHUP);
	node.waitForError("connected to the rendezvous .*, room attic");
	node.signal(SIGTERM);
	EXPECT_EQ(node.waitForExit(), 0);
}

TEST_F(NodeProcessTest, WithoutAnAddressItSaysWhichKeyAndWhichVariable)
{
	test::Process node(test::gimlet({"check", "--config", nodeWith("")}));
	EXPECT_EQ(node.waitForExit(), 78);
	EXPECT_THAT(node.error(),
		testing::AllOf(testing::HasSubstr("[rendezvous] url"), testing::HasSubstr("RENDEZVOUS_SERVICE_URL")));
}

}

}
