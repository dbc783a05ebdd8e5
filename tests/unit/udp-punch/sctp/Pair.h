#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/sctp/Association.h"
#include "plugins/transport/udp-punch/sctp/Engine.h"
#include "tests/support/ManualLoop.h"
#include "tests/unit/udp-punch/dtls/WallClock.h"

namespace gimlet::test
{

namespace sctp = udp_punch::sctp;

/// What a path does to packets.
struct PathTraits
{
	Duration delay = std::chrono::milliseconds{5};
	double loss = 0;
	double duplicates = 0;
	/// So many packets are held back by up to twice the delay.
	double reordered = 0;
	bool dead = false;
};

/// Carries packets one way, later.
class OneWay
{
public:
	explicit OneWay(unsigned seed) : _random(seed) {}

	void send(ByteView packet, TimePoint now);
	/// Packets that have arrived by now.
	std::vector<Buffer> arrived(TimePoint now);

	PathTraits traits;
	std::size_t largest = 0; ///< packet that was sent
	std::uint64_t packets = 0;

private:
	bool happens(double probability)
	{
		return std::uniform_real_distribution<double>{}(_random) < probability;
	}

	std::mt19937 _random;
	std::multimap<TimePoint, Buffer> _flying;
};

/// Remembers what a channel told.
class RecordingObserver final : public ChannelObserver
{
public:
	void opened(Channel& channel) override;
	void messageBegin(Channel& channel, MessageKind kind) override;
	void messagePart(Channel& channel, ByteView bytes) override;
	void messageEnd(Channel& channel) override;
	void messageAborted(Channel& channel) override;
	void drained(Channel& channel) override;
	void closed(Channel& channel, const std::string& reason) override;

	Channel* channel = nullptr; ///< while it is open
	bool isOpen = false;
	std::vector<std::string> messages; ///< complete ones; binary ones begin with "#"
	std::string present;               ///< the one that is arriving
	std::size_t parts = 0;
	std::size_t aborted = 0;
	std::size_t drains = 0;
	std::size_t largestPart = 0;
	std::vector<std::string> closings;
	std::function<void(Channel&)> onMessage;
	std::function<void(Channel&)> onDrained;
	std::function<void(Channel&)> onClosed;
};

/// One end: an association whose packets go to a path, and observers of the channels that the peer opens.
class End final : public sctp::Sink
{
public:
	End(ManualLoop& loop, OneWay& out) : _loop(loop), _out(out) {}

	void sctpSend(ByteView packet) override
	{
		_out.send(packet, _loop.now());
	}
	void associationUp() override
	{
		++ups;
	}
	ChannelObserver* channelOffered(Channel& channel) override;
	void associationLost(const std::string& reason) override
	{
		lost.push_back(reason);
	}

	RecordingObserver& offered(std::size_t index = 0)
	{
		return *offers.at(index);
	}

	std::unique_ptr<sctp::Association> association;
	int ups = 0;
	bool refuses = false;
	std::vector<std::string> lost;
	std::vector<std::unique_ptr<RecordingObserver>> offers;

private:
	ManualLoop& _loop;
	OneWay& _out;
};

/// Two ends in virtual time. usrsctp itself reads the real clock for round trips and lifetimes, its timers
/// are ours.
class Pair
{
public:
	explicit Pair(sctp::Association::Configuration configuration = large(), unsigned seed = 1);

	/// Both take messages of 16 MiB.
	static sctp::Association::Configuration large();

	/// Both say connect(), and time passes until both are up.
	void connect();
	/// Lets time pass.
	void run(Duration duration);
	/// Lets time pass until something holds. @return Whether it does by then.
	bool until(const std::function<bool()>& holds, Duration longest = std::chrono::seconds{30});
	void setBoth(const std::function<void(PathTraits&)>& change);

	ManualLoop loop;
	std::shared_ptr<sctp::Engine> engine = sctp::Engine::shared(sctp::Engine::Clock::Manual);
	OneWay toRight;
	OneWay toLeft;
	End left{loop, toRight};
	End right{loop, toLeft};

private:
	void step();
	void deliver(OneWay& way, End& end);

	udp_punch::dtls::test::WallClock _clock;
	unsigned _sinceTick = 0;
};

/// Options with a label and nothing else.
ChannelOptions labelled(const std::string& label);

/// Text of so many bytes that does not repeat soon.
std::string longText(std::size_t bytes);

}
