// `gimlet netcheck` as a process: against a real rendezvous with a STUN server, and where everything is
// broken.
#include <Poco/Net/ServerSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "node/api/UdpSocket.h"
#include "node/protocol/json/Json.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;
using testing::Not;

class Netcheck : public testing::Test
{
protected:
	std::string node(const std::string& rendezvous, const std::string& stun, const std::string& more = {})
	{
		return _folder.write("node.ini", "[node]\nplugins = udp-punch, stun, rendezvous, web\n[http]\nlisten "
										 "= 127.0.0.1:0\n[udp-punch]\nlisten = "
										 "127.0.0.1:0\n[stun]\nservers = " +
											 stun + "\n[rendezvous]\nurl = http://" + rendezvous +
											 "\nroom = busy\ntoken = a-secret-token-of-the-test\n" + more);
	}

	/// Runs it; fails if it takes longer than people were promised.
	Process& run(std::vector<std::string> arguments)
	{
		arguments.insert(arguments.begin(), "netcheck");
		const auto begin = std::chrono::steady_clock::now();
		_process = std::make_unique<Process>(gimlet(std::move(arguments)));
		_exit = _process->waitForExit();
		// Four times what is promised: a busy machine with sanitizers takes its time to start and to end.
		EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
		EXPECT_THAT(_process->output(), Not(HasSubstr("secret-token")));
		EXPECT_THAT(_process->error(), Not(HasSubstr("secret-token")));
		return *_process;
	}

	TempFolder _folder;
	std::unique_ptr<Process> _process;
	int _exit = -1;
};

}

TEST_F(Netcheck, TellsWhatAWorkingNetworkAllows)
{
	const auto ini = _folder.write("rendezvous.ini",
		"[node]\nplugins = rendezvous-server, stun-server\n[http]\nlisten = "
		"127.0.0.1:0\n[stun-server]\nlisten = "
		"127.0.0.1:0\n[rendezvous-server]\ntoken = a-secret-token-of-the-test\n");
	Process server{gimlet({"run", "--config", ini})};
	const auto rendezvous = server.waitForError("listening on http://(127\\.0\\.0\\.1:\\d+)");
	const auto stun = server.waitForError("STUN[^\\n]*(127\\.0\\.0\\.1:\\d+)");

	const auto config = node(rendezvous, stun);
	auto& process = run({"--config", config});
	EXPECT_EQ(_exit, 0) << process.error();
	EXPECT_THAT(process.output(), HasSubstr("✓ UDP"));
	EXPECT_THAT(process.output(), HasSubstr("✓ Rendezvous"));
	EXPECT_THAT(process.output(), HasSubstr("What that means"));
	EXPECT_THAT(process.output(), Not(HasSubstr("this machine, and"))) << "it answers";
	EXPECT_EQ(process.error(), "");

	run({"--config", config, "--json"});
	std::string error;
	auto text = _process->output();
	ASSERT_TRUE(text.ends_with('\n'));
	text.pop_back();
	const auto object = json::Object::parse(text, error);
	ASSERT_TRUE(object) << error << text;
	EXPECT_EQ(object->boolean("usable"), true);
	EXPECT_EQ(object->object("network")->text("udp", 20), "works");
	EXPECT_EQ(object->object("signaling")->text("state", 20), "online");
}

TEST_F(Netcheck, WhereNothingAnswersItSaysSoInTimeAndWhatToDo)
{
	// Ports of loopback where nobody listens, also for the question what a name stands for.
	auto& process = run({"--config", node("127.0.0.1:1", "127.0.0.1:1, stun.test:3478"), "--set",
		"node.name_servers=127.0.0.1:1"});
	EXPECT_EQ(_exit, 69);
	EXPECT_THAT(process.output(), HasSubstr("✗ UDP"));
	EXPECT_THAT(process.output(), HasSubstr("✗ Rendezvous"));
	EXPECT_THAT(process.output(), HasSubstr("Nothing answers: no STUN server, no rendezvous and no relay."));
	EXPECT_THAT(process.output(), HasSubstr("[rendezvous] url"));
	EXPECT_THAT(process.output(), HasSubstr("http://127.0.0.1:1 is this machine, and nobody answers here"));
	EXPECT_THAT(process.output(), HasSubstr("RENDEZVOUS_SERVICE_URL"));
	EXPECT_EQ(process.error(), "");
}

TEST_F(Netcheck, SilenceIsToldInTimeAsWell)
{
	// They take what is sent to them, and never say a word: the kernel completes connections to the listener.
	const UdpSocket stun{{.endpoint = Endpoint::loopback(AF_INET, 0)}};
	const auto silent = stun.local().toString();
	const Poco::Net::ServerSocket rendezvous{Poco::Net::SocketAddress{"127.0.0.1", 0}};
	const auto config = node(rendezvous.address().toString(), silent + ", stun.test");
	auto& process = run({"--config", config, "--set", "node.name_servers=" + silent});
	EXPECT_EQ(_exit, 69);
	EXPECT_THAT(process.output(), HasSubstr("✗ UDP"));
	EXPECT_THAT(process.output(), HasSubstr("✗ Rendezvous  127.0.0.1: no answer\n"));
	EXPECT_THAT(process.output(), HasSubstr("Nothing answers: no STUN server, no rendezvous and no relay."));
	EXPECT_EQ(process.error(), "");
}

TEST_F(Netcheck, AWrongConfigurationIsNoNetworkTrouble)
{
	auto& process = run({"--config", node("127.0.0.1:1", "127.0.0.1:1", "[stun]\nserver = x\n")});
	EXPECT_EQ(_exit, 78);
	EXPECT_EQ(process.output(), "");
	EXPECT_THAT(process.error(), HasSubstr("did you mean \"servers\"?"));
	run({"--config", std::string{GIMLET_SOURCE_DIR} + "/etc/rendezvous.ini"});
	EXPECT_EQ(_exit, 78);
	EXPECT_THAT(_process->error(), HasSubstr("runs no plugin that looks at the network"));
}

}
