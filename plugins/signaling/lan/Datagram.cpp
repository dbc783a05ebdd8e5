#include "plugins/signaling/lan/Datagram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "node/protocol/rendezvous/Names.h"
#include "plugins/signaling/lan/Limits.h"

namespace gimlet::lan
{

namespace
{

constexpr std::string_view MAGIC = "GLAN";
constexpr std::uint8_t VERSION = 1;
constexpr std::uint8_t ASKS = 1;
constexpr std::size_t MAC = 16;

enum Type : std::uint8_t
{
	ANNOUNCEMENT = 1,
	GOODBYE = 2,
	FRAGMENT_OF_SIGNAL = 3,
	ACKNOWLEDGEMENT = 4,
};

class Writer
{
public:
	explicit Writer(Buffer& out) : _out(out) {}

	void number(std::uint64_t value, int bytes)
	{
		for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
			_out.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
	}

	void bytes(ByteView value)
	{
		_out.insert(_out.end(), value.begin(), value.end());
	}

	/// 16 bytes for the digits of a UUID.
	void id(const PeerId& value)
	{
		std::string digits;
		std::copy_if(value.begin(), value.end(), std::back_inserter(digits), [](char c) { return c != '-'; });
		for (std::size_t at = 0; at + 1 < digits.size() && at < 32; at += 2)
		{
			std::uint8_t byte = 0;
			std::from_chars(digits.data() + at, digits.data() + at + 2, byte, 16);
			_out.push_back(byte);
		}
	}

private:
	Buffer& _out;
};

/// Reads on for as long as there is something; afterwards everything is zero and ok() is false.
class Reader
{
public:
	explicit Reader(ByteView bytes) : _rest(bytes) {}

	bool ok() const
	{
		return _ok;
	}

	ByteView bytes(std::size_t count)
	{
		if (count > _rest.size())
		{
			_ok = false;
			_rest = {};
			return {};
		}
		const auto taken = _rest.first(count);
		_rest = _rest.subspan(count);
		return taken;
	}

	std::uint64_t number(std::size_t count)
	{
		std::uint64_t value = 0;
		for (const auto byte : bytes(count))
			value = value << 8U | byte;
		return value;
	}

	std::string text(std::size_t count)
	{
		return std::string{asText(bytes(count))};
	}

	/// "" if it is no worker's.
	PeerId id()
	{
		std::string text;
		for (const auto byte : bytes(16))
		{
			text += fmt::format("{:02x}", byte);
			if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23)
				text += '-';
		}
		return rendezvous::workerId(text).value_or(PeerId{});
	}

	ByteView rest()
	{
		return bytes(_rest.size());
	}

private:
	ByteView _rest;
	bool _ok = true;
};

Buffer macOf(const std::string& token, ByteView bytes)
{
	Buffer whole(EVP_MAX_MD_SIZE);
	unsigned length = 0;
	if (!HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()), bytes.data(), bytes.size(),
			whole.data(), &length))
		throw std::runtime_error("OpenSSL refuses HMAC-SHA256");
	whole.resize(MAC);
	return whole;
}

struct BodyWriter
{
	Writer& out;

	void operator()(const Announcement& announcement) const
	{
		out.number(announcement.name.size(), 2);
		out.bytes(asBytes(announcement.name));
		out.number(announcement.transports.size(), 1);
		for (const auto& transport : announcement.transports)
		{
			out.number(transport.size(), 1);
			out.bytes(asBytes(transport));
		}
	}
	void operator()(const Goodbye&) const {}
	void operator()(const Fragment& fragment) const
	{
		out.id(fragment.to);
		out.number(fragment.tag, 8);
		out.number(fragment.sequence, 4);
		out.number(fragment.index, 1);
		out.number(fragment.count, 1);
		out.bytes(fragment.bytes);
	}
	void operator()(const Acknowledgement& acknowledgement) const
	{
		out.id(acknowledgement.to);
		out.number(acknowledgement.tag, 8);
		out.number(acknowledgement.sequence, 4);
		out.number(acknowledgement.received, 2);
	}
};

