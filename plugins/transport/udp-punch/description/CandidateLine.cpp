#include "plugins/transport/udp-punch/description/CandidateLine.h"

#include <fmt/format.h>

#include <utility>

#include "plugins/transport/udp-punch/description/Grammar.h"

namespace gimlet::udp_punch
{

namespace
{

constexpr std::size_t MAX_FOUNDATION = 32;          // RFC 8839, section 5.1
constexpr std::uint32_t MAX_PRIORITY = 0x7fff'ffff; // RFC 8445, section 5.1.2
constexpr std::uint32_t MAX_COMPONENT = 256;        // RFC 8839, section 5.1
constexpr std::size_t MAX_LABEL = 63;               // RFC 1035, section 2.3.4
constexpr std::size_t MAX_NAME = 253;               // RFC 1035, section 2.3.4, as text
constexpr std::string_view MDNS_DOMAIN = ".local";  // RFC 6762, section 3
constexpr std::string_view PREFIXES[]{"a=", "candidate:"};

constexpr std::pair<std::string_view, CandidateType> TYPES[]{{"host", CandidateType::Host},
	{"srflx", CandidateType::ServerReflexive}, {"prflx", CandidateType::PeerReflexive},
	{"relay", CandidateType::Relayed}};

CandidateVerdict malformed(std::string why)
{
	return {.candidate = {}, .notForUs = false, .why = std::move(why)};
}

CandidateVerdict notForUs(std::string why)
{
	return {.candidate = {}, .notForUs = true, .why = std::move(why)};
}

/// Takes the words of a line off one by one; exactly one space stands between two.
class Words
{
public:
	explicit Words(std::string_view text) : _rest(text) {}

	/// The next word; empty at the end, and where two spaces meet.
	std::string_view take()
	{
		const auto end = _rest.find(' ');
		const auto word = _rest.substr(0, end);
		_atEnd = end == std::string_view::npos;
		_rest = _atEnd ? std::string_view{} : _rest.substr(end + 1);
		return word;
	}

	std::string_view peek() const
	{
		return _rest.substr(0, _rest.find(' '));
	}

