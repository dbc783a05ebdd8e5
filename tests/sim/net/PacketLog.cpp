#include "tests/sim/net/PacketLog.h"

#include <fmt/format.h>

#include <cstring>

namespace gimlet::sim
{

void PacketLog::mix(ByteView bytes)
{
	mix(bytes.size());
	for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t)))
	{
		std::uint64_t word = 0;
		std::memcpy(&word, bytes.data(), sizeof word);
		mix(word);
	}
	for (const auto byte : bytes)
		mix(std::uint64_t{byte});
}

void PacketLog::note(TimePoint now, std::string_view where, std::string_view what, const Packet& packet)
{
	mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
	mix(asBytes(where));
	mix(asBytes(what));
	mix(packet.source.address());
	mix(packet.destination.address());
	mix(std::uint64_t{packet.source.port()} << 32U | packet.destination.port());
	mix(packet.bytes.size());
	++_counts[what];
	if (_keep == 0)
		return;
	if (_lines.size() == _keep)
		_lines.pop_front();
	_lines.push_back({now, where, what, packet.source, packet.destination, packet.bytes.size(),
		packet.bytes.empty() ? -1 : packet.bytes.front()});
}

void PacketLog::noteBytes(const Packet& packet)
{
	mix(packet.bytes);
}

std::uint64_t PacketLog::count(std::string_view what) const
{
	const auto found = _counts.find(what);
	return found == _counts.end() ? 0 : found->second;
}

std::string PacketLog::text() const
{
	std::string result;
	for (const auto& line : _lines)
	{
		const auto time = std::chrono::duration<double, std::milli>(
			line.time.time_since_epoch() - std::chrono::hours{1000});
		result +=
			fmt::format("{:12.3f} ms  {:14} {:10} {} > {}  {} bytes, first {}\n", time.count(), line.where,
				line.what, line.source.toString(), line.destination.toString(), line.size, line.first);
	}
	return result;
}

}
