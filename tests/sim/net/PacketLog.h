#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "node/api/Time.h"
#include "tests/sim/net/Packet.h"

namespace gimlet::sim
{

/// What became of each packet: a digest of all of it, counts, and the last lines for people. Two runs of a
/// seed have the same digest.
class PacketLog
{
public:
	/// @param keep How many lines are kept.
	explicit PacketLog(std::size_t keep) : _keep(keep) {}

	/// @param where A constant name that lives as long as the world. @param what A literal: "sent", "lost".
	void note(TimePoint now, std::string_view where, std::string_view what, const Packet& packet);

	/// The bytes of a packet, once, when it is sent.
	void noteBytes(const Packet& packet);

	std::uint64_t digest() const
	{
		return _digest;
	}

	/// How often something became of a packet anywhere.
	std::uint64_t count(std::string_view what) const;

	/// One event a line: time, place, event, from, to, bytes, first byte.
	std::string text() const;

private:
	struct Line
	{
		TimePoint time;
		std::string_view where;
		std::string_view what;
		Endpoint source;
		Endpoint destination;
		std::size_t size;
		int first;
	};

	void mix(std::uint64_t value)
	{
		// FNV-1a, a word at a time: fast, and it is no adversary who writes these logs.
		_digest = (_digest ^ value) * 0x100000001B3U;
		_digest ^= _digest >> 29U;
	}
	void mix(ByteView bytes);

	std::size_t _keep;
	std::uint64_t _digest = 0xCBF29CE484222325U;
	std::map<std::string_view, std::uint64_t> _counts;
	std::deque<Line> _lines;
};

}