	bool atEnd() const
	{
		return _atEnd;
	}

private:
	std::string_view _rest;
	bool _atEnd = false;
};

constexpr bool isNameCharacter(char character)
{
	return (isIceCharacter(character) && character != '+' && character != '/') || character == '-';
}

/// Whether a text has the form of a host name, and not of an address that is merely wrong: its last label is
/// no number.
bool isHostName(std::string_view text)
{
	if (text.empty() || text.size() > MAX_NAME)
		return false;
	std::string_view label;
	while (true)
	{
		const auto dot = text.find('.');
		label = text.substr(0, dot);
		if (label.empty() || label.size() > MAX_LABEL ||
			!std::all_of(label.begin(), label.end(), isNameCharacter))
			return false;
		if (dot == std::string_view::npos)
			return label.find_first_not_of("0123456789") != std::string_view::npos;
		text.remove_prefix(dot + 1);
	}
}

/// draft-ietf-mmusic-mdns-ice-candidates, section 3.2.1: exactly one dot.
bool isMdnsName(std::string_view text)
{
	return text.size() > MDNS_DOMAIN.size() && text.find('.') == text.size() - MDNS_DOMAIN.size() &&
		   sameWord(text.substr(text.size() - MDNS_DOMAIN.size()), MDNS_DOMAIN);
}

/// "raddr A rport P", if it comes next. False if it is malformed.
bool readRelated(Words& words, std::optional<Endpoint>& related)
{
	if (!sameWord(words.peek(), "raddr"))
		return !sameWord(words.peek(), "rport");
	words.take();
	const auto address = words.take();
	if (!sameWord(words.take(), "rport"))
		return false;
	const auto port = parseNumber<std::uint16_t>(words.take(), 5);
	if (!port)
		return false;
	related = Endpoint::parseAddress(address, *port);
	return related || isHostName(address);
}

/// Pairs of a name and a value, which may be empty (RFC 8839, section 5.1). Nothing of them is kept.
bool readExtensions(Words& words)
{
	while (!words.atEnd())
	{
		if (words.take().empty() || words.atEnd())
			return false;
		words.take();
	}
	return true;
}

/// What stands behind the port: the type, the related address and extensions.
CandidateVerdict readTail(Words& words, CandidateLine candidate)
{
	if (!sameWord(words.take(), "typ"))
		return malformed("\"typ\" is missing");
	const auto type = words.take();
	if (!isIceText(type, 1, MAX_FOUNDATION))
		return malformed("its type is missing");
	if (!words.atEnd() && !readRelated(words, candidate.related))
		return malformed("raddr and rport are no address and port");
	if (!words.atEnd() && !readExtensions(words))
		return malformed("an extension has no value");
	for (const auto& [name, value] : TYPES)
	{
		if (!sameWord(type, name))
			continue;
		candidate.type = value;
		return {.candidate = std::move(candidate), .notForUs = false, .why = {}};
	}
	return notForUs("its type is unknown");
}

}

CandidateVerdict readCandidateLine(std::string_view line)
{
	if (line.size() > MAX_CANDIDATE_LINE)
		return malformed("it is too long");
	if (!std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }))
		return malformed("it has characters other than ASCII's printable ones");
	if (sameWord(line.substr(0, PREFIXES[0].size()), PREFIXES[0]))
		line.remove_prefix(PREFIXES[0].size());
	if (!sameWord(line.substr(0, PREFIXES[1].size()), PREFIXES[1]))
		return malformed("it does not begin with \"candidate:\"");
	Words words{line.substr(PREFIXES[1].size())};

	const auto foundation = words.take();
	if (!isIceText(foundation, 1, MAX_FOUNDATION))
		return malformed("its foundation is not 1 to 32 characters of A-Z a-z 0-9 + /");
	const auto component = parseNumber<std::uint32_t>(words.take(), 3, 1, MAX_COMPONENT);
	if (!component)
		return malformed("its component is not 1 to 256");
	const auto transport = words.take();
	if (transport.empty())
		return malformed("its transport is missing");
	const auto priority = parseNumber<std::uint32_t>(words.take(), 10, 1, MAX_PRIORITY);
	if (!priority)
		return malformed("its priority is not 1 to 2147483647");
	const auto address = words.take();
	const auto port = parseNumber<std::uint16_t>(words.take(), 5, 1);
	if (!port)
		return malformed("its port is not 1 to 65535");
	const auto endpoint = Endpoint::parseAddress(address, *port);
	if (!endpoint && !isHostName(address))
		return malformed("its address is none");

	auto verdict = readTail(words, {.foundation = std::string{foundation},
									   .priority = *priority,
									   .endpoint = endpoint.value_or(Endpoint{}),
									   .hostName = endpoint ? "" : std::string{address},
									   .port = *port,
									   .type = {},
									   .related = {}});
	if (!verdict.candidate)
		return verdict;
	if (!sameWord(transport, "udp"))
		return notForUs("its transport is not UDP");
	if (*component != 1)
		return notForUs("its component is not 1");
	if (!endpoint && !isMdnsName(address))
		return notForUs("it has a name that is not of mDNS");
	return verdict;
}

std::optional<CandidateLine> parseCandidateLine(std::string_view line, std::string* why)
{
	auto verdict = readCandidateLine(line);
	if (why)
		*why = std::move(verdict.why);
	return std::move(verdict.candidate);
}

std::string toString(const CandidateLine& candidate)
{
	std::string_view type;
	for (const auto& [name, value] : TYPES)
		if (value == candidate.type)
			type = name;
	const bool named = !candidate.hostName.empty();
	auto line = fmt::format("candidate:{} 1 udp {} {} {} typ {}", candidate.foundation, candidate.priority,
		named ? candidate.hostName : candidate.endpoint.addressString(),
		named ? candidate.port : candidate.endpoint.port(), type);
	if (candidate.related)
		line +=
			fmt::format(" raddr {} rport {}", candidate.related->addressString(), candidate.related->port());
	return line;
}

}
