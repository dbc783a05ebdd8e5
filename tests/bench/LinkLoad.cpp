// What a link of udp-punch carries between two processes on loopback: the transport as it is, on a loop of
// its own in each; only the rendezvous is a socket pair.
//
//     bench-link-load goodput SECONDS     Mbit/s of messages of 64 KiB that arrived
//     bench-link-load distance SECONDS    the same across a round trip of 100 ms
//     bench-link-load latency ROUNDS      microseconds that a message of 100 bytes takes, the median
//     bench-link-load up ROUNDS           milliseconds from being offered to being up, the median
//     bench-link-load memory LINKS        KiB of this process that one idle link takes, of so many
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <deque>
#include <fstream>
#include <functional>
#include <string_view>
#include <system_error>
#include <vector>

#include "node/api/Descriptor.h"
#include "node/core/EpollLoop.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "plugins/transport/udp-punch/UdpPunch.h"
#include "tests/bench/DelayBox.h"
#include "tests/support/FakeContext.h"
#include "tests/support/UdpPunchSettings.h"

using namespace gimlet;
using namespace std::chrono_literals;

namespace
{

constexpr const char* SESSION = "bench-link-load-session";
constexpr std::size_t MESSAGE = 64 * 1024;
constexpr std::size_t SMALL = 100;
constexpr std::size_t LOW_WATER = 1 << 20;
constexpr auto WARM_UP = 1s;
constexpr auto PATIENCE = 20s;

constexpr auto DISTANCE = 100ms;
/// Until slow start has found what the way carries.
constexpr auto FAR_WARM_UP = 5s;

/// A node's side of the transport, the signaling, and the end of a channel.
class Side final : public TransportHost, public ChannelObserver
{
public:
	explicit Side(core::EpollLoop& ownLoop) :
		loop(ownLoop), _self(identity::KeyIdentity::generate()), _context(ownLoop, "udp-punch")
	{
		_context.transports = this;
		_context.self = _self.get();
		_transport = std::make_unique<udp_punch::UdpPunch>(_context);
		test::FakeProblems problems;
		_transport->configure(test::udpPunchSettings(), problems);
		_transport->start();
	}

	~Side() override
	{
		_transport->stop();
	}

	/// The other side will be offered as soon as it says who it is. @param signaling A socket of packets to
	/// it. @param door Where it is to be found; if invalid, where it says.
	void meet(int signaling, const Endpoint& door = {})
	{
		auto& line = _lines.emplace_back();
		line.door = door;
		line.signaling = Descriptor{signaling};
		line.watch = loop.watch(signaling, EventLoop::READABLE, [this, &line](unsigned) { hear(line); });
		say(line, _self->id());
	}

	void runUntil(const std::function<bool()>& condition, Duration longest = PATIENCE)
	{
		const auto end = Clock::now() + longest;
		while (!condition())
		{
			if (Clock::now() > end)
				throw std::runtime_error{"nothing happens any more"};
			loop.runOnce(100ms);
		}
	}

	/// Opens a channel to the peer, once the link is up.
	Channel& open()
	{
		runUntil([this] { return up == 1; });
		ChannelOptions options;
		options.label = "bench";
		runUntil(
			[&]
			{
				if (!channel)
					channel = _transport->openChannel(_lines.front().peer, options, *this);
				return _opened;
			});
		return *channel;
	}

	core::EpollLoop& loop;
	std::size_t up = 0; ///< links
	TimePoint offeredAt{};
	TimePoint upAt{};
	Channel* channel = nullptr;
	std::uint64_t messages = 0;
	std::function<void()> onMessage = [] {};
	std::function<void()> onDrained = [] {};

private:
	struct Line
	{
		Descriptor signaling;
		Endpoint door;
		PeerId peer;
		LinkState state = LinkState::Waiting;
		Watch watch;
	};

	static void say(const Line& line, std::string_view text)
	{
		if (::send(line.signaling.value(), text.data(), text.size(), 0) < 0)
			throw std::system_error(errno, std::generic_category(), "cannot signal");
	}

	/// The first thing said is who the peer is; it is offered then.
	void hear(Line& line)
	{
		const auto length = recv(line.signaling.value(), _signal.data(), _signal.size(), 0);
		if (length <= 0)
			throw std::runtime_error{"the other process is gone"};
		const std::string_view text{_signal.data(), static_cast<std::size_t>(length)};
		if (!line.peer.empty())
			return _transport->signalReceived(line.peer, SESSION, throughDoor(line, text));
		line.peer = text;
		offeredAt = Clock::now();
		PeerOffer offer;
		offer.peer = line.peer;
		offer.transport = _transport->protocol();
		offer.session = SESSION;
		offer.ours = true;
		offer.overLoopback = true;
		_transport->connect(offer);
	}

