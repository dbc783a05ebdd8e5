// libnatpmp and libminiupnpc against routers of the test, which fail at the worst moments: a mapping that the
// job does not report must not be there.
#include "plugins/discovery/port-mapping/Routers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <system_error>

#include "node/api/UdpSocket.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/integration/net/TcpServer.h"

namespace gimlet::port_mapping
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class RoutersTest : public test::LoopTest
{
protected:
	/// Does a job on a thread of its own, while the router answers on the loop.
	JobResult perform(const Job& job)
	{
		auto result = std::async(std::launch::async,
			[&]
			{
				auto done = doJob(job, _ended);
				_done = true;
				_loop.post([] {});
				return done;
			});
		runUntil([this] { return _done.load(); });
		_done = false;
		return result.get();
	}

	std::atomic<bool> _ended{false};
	std::atomic<bool> _done{false};
};

/// RFC 6886. Any address of loopback can be a router; the port is fixed, so the first free one is taken.
class NatPmpTest : public RoutersTest
{
protected:
	void SetUp() override
	{
		for (int last = 1; !_socket.isOpen(); ++last)
		{
			try
			{
				_router = *Endpoint::parseAddress(fmt::format("127.53.51.{}", last), 5351);
				_socket = UdpSocket{{.endpoint = _router, .port = 5351}};
			}
			catch (const std::system_error&)
			{
				ASSERT_LT(last, 254) << "no address of loopback has its port 5351 free";
			}
		}
		_watch = _loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned) { received(); });
	}

	void received()
	{
		_socket.receive(_in);
		for (const auto& datagram : _in)
		{
			const Buffer request(datagram.bytes.begin(), datagram.bytes.end());
			if (request.at(1) == 0)
				answerAddress(datagram.remote);
			else
				answerMapping(request, datagram.remote);
		}
	}

	void answerAddress(const Endpoint& client)
	{
		_asked.emplace_back("address");
		const Buffer answer{0, 128, 0, _addressResult, 0, 0, 0, 9, 203, 0, 113, 7};
		// As if the request had been repeated.
		_socket.send(answer, client);
		_socket.send(answer, client);
	}

	void answerMapping(const Buffer& request, const Endpoint& client)
	{
		const bool deletion =
			std::all_of(request.begin() + 8, request.end(), [](auto byte) { return byte == 0; });
		_asked.emplace_back(deletion ? "delete" : "map");
		if (!deletion && _whenMapping)
			return _whenMapping(); // done, and not answered
		_socket.send(Buffer{0, 129, 0, 0, 0, 0, 0, 9, request.at(4), request.at(5), request.at(6),
						 request.at(7), request.at(8), request.at(9), request.at(10), request.at(11)},
			client);
	}

	Job job(Job::Kind kind = Job::Kind::Map) const
	{
		return {.kind = kind,
			.protocol = Protocol::NatPmp,
			.gateway = _router,
			.internalPort = 40001,
			.externalPort = 40002,
			.lifetime = 7200s};
	}

	Endpoint _router;
	UdpSocket _socket;
	UdpReceiveBatch _in{8, 100};
	Watch _watch;
	std::uint8_t _addressResult = 0;
	std::function<void()> _whenMapping;
	std::vector<std::string> _asked;
};

TEST_F(NatPmpTest, TheAddressIsAskedFirst)
{
	const auto result = perform(job());
	EXPECT_EQ(result.error, "");
	EXPECT_EQ(result.external.toString(), "203.0.113.7:40002");
	EXPECT_EQ(result.lifetime, 7200s);
	EXPECT_THAT(_asked, ElementsAre("address", "map"));
	EXPECT_EQ(perform(job(Job::Kind::Unmap)).error, "");
	EXPECT_THAT(_asked, ElementsAre("address", "map", "delete"));
}

TEST_F(NatPmpTest, WithoutAnAddressNothingIsMapped)
{
	_addressResult = 3;
	EXPECT_EQ(perform(job()).error, "refuses: the router has no address outside");
	EXPECT_THAT(_asked, ElementsAre("address"));
}

TEST_F(NatPmpTest, AMappingThatWasNotAnsweredIsDeletedUnlessItIsOlder)
{
	_whenMapping = [this] { _ended = true; }; // so that the job need not wait for as long as it would
	EXPECT_EQ(perform(job()).error, "no answer");
	runUntil([this] { return _asked.back() == "delete"; });
	_ended = false;
	auto renewal = job();
	renewal.renewal = true;
	EXPECT_EQ(perform(renewal).error, "no answer");
	received();
	EXPECT_EQ(_asked.back(), "map") << "that mapping lives for as long as it was granted";
}

/// A control URL that answers by what the test says, and keeps the mappings that there are.
class UpnpTest : public RoutersTest
{
protected:
	void SetUp() override
	{
		_server.onData = [this](test::TcpServer::Connection& connection)
		{
			if (isComplete(connection.received()))
				answer(connection);
		};
	}

	static bool isComplete(const std::string& request)
	{
		constexpr std::string_view LENGTH = "Content-Length: ";
		const auto length = request.find(LENGTH);
		const auto end = request.find("\r\n\r\n");
		return length < end && end != std::string::npos &&
			   request.size() - end - 4 == std::stoul(request.substr(length + LENGTH.size()));
	}

