#include "node/protocol/http1/RequestHead.h"

#include <algorithm>
#include <array>

#include "node/protocol/http1/Fields.h"
#include "node/protocol/http1/ResponseHead.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::http1
{

namespace
{

constexpr std::string_view END_OF_HEAD = "\r\n\r\n";

/// Two of these would let two readers of one request disagree.
constexpr std::array<std::string_view, 8> SINGLE = {"host", "content-length", "transfer-encoding", "origin",
	"authorization", "upgrade", "sec-websocket-key", "sec-websocket-version"};

constexpr std::size_t LONGEST_METHOD = 32;

std::optional<Fault> addField(std::string_view line, std::map<std::string, std::string>& headers)
{
	const auto field = splitField(line);
	if (!field)
		return Fault{400, "malformed header line"};
	const auto [entry, isNew] = headers.emplace(lowered(field->first), field->second);
	if (isNew)
		return std::nullopt;
	if (std::find(SINGLE.begin(), SINGLE.end(), entry->first) != SINGLE.end())
		return Fault{400, "the header " + entry->first + " came twice"};
	// An empty element of a list means nothing (RFC 9110, section 5.6.1).
	if (!field->second.empty())
		entry->second.append(entry->second.empty()      ? ""
							 : entry->first == "cookie" ? "; "
														: ", ")
			.append(field->second);
	return std::nullopt;
}

/// RFC 9112, section 3.2: no more than a name or an address and a port.
bool isHost(std::string_view host)
{
	return !host.empty() &&
		   std::all_of(host.begin(), host.end(),
			   [](char character)
			   {
				   const char letter = lower(character);
				   return (letter >= 'a' && letter <= 'z') || (character >= '0' && character <= '9') ||
						  std::string_view{".-_:[]"}.find(character) != std::string_view::npos;
			   });
}

std::optional<Fault> parseRequestLine(std::string_view line, RequestHead& head)
{
	const auto first = line.find(' ');
	const auto last = line.rfind(' ');
	if (first == std::string_view::npos || first == last)
		return Fault{400, "malformed request line"};
	const auto target = line.substr(first + 1, last - first - 1);
	const auto version = line.substr(last + 1);
	if (!isToken(line.substr(0, first)) || first > LONGEST_METHOD ||
		target.find(' ') != std::string_view::npos || hasControlCharacter(target))
		return Fault{400, "malformed request line"};
	if (version != "HTTP/1.1" && version != "HTTP/1.0")
		return Fault{505, "only HTTP/1.1 is spoken here"};
	head.method = line.substr(0, first);
	head.target = target;
	head.version = version;
	return std::nullopt;
}

/// RFC 9112, section 3.2.2: a target in absolute-form counts as its path, and its authority instead of Host.
std::optional<Fault> takeAbsoluteForm(RequestHead& head)
{
	std::string_view rest = head.target;
	for (const std::string_view scheme : {"http://", "https://"})
	{
		if (!equalIgnoringCase(rest.substr(0, scheme.size()), scheme))
			continue;
		rest.remove_prefix(scheme.size());
		const auto authority = rest.substr(0, rest.find_first_of("/?#"));
		if (!isHost(authority))
			return Fault{400, "the request target names no host"};
		rest.remove_prefix(authority.size());
		head.headers["host"] = authority;
		head.target = rest.starts_with('/') ? std::string{rest} : "/" + std::string{rest};
		break;
	}
	return std::nullopt;
}

}

std::string_view RequestHead::header(const std::string& name) const
{
	const auto found = headers.find(name);
	return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::size_t> headLength(std::string_view received, std::size_t searched)
{
	// The end may have been cut in two by the last call.
	const auto from = searched < END_OF_HEAD.size() ? 0 : searched - (END_OF_HEAD.size() - 1);
	const auto end = received.substr(0, MAX_HEAD).find(END_OF_HEAD, from);
	return end == std::string_view::npos ? std::nullopt : std::optional{end + END_OF_HEAD.size()};
}

bool mayBeRequest(std::string_view received)
{
	const auto method = received.substr(0, received.find(' '));
	return received.empty() || (isToken(method) && method.size() <= LONGEST_METHOD);
}

std::optional<Fault> parseRequestHead(std::string_view text, RequestHead& head)
{
	if (auto fault = parseRequestLine(nextLine(text), head))
		return fault;
	for (std::size_t count = 0;; ++count)
	{
		const auto line = nextLine(text);
		if (line.empty())
			break;
		if (count == RequestHead::MAX_FIELDS)
			return Fault{431, "more than " + std::to_string(RequestHead::MAX_FIELDS) + " header fields"};
		if (auto fault = addField(line, head.headers))
			return fault;
	}
	const auto host = head.header("host");
	if (host.empty() && head.version == "HTTP/1.1")
		return Fault{400, "the header Host is missing"};
	if (!host.empty() && !isHost(host))
		return Fault{400, "the header Host is malformed"};
	return takeAbsoluteForm(head);
}

}
