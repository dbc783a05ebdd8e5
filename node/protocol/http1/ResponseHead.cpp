#include "node/protocol/http1/ResponseHead.h"

#include <charconv>

#include "node/protocol/http1/Fields.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::http1
{

namespace
{

constexpr std::string_view CRLF = "\r\n";
constexpr std::string_view END_OF_HEAD = "\r\n\r\n";

/// "HTTP/1.1 101 Switching Protocols" (RFC 9112, section 4).
bool parseStatusLine(std::string_view line, ResponseHead& head)
{
	constexpr std::size_t codeAt = 9;
	constexpr std::size_t codeLength = 3;
	if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 "))
		return false;
	head.minorVersion = line[codeAt - 2] - '0';
	const auto code = line.substr(codeAt, codeLength);
	const auto parsed = std::from_chars(code.data(), code.data() + code.size(), head.status);
	if (code.size() != codeLength || parsed.ec != std::errc{} || parsed.ptr != code.data() + codeLength ||
		head.status < 100)
		return false;
	const auto rest = line.substr(codeAt + codeLength);
	if (!rest.empty() && rest.front() != ' ')
		return false;
	head.reason = rest.empty() ? rest : rest.substr(1);
	return !hasControlCharacter(rest);
}

bool parseHeaderLine(std::string_view line, std::map<std::string, std::string>& headers)
{
	const auto field = splitField(line);
	if (!field)
		return false;
	const auto [entry, isNew] = headers.emplace(lowered(field->first), field->second);
	if (!isNew)
		entry->second.append(", ").append(field->second);
	return true;
}

ResponseHead malformed(std::string error)
{
	ResponseHead head;
	head.result = ResponseHead::Result::Malformed;
	head.error = std::move(error);
	return head;
}

}

std::string_view ResponseHead::header(const std::string& name) const
{
	const auto found = headers.find(name);
	return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

ResponseHead parseResponseHead(std::string_view received)
{
	ResponseHead head;
	const auto end = received.substr(0, MAX_HEAD).find(END_OF_HEAD);
	if (end == std::string_view::npos)
	{
		constexpr std::string_view beginning = "HTTP/1.";
		if (received.substr(0, beginning.size()) != beginning.substr(0, received.size()))
			return malformed("the server does not speak HTTP");
		if (received.size() >= MAX_HEAD)
			return malformed("the server's answer is too long");
		return head;
	}
	head.length = end + END_OF_HEAD.size();
	auto rest = received.substr(0, end + CRLF.size());
	if (!parseStatusLine(nextLine(rest), head))
		return malformed("the server does not speak HTTP/1.1");
	while (!rest.empty())
	{
		if (!parseHeaderLine(nextLine(rest), head.headers))
			return malformed("the server's answer has a malformed header");
	}
	head.result = ResponseHead::Result::Complete;
	return head;
}

}
