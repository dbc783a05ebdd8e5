#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/dtls/Session.h"
#include "tests/unit/udp-punch/dtls/WallClock.h"

namespace gimlet::udp_punch::dtls::test
{

/// One side: a session, what it sends and what it delivers.
struct End : Sink
{
	void dtlsSend(ByteView datagram) override
	{
		sent.emplace_back(datagram.begin(), datagram.end());
		all.push_back(datagram.size());
	}
	void dtlsReceived(ByteView data) override
	{
		received.emplace_back(asText(data));
		if (onReceived)
			onReceived();
	}

	/// Made at the first call, by the configuration as it is then.
	Session& operator()()
	{
		if (!session)
			session = std::make_unique<Session>(configuration, *this);
		return *session;
	}
	Session* operator->()
	{
		return &(*this)();
	}

	std::function<void()> onReceived;
	Session::Configuration configuration;
	std::unique_ptr<Session> session;
	std::deque<Buffer> sent;           ///< and not carried yet
	std::vector<std::size_t> all;      ///< sizes of all that was ever sent
	std::vector<std::string> received; ///< decrypted
};

/// Two sessions that expect each other, joined by queues.
class Pair : public testing::Test
{
protected:
	Pair()
	{
		client.configuration.role = Role::Client;
		server.configuration.role = Role::Server;
		client.configuration.certificate = Certificate::make();
		server.configuration.certificate = Certificate::make();
		client.configuration.peerFingerprint = server.configuration.certificate->fingerprint();
		server.configuration.peerFingerprint = client.configuration.certificate->fingerprint();
	}

	/// Carries what waits on both sides until nothing does.
	void carry()
	{
		for (int round = 0; round < 100 && !(client.sent.empty() && server.sent.empty()); ++round)
		{
			carry(client, server);
			carry(server, client);
		}
	}
	void carry(End& from, End& to)
	{
		for (std::size_t count = from.sent.size(); count > 0; --count)
		{
			const auto datagram = std::move(from.sent.front());
			from.sent.pop_front();
			to->onDatagram(datagram, now);
		}
	}
	void open()
	{
		server->start(now);
		client->start(now);
		carry();
		ASSERT_EQ(client->state(), State::Open) << client->error();
		ASSERT_EQ(server->state(), State::Open) << server->error();
	}

	/// Lets both clocks run, the one that OpenSSL reads too.
	void pass(Duration duration)
	{
		wallClock.advance(duration);
		now += duration;
	}
	/// Lets time pass until something is due on a side, which then happens.
	void passToDeadline()
	{
		const auto next = std::min(client->nextDeadline(), server->nextDeadline());
		ASSERT_NE(next, NEVER);
		if (next > now)
			pass(next - now);
		for (auto* end : {&client, &server})
			if ((*end)->nextDeadline() <= now)
				(*end)->onTimer(now);
	}

	WallClock wallClock;
	TimePoint now{std::chrono::hours{1}};
	End client;
	End server;
};

}
