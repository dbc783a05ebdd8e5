// Two associations and whoever speaks for one of them: packets are lost, doubled, bent and forged with a
// right checksum and the right verification tag, as only the peer behind DTLS can. What observers hear stays
// in order: a message begins, has parts, and ends or is aborted; a channel is closed once and silent
// afterwards; and so is an association.
//
// An input is a script: one byte an act, followed by what the act needs.
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <memory>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/Checksum.h"
#include "plugins/transport/udp-punch/sctp/Engine.h"
#include "tests/fuzz/Require.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/udp-punch/dtls/WallClock.h"

using namespace gimlet;
using namespace gimlet::udp_punch;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t MAX_ACTS = 60;
constexpr std::size_t MAX_CHANNELS = 20;

/// The bytes of the input, zeros after its end.
class Script
{
public:
	explicit Script(ByteView bytes) : _bytes(bytes) {}

	bool atEnd() const
	{
		return _bytes.empty();
	}
	std::uint8_t byte()
	{
		if (_bytes.empty())
			return 0;
		const auto value = _bytes.front();
		_bytes = _bytes.subspan(1);
		return value;
	}
	ByteView take(std::size_t size)
	{
		const auto taken = _bytes.first(std::min(size, _bytes.size()));
		_bytes = _bytes.subspan(taken.size());
		return taken;
	}

private:
	ByteView _bytes;
};

/// Hears of all channels of one end, and minds the order.
class End final : public sctp::Sink, public ChannelObserver
{
public:
	void sctpSend(ByteView packet) override
	{
		REQUIRE(packet.size() <= 1163 && sctp::checksum::check(packet));
		sent.emplace_back(packet.begin(), packet.end());
	}
	void associationUp() override
	{
		REQUIRE(!up && !lost);
		up = true;
	}
	ChannelObserver* channelOffered(Channel& channel) override
	{
		REQUIRE(!lost && channels.size() < 1024);
		channels[&channel] = false;
		return channels.size() > MAX_CHANNELS ? nullptr : this;
	}
	void associationLost(const std::string& reason) override
	{
		REQUIRE(!lost && !reason.empty());
		lost = true;
	}

	void opened(Channel& channel) override
	{
		REQUIRE(channels.contains(&channel));
	}
	void messageBegin(Channel& channel, MessageKind) override
	{
		REQUIRE(!lost && channels.contains(&channel) && !std::exchange(channels[&channel], true));
	}
	void messagePart(Channel& channel, ByteView bytes) override
	{
		REQUIRE(!bytes.empty() && channels.contains(&channel) && channels[&channel]);
	}
	void messageEnd(Channel& channel) override
	{
		REQUIRE(channels.contains(&channel) && std::exchange(channels[&channel], false));
	}
	void messageAborted(Channel& channel) override
	{
		REQUIRE(channels.contains(&channel) && std::exchange(channels[&channel], false));
	}
	void closed(Channel& channel, const std::string& reason) override
	{
		REQUIRE(!reason.empty() && channels.contains(&channel) && !channels[&channel]);
		channels.erase(&channel);
		if (std::exchange(own, own == &channel ? nullptr : own) == &channel)
			ownClosed = true;
	}

	std::deque<Buffer> sent;
	/// Of the last packet that was delivered: ports and verification tag.
	std::array<std::uint8_t, 12> header{};
	bool up = false;
	bool lost = false;
	/// Whether a message of theirs is arriving.
	std::map<Channel*, bool> channels;
	Channel* own = nullptr;
	bool ownClosed = false;
	std::unique_ptr<sctp::Association> association;
};

class Game
{
public:
	Game()
	{
		sctp::Association::Configuration configuration;
		configuration.maxMessage = 20000;
		configuration.sendBuffer = configuration.receiveBuffer = 100000;
		for (auto* end : {&_one, &_other})
		{
			configuration.dtlsClient = end == &_one;
			end->association = std::make_unique<sctp::Association>(_engine, _loop, configuration, *end);
			end->association->connect();
		}
		exchange();
		exchange();
		REQUIRE(_one.up && _other.up);
		ChannelOptions options;
		options.label = "one";
		_one.own = &_one.association->open(options, _one);
		_one.channels[_one.own] = false;
		exchange();
	}

	void act(Script& script)
	{
		auto& from = (script.byte() & 1U) != 0 ? _one : _other;
		auto& to = &from == &_one ? _other : _one;
		switch (script.byte() % 9)
		{
		case 0:
			return exchange();
		case 1:
			if (!from.sent.empty())
				from.sent.pop_front();
			return;
		case 2:
			if (!from.sent.empty())
				from.sent.push_back(from.sent.front());
			return;
		case 3:
			return bend(script, from);
		case 4:
			return forge(script, from, to);
		case 5:
			return pass(milliseconds(script.byte() * 20));
		case 6:
			if (_one.own != nullptr)
				_one.own->send(MessageKind::Text, Buffer(script.byte() * 70U, 'x'));
			return;
		case 7:
			if (_one.own != nullptr)
				_one.own->close();
			return;
		default:
			return from.association->shutdown();
		}
	}

	/// However bad it was: what is torn down is quiet.
	void finish()
	{
		exchange();
		pass(1s);
		_one.association.reset();
		_other.association.reset();
	}

private:
	using milliseconds = std::chrono::milliseconds;

	void exchange()
	{
		for (int round = 0; round < 20 && !(_one.sent.empty() && _other.sent.empty()); ++round)
		{
			deliver(_one, _other);
			deliver(_other, _one);
			_loop.drain();
		}
	}

	static void deliver(End& from, End& to)
	{
		for (std::size_t left = from.sent.size(); left > 0; --left)
		{
			const auto packet = std::move(from.sent.front());
			from.sent.pop_front();
			std::memcpy(from.header.data(), packet.data(), from.header.size());
			to.association->onPacket(packet);
		}
	}

	/// Changes a byte of a packet that is on its way, and mends its checksum.
	static void bend(Script& script, End& from)
	{
		if (from.sent.empty())
			return;
		auto& packet = from.sent.front();
		const auto at = 12 + (script.byte() << 8U | script.byte()) % (packet.size() - 12 + 1);
		if (at < packet.size())
			packet[at] ^= script.byte();
		sctp::checksum::write(packet);
	}

	/// A packet of one's own making with the right header.
	void forge(Script& script, End& from, End& to)
	{
		Buffer packet(from.header.begin(), from.header.end());
		const auto chunks = script.take(script.byte());
		packet.insert(packet.end(), chunks.begin(), chunks.end());
		sctp::checksum::write(packet);
		to.association->onPacket(packet);
		_loop.drain();
	}

	void pass(Duration duration)
	{
		for (; duration > 0ms; duration -= 10ms)
		{
			_clock.advance(10ms);
			_loop.advance(10ms);
			_engine->tick(10);
			_loop.drain();
		}
		for (auto* end : {&_one, &_other})
			while (end->sent.size() > 200)
				end->sent.pop_front();
	}

	test::ManualLoop _loop;
	dtls::test::WallClock _clock;
	std::shared_ptr<sctp::Engine> _engine = sctp::Engine::shared(sctp::Engine::Clock::Manual);
	End _one;
	End _other;
};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	// Begun once: what is tested are packets.
	static const auto engine = sctp::Engine::shared(sctp::Engine::Clock::Manual);
	Game game;
	Script script{{data, size}};
	for (std::size_t i = 0; i < MAX_ACTS && !script.atEnd(); ++i)
		game.act(script);
	game.finish();
	return 0;
}
