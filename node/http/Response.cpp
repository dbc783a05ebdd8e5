#include "node/http/Response.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timestamp.h>
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

namespace
{

/// The page loads what its own origin serves, talks to its own origin, and is in no frame.
constexpr std::array<std::pair<const char*, const char*>, 7> DEFAULT_HEADERS{{
	{"Cache-Control", "no-store"},
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
		"'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
}};

void addHeader(std::string& head, const std::string& name, const std::string& value)
{
	if (!http1::isToken(name) || http1::hasControlCharacter(value))
		throw std::invalid_argument("the header \"" + name + "\" of a reply cannot be sent");
	head.append(name).append(": ").append(value).append("\r\n");
}

bool hasHeader(const HttpReply& reply, std::string_view name)
{
	for (const auto& [own, value] : reply.headers)
	{
		if (http1::equalIgnoringCase(own, name))
			return true;
	}
	return false;
}

}

Response textResponse(int status, std::string text)
{
	Response response;
	response.reply.status = status;
	response.reply.body = std::move(text) + "\n";
	return response;
}

std::string responseHead(const Response& response, bool keepAlive)
{
	using Poco::Net::HTTPResponse;
	const auto& reply = response.reply;
	auto head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\n", reply.status,
		HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(reply.status)),
		Poco::DateTimeFormatter::format(Poco::Timestamp{}, Poco::DateTimeFormat::HTTP_FORMAT),
		keepAlive ? "keep-alive" : "close");
	// RFC 9110, section 8.6: a 304 has no body, and its length would be the one of the 200.
	if (reply.status != 304)
	{
		addHeader(head, "Content-Type", reply.contentType);
		addHeader(head, "Content-Length", std::to_string(response.body().size()));
	}
	for (const auto& [name, value] : reply.headers)
		addHeader(head, name, value);
	for (const auto& [name, value] : DEFAULT_HEADERS)
	{
		if (!hasHeader(reply, name))
			addHeader(head, name, value);
	}
	return head + "\r\n";
}

}
