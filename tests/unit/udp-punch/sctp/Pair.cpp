#include "tests/unit/udp-punch/sctp/Pair.h"

#include <gtest/gtest.h>

namespace gimlet::test
{

using std::chrono::milliseconds;

void OneWay::send(ByteView packet, TimePoint now)
{
	++packets;
	largest = std::max(largest, packet.size());
	if (traits.dead || happens(traits.loss))
		return;
	auto delay = traits.delay;
	if (happens(traits.reordered))
		delay += traits.delay * std::uniform_int_distribution<int>{1, 4}(_random) / 2;
	_flying.emplace(now + delay, Buffer(packet.begin(), packet.end()));
	if (happens(traits.duplicates))
		_flying.emplace(now + delay + traits.delay / 2, Buffer(packet.begin(), packet.end()));
}

std::vector<Buffer> OneWay::arrived(TimePoint now)
{
	std::vector<Buffer> result;
	while (!_flying.empty() && _flying.begin()->first <= now)
	{
		result.push_back(std::move(_flying.begin()->second));
		_flying.erase(_flying.begin());
	}
	return result;
}

void RecordingObserver::opened(Channel& theChannel)
{
	EXPECT_FALSE(isOpen);
	channel = &theChannel;
	isOpen = true;
}

void RecordingObserver::messageBegin(Channel&, MessageKind kind)
{
	EXPECT_EQ(present, "");
	present = kind == MessageKind::Text ? "" : "#";
}

void RecordingObserver::messagePart(Channel&, ByteView bytes)
{
	++parts;
	largestPart = std::max(largestPart, bytes.size());
	present += asText(bytes);
}

void RecordingObserver::messageEnd(Channel& theChannel)
{
	messages.push_back(std::exchange(present, {}));
	if (onMessage)
		onMessage(theChannel);
}

void RecordingObserver::messageAborted(Channel&)
{
	++aborted;
	present.clear();
}

void RecordingObserver::drained(Channel& theChannel)
{
	++drains;
	if (onDrained)
		onDrained(theChannel);
}

void RecordingObserver::closed(Channel& theChannel, const std::string& reason)
{
	channel = nullptr;
	isOpen = false;
	closings.push_back(reason);
	if (onClosed)
		onClosed(theChannel);
}

ChannelObserver* End::channelOffered(Channel& channel)
{
	if (refuses)
		return nullptr;
	offers.push_back(std::make_unique<RecordingObserver>());
	offers.back()->channel = &channel;
	return offers.back().get();
}

Pair::Pair(sctp::Association::Configuration configuration, unsigned seed) : toRight(seed), toLeft(seed + 1)
{
	configuration.dtlsClient = true;
	left.association = std::make_unique<sctp::Association>(engine, loop, configuration, left);
	configuration.dtlsClient = false;
	right.association = std::make_unique<sctp::Association>(engine, loop, configuration, right);
}

sctp::Association::Configuration Pair::large()
{
	sctp::Association::Configuration configuration;
	configuration.peerMaxMessage = configuration.maxMessage;
	return configuration;
}

void Pair::connect()
{
	left.association->connect();
	right.association->connect();
	ASSERT_TRUE(until([&] { return left.ups == 1 && right.ups == 1; }));
}

void Pair::deliver(OneWay& way, End& end)
{
	for (const auto& packet : way.arrived(loop.now()))
		if (end.association)
			end.association->onPacket(packet);
}

void Pair::step()
{
	loop.advance(milliseconds{1});
	_clock.advance(milliseconds{1});
	deliver(toRight, right);
	deliver(toLeft, left);
	if (++_sinceTick == 10)
	{
		_sinceTick = 0;
		engine->tick(10);
	}
	loop.drain();
}

void Pair::run(Duration duration)
{
	const auto end = loop.now() + duration;
	while (loop.now() < end)
		step();
}

bool Pair::until(const std::function<bool()>& holds, Duration longest)
{
	const auto end = loop.now() + longest;
	while (!holds() && loop.now() < end)
		step();
	return holds();
}

void Pair::setBoth(const std::function<void(PathTraits&)>& change)
{
	change(toRight.traits);
	change(toLeft.traits);
}

ChannelOptions labelled(const std::string& label)
{
	ChannelOptions options;
	options.label = label;
	return options;
}

std::string longText(std::size_t bytes)
{
	std::string text(bytes, '\0');
	std::uint32_t state = 1;
	for (auto& character : text)
	{
		state = state * 1664525 + 1013904223;
		character = static_cast<char>('a' + (state >> 24U) % 26);
	}
	return text;
}

}
