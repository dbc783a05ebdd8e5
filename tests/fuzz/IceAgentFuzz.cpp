// An ICE agent whose peer, network and owner do what the input says, at the times that it says: random
// datagrams, checks and answers with the right passwords, bent ones, candidates, restarts, ports that go.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/transport/udp-punch/ice/AddressRules.h"
#include "plugins/transport/udp-punch/ice/Agent.h"
#include "plugins/transport/udp-punch/ice/CheckMessage.h"
#include "plugins/transport/udp-punch/ice/Timing.h"
#include "tests/fuzz/IceSurroundings.h"
#include "tests/fuzz/Input.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::udp_punch;
using namespace gimlet::udp_punch::ice;
using namespace gimlet::fuzz;

namespace
{

class Script
{
public:
	Script(const std::uint8_t* data, std::size_t size) : _input(data, size)
	{
		Agent::Configuration configuration;
		configuration.role = _input.byte() & 1U ? Role::Controlling : Role::Controlled;
		configuration.local = {"ours0", "password-of-ours-000000"};
		configuration.tieBreaker = 1000;
		configuration.tag = TAG;
		configuration.random = [this](std::span<std::uint8_t> bytes)
		{
			for (auto& byte : bytes)
				byte = static_cast<std::uint8_t>(
					(_seed = _seed * 6364136223846793005U + 1442695040888963407U) >> 56U);
		};
		_agent = std::make_unique<Agent>(configuration);
		_ports.resize(3);
		for (std::size_t i = 0; i < _ports.size(); ++i)
			openPort(i);
	}

	void run()
	{
		for (unsigned step = 0; step < 100 && !_input.empty(); ++step)
		{
			act(_input.byte());
			drain();
		}
		// Left alone it comes to rest, or keeps a pair that it asks in vain no longer than consent lasts.
		for (unsigned timers = 0; timers < 2000 && _agent->nextDeadline() != NEVER; ++timers)
			advance(_agent->nextDeadline() - _now);
		REQUIRE(_agent->nextDeadline() == NEVER);
		REQUIRE(!_agent->selected());
	}

private:
	static constexpr std::uint32_t TAG = 0x01020304;

	void openPort(std::size_t index)
	{
		_ports[index] = std::make_unique<FuzzPort>();
		const Candidate candidate{CandidateType::Host, ours(index), ours(index), _ports[index].get(), ""};
		_agent->addLocal(candidate, _now);
	}

	std::size_t anyPort()
	{
		return _input.byte() % _ports.size();
	}

	Path anyPath()
	{
		const auto port = anyPort();
		auto local = ours(port);
		if (_input.byte() % 4 == 0)
			local = port == 2 ? Endpoint::parseAddress("2001:db8::9", 1002).value()
							  : Endpoint::parseAddress("10.0.0.1", local.port()).value();
		return {_ports[port].get(), local, theirs(_input.byte(), port == 2)};
	}

	void act(std::uint8_t action)
	{
		switch (action % 16)
		{
		case 0:
		{
			const auto bytes = _input.bytes(_input.byte());
			_agent->onDatagram(bytes, anyPath(), _now);
			break;
		}
		case 1:
		case 2:
			request();
			break;
		case 3:
		case 4:
		case 5:
			answer();
			break;
		case 6:
			advance(std::chrono::milliseconds{_input.byte()});
			break;
		case 7:
			advance(std::chrono::seconds{_input.byte() % 50});
			break;
		case 8:
			remote(true);
			break;
		case 9:
			remote(false);
			break;
		case 10:
			if (const auto before = std::exchange(_peer, _input.byte() % 3U); before != _peer)
				_unanswered.clear(); // a new generation
			_agent->setRemote(peer(_peer), _now);
			break;
		case 11:
			_unanswered.clear();
			_local = _input.byte() % 3;
			_agent->restart(
				{"ours" + std::to_string(_local), "password-of-ours-00000" + std::to_string(_local)}, _now);
			break;
		default:
			further(action % 16);
		}
	}

	void further(unsigned action)
	{
		switch (action)
		{
		case 12:
			if (const auto port = anyPort(); _ports[port])
			{
				_agent->removePort(*_ports[port], _now);
				drain();
				std::erase_if(
					_asked, [&](const Asked& asked) { return asked.path.port == _ports[port].get(); });
				openPort(port);
			}
			break;
		case 13:
			if (_input.byte() % 2 == 0)
				_agent->remoteDone(_now);
			else if (_agent->selected())
				_agent->onTraffic(_agent->selected()->path, _now);
			break;
		case 14:
			_agent->probe(_input.number() % 70000, _now);
			break;
		default:
		{
			const auto port = anyPort();
			const Candidate candidate{CandidateType::Host, ours(port), ours(port), _ports[port].get(), ""};
			if (_input.byte() % 2 == 0)
				_agent->removeLocal(candidate, _now);
			else
				_agent->addLocal(candidate, _now);
		}
		}
	}

	void remote(bool add)
	{
		CandidateLine line;
		line.foundation = std::to_string(_input.byte() % 8);
		line.priority = 1 + _input.number() % 0x7fffffff;
		line.endpoint = theirs(_input.byte(), _input.byte() % 4 == 0);
		line.port = line.endpoint.port();
		line.type = static_cast<CandidateType>(_input.byte() % 4);
		add ? _agent->addRemote(line, _now) : _agent->removeRemote(line, _now);
	}

