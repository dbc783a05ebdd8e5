#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/integration/net/StreamTest.h"
#include "tests/integration/rendezvous/ClientFixture.h"
#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::rendezvous_client
{

/// The plugin of two nodes, and the shipped rendezvous as a process.
class RealRendezvousTest : public test::StreamTest
{
protected:
	RealRendezvousTest()
	{
		_bob.description.name = "bob";
		_bob.description.endpoint = Endpoint::parse("127.0.0.1:40001");
	}

	/// Starts the rendezvous, anew if it runs. @param listen "127.0.0.1:0", or where it was before.
	void startServer(const std::vector<std::string>& settings = {}, const std::string& listen = "127.0.0.1:0")
	{
		_server.reset();
		std::vector<std::string> arguments{
			"run", "--config", _configuration, "--set", "http.listen=" + listen};
		for (const auto& setting : settings)
		{
			arguments.emplace_back("--set");
			arguments.push_back(setting);
		}
		_server.emplace(test::gimlet(arguments));
		_address = _server->waitForError("listening on https?://([^ ]+)");
	}

	std::string url(const std::string& scheme = "http") const
	{
		return scheme + "://" + _address;
	}

	void waitForState(const test::RendezvousNode& node, SignalingState state)
	{
		runUntil([&] { return node.host.state == state; });
	}

	void waitForOffers(std::size_t count)
	{
		runUntil([&] { return _alice.host.offers.size() >= count && _bob.host.offers.size() >= count; });
	}

	test::TempFolder _folder;
	const std::string _configuration =
		_folder.write("rendezvous.ini", "[node]\nplugins = rendezvous-server\n");
	std::optional<test::Process> _server;
	std::string _address;
	test::RendezvousNode _alice{_loop, _connector};
	test::RendezvousNode _bob{_loop, _connector};
};

}