	/// A signal as it would be if the peer were at the door. Candidates are not signed.
	static std::string throughDoor(const Line& line, std::string_view text)
	{
		auto signal = udp_punch::decodeSignal(text, SESSION);
		if (!line.door.valid() || !signal)
			return std::string{text};
		return std::visit(
			[&line](auto& content)
			{
				if constexpr (requires { content.candidates; })
					for (auto& candidate : content.candidates)
						candidate.endpoint = line.door;
				return udp_punch::encode(content);
			},
			*signal);
	}

	Line& lineOf(const PeerId& peer)
	{
		return *std::find_if(
			_lines.begin(), _lines.end(), [&peer](const Line& line) { return line.peer == peer; });
	}

	void portOpened(Transport&, Port&) override {}
	void portClosed(Transport&, Port&) override {}
	bool stunReceived(ByteView, const Path&, TimePoint) override
	{
		return false;
	}
	bool signal(Transport&, const PeerId& peer, const std::string&, const std::string& data) override
	{
		say(lineOf(peer), data);
		return true;
	}
	void linkChanged(Transport&, const PeerId& peer, const LinkStatus& status) override
	{
		auto& state = lineOf(peer).state;
		if (state == status.state)
			return;
		up += status.state == LinkState::Up ? 1 : 0;
		up -= state == LinkState::Up ? 1 : 0;
		state = status.state;
		upAt = Clock::now();
	}
	void messageReceived(Transport&, const PeerId&, const ChatMessage&) override {}
	void messageAcknowledged(Transport&, const PeerId&, const std::string&) override {}
	void writable(Transport&, const PeerId&) override {}
	ChannelObserver* channelOffered(Transport&, const PeerId&, Channel& offered) override
	{
		channel = &offered;
		return this;
	}
	const PeerId& ownId() const override
	{
		return _self->id();
	}
	bool mayLink(const PeerId&) const override
	{
		return true;
	}

	void opened(Channel&) override
	{
		_opened = true;
	}
	void messageBegin(Channel&, MessageKind) override {}
	void messagePart(Channel&, ByteView) override {}
	void messageEnd(Channel&) override
	{
		++messages;
		onMessage();
	}
	void drained(Channel&) override
	{
		onDrained();
	}
	void closed(Channel&, const std::string&) override
	{
		throw std::runtime_error{"the channel was closed"};
	}

	std::unique_ptr<const identity::KeyIdentity> _self;
	test::FakeContext _context;
	std::unique_ptr<udp_punch::UdpPunch> _transport;
	std::deque<Line> _lines;
	std::array<char, 32 * 1024> _signal{};
	bool _opened = false;
};

/// Fills the channel for ever.
void flood(Side& side)
{
	auto& channel = side.open();
	const Buffer message(MESSAGE, 'x');
	channel.setLowWater(LOW_WATER);
	side.onDrained = [&]
	{
		while (channel.send(MessageKind::Binary, message) == ChannelSend::Accepted)
			continue;
	};
	side.onDrained();
	side.loop.run();
}

double receive(Side& side, Duration warmUp, Duration duration)
{
	side.runUntil([&] { return side.messages > 0; });
	const auto runFor = [&](Duration time)
	{
		const auto end = Clock::now() + time;
		while (Clock::now() < end)
			side.loop.runOnce(10ms);
	};
	runFor(warmUp);
	const auto before = side.messages;
	const auto begun = Clock::now();
	runFor(duration);
	const std::chrono::duration<double> took = Clock::now() - begun;
	return static_cast<double>(side.messages - before) * MESSAGE * 8 / 1e6 / took.count();
}

void echo(Side& side)
{
	const Buffer message(SMALL, 'x');
	side.onMessage = [&] { side.channel->send(MessageKind::Binary, message); };
	side.loop.run();
}

double median(std::vector<double> values)
{
	std::sort(values.begin(), values.end());
	return values.at(values.size() / 2);
}

double pingPong(Side& side, int rounds)
{
	auto& channel = side.open();
	const Buffer message(SMALL, 'x');
	std::vector<double> times;
	for (int i = 0; i < rounds; ++i)
	{
		const auto before = side.messages;
		const auto start = Clock::now();
		channel.send(MessageKind::Binary, message);
		side.runUntil([&] { return side.messages > before; });
		times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() / 2);
	}
	return median(times);
}

double linkUp(Side& side)
{
	side.runUntil([&] { return side.up == 1; });
	return std::chrono::duration<double, std::milli>(side.upAt - side.offeredAt).count();
}

using Sockets = std::vector<std::array<int, 2>>;