std::optional<Body> readAnnouncement(Reader& in, std::uint8_t flags)
{
	Announcement result;
	result.asks = (flags & ASKS) != 0;
	result.name = in.text(in.number(2));
	const auto count = in.number(1);
	if (count > MAX_TRANSPORTS || !rendezvous::isName(result.name))
		return std::nullopt;
	for (std::uint64_t i = 0; i < count; ++i)
	{
		result.transports.push_back(in.text(in.number(1)));
		if (!rendezvous::isTransport(result.transports.back()))
			return std::nullopt;
	}
	return in.ok() ? std::optional<Body>{std::move(result)} : std::nullopt;
}

std::optional<Body> readFragment(Reader& in)
{
	Fragment result;
	result.to = in.id();
	result.tag = in.number(8);
	result.sequence = static_cast<std::uint32_t>(in.number(4));
	result.index = static_cast<std::uint8_t>(in.number(1));
	result.count = static_cast<std::uint8_t>(in.number(1));
	result.bytes = in.rest();
	const bool last = result.index + 1 == result.count;
	const bool fits =
		last ? !result.bytes.empty() && result.bytes.size() <= FRAGMENT : result.bytes.size() == FRAGMENT;
	if (!in.ok() || result.to.empty() || result.sequence == 0 || result.index >= result.count ||
		result.count > MAX_FRAGMENTS || !fits)
		return std::nullopt;
	return result;
}

std::optional<Body> readAcknowledgement(Reader& in)
{
	Acknowledgement result;
	result.to = in.id();
	result.tag = in.number(8);
	result.sequence = static_cast<std::uint32_t>(in.number(4));
	result.received = static_cast<std::uint16_t>(in.number(2));
	if (!in.ok() || result.to.empty())
		return std::nullopt;
	return result;
}

std::optional<Body> readBody(Reader& in, std::uint64_t type, std::uint8_t flags)
{
	switch (type)
	{
	case ANNOUNCEMENT:
		return readAnnouncement(in, flags);
	case GOODBYE:
		return Goodbye{};
	case FRAGMENT_OF_SIGNAL:
		return readFragment(in);
	case ACKNOWLEDGEMENT:
		return readAcknowledgement(in);
	default:
		return std::nullopt;
	}
}

}

std::uint64_t sessionTag(const std::string& session)
{
	constexpr std::size_t DIGITS = 16;
	std::uint64_t tag = 0;
	std::from_chars(session.data(), session.data() + std::min(DIGITS, session.size()), tag, 16);
	return tag;
}

Buffer encode(const Room& room, const Presence& from, const Body& body)
{
	Buffer result;
	Writer out{result};
	out.bytes(asBytes(MAGIC));
	out.number(VERSION, 1);
	out.number(body.index() + 1, 1);
	const auto* announcement = std::get_if<Announcement>(&body);
	out.number(announcement && announcement->asks ? ASKS : 0, 1);
	out.number(0, 1);
	out.bytes(room.tag());
	out.id(from.id);
	out.number(from.epoch, 8);
	std::visit(BodyWriter{out}, body);
	if (!room.token().empty())
		out.bytes(macOf(room.token(), result));
	return result;
}

std::variant<Datagram, Unread> decode(const Room& room, ByteView bytes)
{
	Reader in{bytes};
	const bool ours = in.text(MAGIC.size()) == MAGIC && in.number(1) == VERSION;
	const auto type = in.number(1);
	const auto flags = static_cast<std::uint8_t>(in.number(1));
	in.bytes(1);
	const auto tag = in.bytes(RoomTag{}.size());
	Datagram result;
	result.from.id = in.id();
	result.from.epoch = in.number(8);
	if (!ours || !in.ok() || result.from.id.empty())
		return Unread::Malformed;
	if (!std::equal(tag.begin(), tag.end(), room.tag().begin(), room.tag().end()))
		return Unread::OtherRoom;
	auto rest = in.rest();
	if (!room.token().empty())
	{
		if (rest.size() < MAC)
			return Unread::Forged;
		const auto mac = macOf(room.token(), bytes.first(bytes.size() - MAC));
		if (CRYPTO_memcmp(mac.data(), bytes.last(MAC).data(), MAC) != 0)
			return Unread::Forged;
		rest = rest.first(rest.size() - MAC);
	}
	Reader bodyIn{rest};
	auto body = readBody(bodyIn, type, flags);
	if (!body)
		return Unread::Malformed;
	result.body = std::move(*body);
	return result;
}

}