	void bend(Buffer& bytes)
	{
		if (const auto flip = _input.byte(); flip >= 200 && !bytes.empty())
			bytes[_input.byte() % bytes.size()] ^= static_cast<std::uint8_t>(flip);
	}

	/// A check of the peer.
	void request()
	{
		const auto flags = _input.byte();
		const auto own = _agent->local();
		const auto name = own.ufrag + ":" + peer(flags % 3).ufrag;
		CheckRequest check{.username = name,
			.pwd = own.pwd,
			.priority = _input.number(),
			.controlling = (flags & 4U) != 0,
			.tieBreaker = (flags & 8U) != 0 ? 1U : 2000U,
			.useCandidate = (flags & 16U) != 0,
			.nomination = (flags & 32U) != 0 ? _input.byte() : 0U};
		check.id[11] = _input.byte();
		Buffer bytes;
		writeRequest(bytes, check);
		bend(bytes);
		_agent->onDatagram(bytes, anyPath(), _now);
	}

	/// An answer to one of the agent's requests, right or wrong.
	void answer()
	{
		if (_asked.empty())
			return;
		const auto which = _input.byte() % _asked.size();
		const auto flags = _input.byte();
		const auto asked = _asked[which];
		if (flags & 1U)
			_asked.erase(_asked.begin() + static_cast<std::ptrdiff_t>(which));
		const auto request = stun::MessageView::parse(asked.bytes).value();
		const auto number = usernameOf(request).value().first.back() - '0';
		Buffer bytes;
		if (flags & 2U)
			writeError(bytes, request, flags & 4U ? 487 : 400, peer(static_cast<unsigned>(number)).pwd);
		else
			writeSuccess(bytes, request, theirs(flags / 8, asked.path.remote.isV6()),
				peer(static_cast<unsigned>(number)).pwd);
		bend(bytes);
		auto path = asked.path;
		if ((flags & 0xc0U) == 0xc0U)
			path.remote = path.remote.withPort(9);
		if (!path.local.valid())
			path.local = path.remote.isV6() ? ours(2) : ours(0);
		if (!(flags & 2U))
			_answered.insert(path.remote);
		_agent->onDatagram(bytes, path, _now);
	}

	void advance(Duration duration)
	{
		const auto end = _now + duration;
		for (unsigned timers = 0; _agent->nextDeadline() <= end; ++timers)
		{
			REQUIRE(timers < 5000);
			_now = std::max(_now, _agent->nextDeadline());
			_agent->onTimer(_now);
			REQUIRE(_agent->nextDeadline() > _now);
			drain();
		}
		_now = end;
	}

	void drain()
	{
		unsigned datagrams = 0;
		while (const auto outgoing = _agent->pollTransmit())
		{
			REQUIRE(++datagrams <= Timing::MAX_OUTGOING);
			const auto message = stun::MessageView::parse(outgoing->datagram);
			REQUIRE(message && message->bytes().size() == outgoing->datagram.size());
			REQUIRE(message->fingerprint() == stun::Check::Valid);
			REQUIRE(std::ranges::any_of(
				_ports, [&](const auto& port) { return port.get() == outgoing->path.port; }));
			if (message->messageClass() != stun::MessageClass::Request)
				continue;
			const auto& remote = outgoing->path.remote;
			REQUIRE(mayTarget(remote, false));
			REQUIRE(_answered.contains(remote) || ++_unanswered[remote] <= Timing::ALLOWANCE * renewals());
			REQUIRE(_unanswered.size() <= Timing::MAX_ADDRESSES * renewals());
			if (_asked.size() >= 64)
				_asked.erase(_asked.begin());
			_asked.push_back({Buffer(outgoing->datagram.begin(), outgoing->datagram.end()), outgoing->path});
		}
		unsigned events = 0;
		while (_agent->pollEvent())
			REQUIRE(++events <= 1000);
		_agent->pollProbe();
		// What is used has answered.
		REQUIRE(!_agent->selected() || _answered.contains(_agent->selected()->path.remote));
		REQUIRE(!_agent->valid() || _answered.contains(_agent->valid()->path.remote));
		REQUIRE(!_agent->explain().empty());
		REQUIRE(_agent->localLines().size() <= Timing::MAX_LOCAL);
	}

	/// How often addresses may have got their allowance: once, and while the link is relayed with each new
	/// try of direct pairs.
	unsigned renewals()
	{
		_relayed = _relayed || (_agent->selected() && relayed(*_agent->selected()));
		const auto elapsed = _now - TimePoint{std::chrono::hours{1}};
		return _relayed ? 2 + static_cast<unsigned>(elapsed / Timing::FIRST_DIRECT_PAUSE) : 1;
	}

	Input _input;
	bool _relayed = false;
	std::uint64_t _seed = 1;
	TimePoint _now{std::chrono::hours{1}};
	std::vector<std::unique_ptr<FuzzPort>> _ports;
	std::unique_ptr<Agent> _agent;
	unsigned _local = 0;
	unsigned _peer = 0;
	std::vector<Asked> _asked;
	std::set<Endpoint> _answered;
	std::map<Endpoint, unsigned> _unanswered;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	Script{data, size}.run();
	return 0;
}