Sockets socketPairs(int count)
{
	Sockets pairs(static_cast<std::size_t>(count));
	for (auto& pair : pairs)
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
			throw std::system_error(errno, std::generic_category(), "no socket pair");
	return pairs;
}

/// The other process: as many sides as there are sockets; the first does what it is told.
[[noreturn]] void runThere(const Sockets& pairs, const Endpoint& door, const std::function<void(Side&)>& work)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	core::EpollLoop loop{Poco::Logger::get("bench")};
	std::deque<Side> sides;
	for (const auto& pair : pairs)
	{
		close(pair[0]);
		sides.emplace_back(loop).meet(pair[1], door);
	}
	work(sides.front());
	_exit(0);
}

/// Runs one function in a process of its own, and the other in this one until it has a result. This one has
/// one side, which meets each of the other's. @param door Where the other process finds this one.
double together(int count, const std::function<void(Side&)>& there,
	const std::function<double(Side&, Sockets)>& here, const Endpoint& door = {})
{
	const auto pairs = socketPairs(count);
	const pid_t other = fork();
	if (other < 0)
		throw std::system_error(errno, std::generic_category(), "cannot fork");
	if (other == 0)
		runThere(pairs, door, there);
	for (const auto& pair : pairs)
		close(pair[1]);
	core::EpollLoop loop{Poco::Logger::get("bench")};
	Side side{loop};
	const auto result = here(side, pairs);
	kill(other, SIGKILL);
	waitpid(other, nullptr, 0);
	return result;
}

double withOne(const std::function<void(Side&)>& there, const std::function<double(Side&)>& here)
{
	return together(1, there,
		[&](Side& side, const Sockets& pairs)
		{
			side.meet(pairs.front()[0]);
			return here(side);
		});
}

/// Over a delay box in a third process.
double acrossDistance(const std::function<void(Side&)>& there, const std::function<double(Side&)>& here)
{
	bench::DelayBox box{DISTANCE / 2};
	const pid_t process = fork();
	if (process < 0)
		throw std::system_error(errno, std::generic_category(), "cannot fork");
	if (process == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		box.run();
	}
	const auto result = together(
		1, there,
		[&](Side& side, const Sockets& pairs)
		{
			side.meet(pairs.front()[0], box.door(0));
			return here(side);
		},
		box.door(1));
	kill(process, SIGKILL);
	waitpid(process, nullptr, 0);
	return result;
}

void idle(Side& side)
{
	side.loop.run();
}

double residentKibibytes()
{
	std::ifstream statistics{"/proc/self/statm"};
	std::size_t size = 0;
	std::size_t resident = 0;
	statistics >> size >> resident;
	return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// The first link is not counted: what all links share comes with it.
double memory(Side& side, const Sockets& pairs)
{
	side.meet(pairs.front()[0]);
	side.runUntil([&] { return side.up == 1; });
	const auto before = residentKibibytes();
	for (std::size_t i = 1; i < pairs.size(); ++i)
		side.meet(pairs[i][0]);
	side.runUntil([&] { return side.up == pairs.size(); }, 2 * PATIENCE);
	const auto settled = Clock::now() + WARM_UP;
	while (Clock::now() < settled)
		side.loop.runOnce(100ms);
	return (residentKibibytes() - before) / static_cast<double>(pairs.size() - 1);
}

double measure(std::string_view mode, int number)
{
	if (mode == "goodput")
		return withOne(
			flood, [&](Side& side) { return receive(side, WARM_UP, std::chrono::seconds{number}); });
	if (mode == "distance")
		return acrossDistance(
			flood, [&](Side& side) { return receive(side, FAR_WARM_UP, std::chrono::seconds{number}); });
	if (mode == "latency")
		return withOne(echo, [&](Side& side) { return pingPong(side, number); });
	if (mode == "memory")
		return together(number + 1, idle, memory);
	std::vector<double> times;
	for (int i = 0; i < number; ++i)
		times.push_back(withOne(idle, linkUp));
	return median(times);
}

constexpr std::array MODES{"goodput", "distance", "latency", "up", "memory"};

}

int main(int argc, char** argv)
{
	const std::string_view mode = argc == 3 ? argv[1] : "";
	const std::string_view text = argc == 3 ? argv[2] : "";
	int number = 0;
	std::from_chars(text.data(), text.data() + text.size(), number);
	if (std::find(MODES.begin(), MODES.end(), mode) == MODES.end() || number < 1)
	{
		std::fprintf(stderr, "usage: bench-link-load goodput SECONDS | distance SECONDS | latency ROUNDS | "
							 "up ROUNDS | memory LINKS\n");
		return 64;
	}
	try
	{
		std::printf("%.2f\n", measure(mode, number));
		return 0;
	}
	catch (const std::exception& error)
	{
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
}
