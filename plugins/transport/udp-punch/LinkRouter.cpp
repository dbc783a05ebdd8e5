#include "plugins/transport/udp-punch/LinkRouter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "node/protocol/stun/MessageView.h"

namespace gimlet::udp_punch
{

namespace
{

constexpr std::size_t HEAD = 8;

/// A node has at most 1,024 peers, and a peer few addresses that have proven themselves.
constexpr std::size_t MAX_SOURCES = 8192;

std::optional<std::uint32_t> tagOfUsername(std::string_view username)
{
	std::uint32_t tag = 0;
	if (username.size() < HEAD)
		return std::nullopt;
	const auto [end, error] = std::from_chars(username.data(), username.data() + HEAD, tag, 16);
	if (error != std::errc{} || end != username.data() + HEAD)
		return std::nullopt;
	return tag;
}

std::uint32_t tagOfTransaction(std::span<const std::uint8_t, 12> id)
{
	return static_cast<std::uint32_t>(id[0]) << 24U | static_cast<std::uint32_t>(id[1]) << 16U |
		   static_cast<std::uint32_t>(id[2]) << 8U | id[3];
}

}

std::uint32_t LinkRouter::freeTag(std::uint32_t random) const
{
	while (_tags.contains(random))
		++random;
	return random;
}

std::string LinkRouter::ufragHead(std::uint32_t tag)
{
	return fmt::format("{:08x}", tag);
}

void LinkRouter::add(std::uint32_t tag, const PeerId& peer)
{
	_tags[tag] = peer;
}

void LinkRouter::remove(std::uint32_t tag)
{
	const auto found = _tags.find(tag);
	if (found == _tags.end())
		return;
	std::erase_if(_sources, [&found](const auto& entry) { return entry.second.peer == found->second; });
	_tags.erase(found);
}

const PeerId* LinkRouter::byStun(ByteView datagram) const
{
	const auto message = stun::MessageView::parse(datagram);
	if (!message)
		return nullptr;
	std::optional<std::uint32_t> tag;
	if (message->messageClass() == stun::MessageClass::Request ||
		message->messageClass() == stun::MessageClass::Indication)
		tag = tagOfUsername(message->text(stun::attribute::USERNAME).value_or(""));
	else
		tag = tagOfTransaction(message->transactionId());
	const auto found = tag ? _tags.find(*tag) : _tags.end();
	return found == _tags.end() ? nullptr : &found->second;
}

const PeerId* LinkRouter::byRemote(const Endpoint& remote) const
{
	const auto found = _sources.find(remote);
	return found == _sources.end() ? nullptr : &found->second.peer;
}

void LinkRouter::learn(const Endpoint& remote, const PeerId& peer)
{
	if (_sources.size() >= MAX_SOURCES && !_sources.contains(remote))
		forgetOldest();
	auto& source = _sources[remote];
	source.used = ++_clock;
	if (source.peer != peer)
		source.peer = peer;
}

void LinkRouter::forgetOldest()
{
	const auto oldest = std::min_element(_sources.begin(), _sources.end(),
		[](const auto& one, const auto& other) { return one.second.used < other.second.used; });
	if (oldest != _sources.end())
		_sources.erase(oldest);
}

}