	void answer(test::TcpServer::Connection& connection)
	{
		const auto& request = connection.received();
		const auto external = element(request, "NewExternalPort");
		if (request.find("#GetExternalIPAddress") != std::string::npos)
			return reply(connection, _address);
		if (request.find("#AddPortMapping") != std::string::npos)
		{
			const auto inside =
				element(request, "NewInternalClient") + ':' + element(request, "NewInternalPort");
			const bool conflict = _mappings.try_emplace(external, inside).first->second != inside;
			++_added;
			return reply(connection, _added <= _brokenAnswers ? ""
									 : conflict               ? "<errorCode>718</errorCode>"
															  : "<ok/>");
		}
		if (request.find("#GetSpecificPortMappingEntry") != std::string::npos)
			return reply(connection, entry(external));
		if (request.find("#DeletePortMapping") != std::string::npos)
			_mappings.erase(external);
		reply(connection, "<ok/>");
	}

	std::string entry(const std::string& external) const
	{
		const auto found = _mappings.find(external);
		if (found == _mappings.end())
			return "<errorCode>714</errorCode>";
		const auto colon = found->second.find(':');
		return fmt::format("<NewInternalPort>{}</NewInternalPort><NewInternalClient>{}</NewInternalClient>",
			found->second.substr(colon + 1), found->second.substr(0, colon));
	}

	/// @param body "" is an end without an answer.
	static void reply(test::TcpServer::Connection& connection, const std::string& body)
	{
		if (!body.empty())
			connection.send(fmt::format(
				"HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.size(), body));
		connection.shutdown();
	}

	static std::string element(const std::string& text, const std::string& name)
	{
		const auto begin = text.find('<' + name + '>');
		if (begin == std::string::npos)
			return {};
		const auto from = begin + name.size() + 2;
		return text.substr(from, text.find('<', from) - from);
	}

	Job job(Job::Kind kind = Job::Kind::Map) const
	{
		return {.kind = kind,
			.protocol = Protocol::Upnp,
			.gateway = *Endpoint::parse("127.0.0.1:0"),
			.client = *Endpoint::parse("127.0.0.1:0"),
			.internalPort = 40001,
			.externalPort = 40002,
			.lifetime = 7200s,
			.router = _router};
	}

	test::TcpServer _server{_loop};
	std::string _router = fmt::format(
		"http://{}/ctl urn:schemas-upnp-org:service:WANIPConnection:1", _server.endpoint().toString());
	std::string _address = "<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>";
	int _brokenAnswers = 0;
	int _added = 0;
	std::map<std::string, std::string> _mappings; ///< ports outside, and whose they are
};

TEST_F(UpnpTest, MapsAndDeletes)
{
	const auto result = perform(job());
	EXPECT_EQ(result.error, "");
	EXPECT_EQ(result.external.toString(), "203.0.113.7:40002");
	EXPECT_EQ(result.router, _router);
	EXPECT_THAT(_mappings, ElementsAre(Pair("40002", "127.0.0.1:40001")));
	perform(job(Job::Kind::Unmap));
	EXPECT_THAT(_mappings, IsEmpty());
}

TEST_F(UpnpTest, WithoutAnAddressNothingIsMapped)
{
	_address = "<errorCode>501</errorCode>";
	EXPECT_THAT(perform(job()).error, HasSubstr("refuses"));
	EXPECT_THAT(_mappings, IsEmpty());
	_address = "";
	EXPECT_NE(perform(job()).error, "");
	EXPECT_THAT(_mappings, IsEmpty());
}

TEST_F(UpnpTest, AMappingThatWasNotAnsweredIsDeletedUnlessItIsOlder)
{
	_brokenAnswers = 1;
	EXPECT_NE(perform(job()).error, "");
	EXPECT_EQ(_added, 1);
	EXPECT_THAT(_mappings, IsEmpty());
	_brokenAnswers = 2;
	auto renewal = job();
	renewal.renewal = true;
	EXPECT_NE(perform(renewal).error, "");
	EXPECT_THAT(_mappings, ElementsAre(Pair("40002", "127.0.0.1:40001")));
}

TEST_F(UpnpTest, ANeighboursPortIsNotDeletedWhereTheAnswerIsLost)
{
	for (const auto* neighbour : {"127.0.0.2:40001", "127.0.0.1:40009"})
	{
		_mappings = {{"40002", neighbour}};
		_brokenAnswers = _added + 1;
		EXPECT_NE(perform(job()).error, "");
		EXPECT_THAT(_mappings, ElementsAre(Pair("40002", neighbour)));
	}
	const auto result = perform(job());
	EXPECT_EQ(result.error, "") << "another port is asked for";
	EXPECT_NE(result.external.port(), 40002);
	EXPECT_THAT(_mappings, testing::SizeIs(2));
}

TEST_F(UpnpTest, AnAddressThatIsNoneLeavesThePortKnown)
{
	_address = "<NewExternalIPAddress>none</NewExternalIPAddress>";
	const auto result = perform(job());
	EXPECT_EQ(result.error, "");
	EXPECT_TRUE(result.external.isUnspecified());
	EXPECT_EQ(result.external.port(), 40002) << "that is what is to be deleted";
}

}

}
