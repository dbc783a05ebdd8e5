#include "plugins/signaling/lan/Room.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "node/protocol/rendezvous/Names.h"

namespace gimlet::lan
{

namespace
{

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

Digest digest(const std::string& text)
{
	Digest result{};
	SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
	return result;
}

RoomTag tagOf(const std::string& name, const std::string& token)
{
	const auto whole = digest(fmt::format("gimlet-lan-room-1\n{}\n{}\n{}", name.size(), name, token));
	RoomTag tag{};
	std::copy_n(whole.begin(), tag.size(), tag.begin());
	return tag;
}

}

Room::Room(std::string name, std::string token) :
	_name(std::move(name)), _token(std::move(token)), _tag(tagOf(_name, _token))
{
}

std::string sessionOf(const Room& room, const Presence& a, const Presence& b)
{
	const auto& [first, second] = a.id < b.id ? std::tie(a, b) : std::tie(b, a);
	std::string tag;
	for (const auto byte : room.tag())
		tag += fmt::format("{:02x}", byte);
	const auto whole = digest(fmt::format("gimlet-lan-session-1\n{}\n{} {:016x}\n{} {:016x}\n", tag, first.id,
		first.epoch, second.id, second.epoch));
	std::string session;
	for (std::size_t i = 0; i < 16; ++i)
		session += fmt::format("{:02x}", whole[i]);
	return session;
}

std::string commonTransport(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
	using Rank = std::tuple<bool, std::ptrdiff_t, std::string>;
	std::optional<Rank> best;
	for (auto mine = a.begin(); mine != a.end(); ++mine)
		if (const auto theirs = std::find(b.begin(), b.end(), *mine); theirs != b.end())
		{
			const Rank rank{
				*mine == rendezvous::PLAIN_TRANSPORT, (mine - a.begin()) + (theirs - b.begin()), *mine};
			if (!best || rank < *best)
				best = rank;
		}
	return best ? std::get<std::string>(*best) : std::string{};
}

}
