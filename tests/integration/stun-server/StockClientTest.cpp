// The gimlet binary as a STUN server, asked by clients that others wrote.
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;

namespace
{

class StockClientTest : public testing::Test
{
protected:
	/// Starts a server on this address and returns its port.
	std::string start(const std::string& address, const std::string& keys = {})
	{
		const auto file = _folder.write("stun.ini",
			"[node]\nplugins = stun-server\nstate_dir = " + _folder.path() +
				"\n[http]\nlisten = 127.0.0.1:0\n[stun-server]\nlisten = " + address + ":0\n" + keys);
		_server = std::make_unique<test::Process>(test::gimlet({"--config", file}));
		return _server->waitForError("answering STUN on UDP .*:([0-9]+)");
	}

	void stop()
	{
		_server->signal(SIGTERM);
		EXPECT_EQ(_server->waitForExit(), 0) << _server->error();
	}

private:
	test::TempFolder _folder;
	std::unique_ptr<test::Process> _server;
};

}

TEST_F(StockClientTest, coturnsClientLearnsItsAddress)
{
	const auto port = start("127.0.0.1");
	test::Process client(
		{.arguments = {"turnutils_stunclient", "-p", port, "127.0.0.1"}, .environment = {}, .folder = {}});
	client.waitForOutput("UDP reflexive addr: (127.0.0.1:[0-9]+)");
	EXPECT_EQ(client.waitForExit(), 0);
	stop();
}

TEST_F(StockClientTest, coturnsClientLearnsItsIpv6Address)
{
	const auto port = start("[::1]");
	test::Process client(
		{.arguments = {"turnutils_stunclient", "-p", port, "::1"}, .environment = {}, .folder = {}});
	client.waitForOutput("UDP reflexive addr: (::1:[0-9]+)");
	EXPECT_EQ(client.waitForExit(), 0);
	stop();
}

TEST_F(StockClientTest, aClientOfRfc3489LearnsItsAddress)
{
	const auto port = start("127.0.0.1");
	test::Process client(
		{.arguments = {"stun", "127.0.0.1:" + port, "1", "-v"}, .environment = {}, .folder = {}});
	client.waitForExit();
	EXPECT_NE((client.output() + client.error()).find("MappedAddress = 127.0.0.1:"), std::string::npos)
		<< client.output() << client.error();
	stop();
}

TEST_F(StockClientTest, coturnsClientLearnsWhatItsNatDoes)
{
	const auto port = start("127.0.0.1", "alternate = 127.0.0.2:0\n");
	test::Process client({.arguments = {"turnutils_natdiscovery", "-m", "-f", "-p", port, "127.0.0.1"},
		.environment = {},
		.folder = {}});
	EXPECT_EQ(client.waitForExit(), 0) << client.output() << client.error();
	const auto said = client.output() + client.error();
	EXPECT_NE(said.find("Endpoint Independent Filtering"), std::string::npos) << said;
	EXPECT_NE(said.find("Endpoint Independent Mapping"), std::string::npos) << said;
	stop();
}
