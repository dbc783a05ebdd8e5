// natbox PUBLIC-ADDRESS[,ADDRESS...] [seed=N] [KEY=VALUE...]
//
// A NAT in a network namespace, for what the kernel's cannot do. It makes two devices there, "in" and "out":
// what the kernel routes to one comes out of the other, translated. BoxSettings.h has the keys. It is steered
// by lines on its standard input, each answered by one on its standard output ("ok", or what was wrong), and
// ends with it:
//
//     set KEY=VALUE...   behave otherwise from now on
//     expire             every mapping of UDP ends
//     restart            every mapping ends
//     drop SECONDS       nothing passes for so long
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <random>
#include <sstream>
#include <stdexcept>

#include "tests/natlab/box/Box.h"
#include "tests/natlab/box/Tun.h"

using namespace gimlet;
using namespace gimlet::natlab;

namespace
{

/// Packets taken from one device before the other has its turn.
constexpr int BATCH = 64;

void say(const std::string& line)
{
	fmt::print("{}\n", line);
	std::fflush(stdout);
}

std::vector<Endpoint> parseAddresses(const std::string& text)
{
	std::vector<Endpoint> result;
	std::istringstream words{text};
	for (std::string word; std::getline(words, word, ',');)
	{
		const auto address = Endpoint::parseAddress(word, 0);
		if (!address || !address->isV4())
			throw std::invalid_argument{word + ": not an IPv4 address"};
		result.push_back(*address);
	}
	if (result.empty())
		throw std::invalid_argument{"no public address"};
	return result;
}

/// What it was told by lines.
class Steering
{
public:
	explicit Steering(Box& box) : _box(box) {}

	/// Takes what has come. @return False at the end of the input.
	bool read()
	{
		std::array<char, 4096> bytes{};
		const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
		if (size <= 0)
			return false;
		_text.append(bytes.data(), static_cast<std::size_t>(size));
		for (auto end = _text.find('\n'); end != std::string::npos; end = _text.find('\n'))
		{
			say(answer(_text.substr(0, end)));
			_text.erase(0, end + 1);
		}
		return true;
	}

private:
	std::string answer(const std::string& line)
	{
		std::istringstream words{line};
		std::string verb;
		words >> verb;
		try
		{
			obey(verb, words);
			return "ok";
		}
		catch (const std::exception& error)
		{
			return error.what();
		}
	}

	void obey(const std::string& verb, std::istringstream& words)
	{
		if (verb == "set")
		{
			auto settings = _box.settings();
			for (std::string word; words >> word;)
				settings.set(word);
			_box.change(settings);
		}
		else if (verb == "expire")
			_box.expire();
		else if (verb == "restart")
			_box.restart();
		else if (double seconds = 0; verb == "drop" && words >> seconds)
			_box.dropUntil(
				Clock::now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>{seconds}));
		else
			throw std::invalid_argument{"unknown command: " + verb};
	}

	Box& _box;
	std::string _text;
};

timespec untilDeadline(TimePoint deadline)
{
	const auto left = std::max(Duration{}, deadline - Clock::now());
	const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
	return {seconds.count(), std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count()};
}

void forward(Box& box, Tun& from, Side side)
{
	for (int count = 0; count < BATCH; ++count)
	{
		auto packet = from.read();
		if (!packet)
			return;
		box.onPacket(side, std::move(*packet), Clock::now());
	}
}

void serve(Box& box, Tun& inside, Tun& outside)
{
	Steering steering{box};
	std::array polled{pollfd{inside.descriptor(), POLLIN, 0}, pollfd{outside.descriptor(), POLLIN, 0},
		pollfd{STDIN_FILENO, POLLIN, 0}};
	for (;;)
	{
		const auto deadline = box.nextDeadline();
		const auto left = untilDeadline(deadline);
		::ppoll(polled.data(), polled.size(), deadline == NEVER ? nullptr : &left, nullptr);
		if (polled[2].revents != 0 && !steering.read())
			return;
		forward(box, inside, Side::Inside);
		forward(box, outside, Side::Outside);
		while (const auto transmit = box.pollTransmit(Clock::now()))
			(transmit->to == Side::Inside ? inside : outside).write(transmit->packet);
	}
}

}

int main(int count, char** words)
{
	try
	{
		if (count < 2)
			throw std::invalid_argument{"usage: natbox PUBLIC-ADDRESS[,ADDRESS...] [seed=N] [KEY=VALUE...]"};
		BoxSettings settings;
		std::uint64_t seed = std::random_device{}();
		for (int index = 2; index < count; ++index)
		{
			const std::string word = words[index];
			if (word.starts_with("seed="))
				seed = std::stoull(word.substr(5));
			else
				settings.set(word);
		}
		Box box{settings, parseAddresses(words[1]), seed};
		Tun inside{"in"};
		Tun outside{"out"};
		say(fmt::format("ready, seed {}", seed));
		serve(box, inside, outside);
		return 0;
	}
	catch (const std::exception& error)
	{
		fmt::print(stderr, "natbox: {}\n", error.what());
		return 1;
	}
}
