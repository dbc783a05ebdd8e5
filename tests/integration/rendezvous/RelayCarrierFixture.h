#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/integration/rendezvous/ClientFixture.h"
#include "tests/integration/rendezvous/ScriptedStreams.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::test
{

inline const std::string OWN = "[100::1111:2222:3333:4444]:9";
inline const Endpoint PEER = *Endpoint::parse("[100::6162:6364:6566:6768]:9"); // "abcdefgh"

/// The plugin's relay in virtual time, with a rendezvous that says what the test wants.
class RelayCarrierFixture : public testing::Test
{
protected:
	static constexpr std::chrono::milliseconds STEP{100};

	void start(const std::map<std::string, std::string>& changes = {})
	{
		auto all = changes;
		all.emplace("url", "http://r.test");
		_alice.start(all);
		carry();
	}

	void carry()
	{
		_loop.drain();
		_streams.carry();
	}

	/// A welcome with a place at the relay. @param ticket "" for none.
	void welcome(const std::string& ticket, const std::string& address = "100::1111:2222:3333:4444")
	{
		std::string text = R"({"type":"welcome","protocol":1,"room":"lobby","seen_ip":"192.0.2.1")";
		if (!ticket.empty())
			text += R"(,"relay":{"path":"/ws/relay/)" + ticket + R"(","address":")" + address + R"("})";
		for (const auto& end : _streams.living())
			if (!end->isRelay())
				end->say(text + "}");
		carry();
	}

	/// The newest connection to the relay.
	ScriptedStreams::End& relay()
	{
		const auto found = std::find_if(
			_streams.ends.rbegin(), _streams.ends.rend(), [](const auto& end) { return end->isRelay(); });
		if (found == _streams.ends.rend())
			throw std::logic_error("no connection to the relay");
		return **found;
	}

	Port& port()
	{
		if (_discoveries.offered.size() != 1)
			throw std::logic_error("not one port");
		return *_discoveries.offered.front();
	}

	NetworkFact fact(const std::string& topic) const
	{
		NetworkFact last;
		for (const auto& one : _alice.context.facts)
			if (one.topic == topic)
				last = one;
		return last;
	}

	double metric(const std::string& name, const std::map<std::string, std::string>& labels = {}) const
	{
		return _alice.context.metric("gimlet_rendezvous_relay_" + name, labels);
	}

	void advance(Duration duration)
	{
		for (Duration passed{}; passed < duration; passed += STEP)
		{
			_loop.advance(STEP);
			carry();
		}
	}

	ManualLoop _loop;
	ScriptedStreams _streams;
	RendezvousNode _alice{_loop, _streams};
	RecordingDiscoveryHost& _discoveries = _alice.discoveries;
	std::vector<std::string>& _reports = _alice.discoveries.reports;
};

}
