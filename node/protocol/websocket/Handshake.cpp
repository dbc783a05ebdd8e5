#include "node/protocol/websocket/Handshake.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "node/protocol/http1/ResponseHead.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::websocket
{

using http1::equalIgnoringCase;
using http1::hasControlCharacter;
using http1::hasToken;
using http1::isToken;

namespace
{

/// Section 1.3.
constexpr std::string_view GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t KEY_BYTES = 16;
constexpr std::string_view VERSION = "13";

std::string base64(ByteView bytes)
{
	std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
	const int length = EVP_EncodeBlock(
		reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
	text.resize(static_cast<std::size_t>(length));
	return text;
}

std::string_view find(const std::map<std::string, std::string>& headers, const std::string& name)
{
	const auto found = headers.find(name);
	return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

/// What is wrong with an answer of status 101, or nothing.
std::optional<std::string> faultOf(const Answer& answer, std::string_view key)
{
	if (!equalIgnoringCase(find(answer.headers, "upgrade"), "websocket"))
		return "the server switched to another protocol than WebSocket";
	if (!hasToken(find(answer.headers, "connection"), "upgrade"))
		return "the server's answer lacks \"Connection: Upgrade\"";
	if (find(answer.headers, "sec-websocket-accept") != acceptKey(key))
		return "the server's Sec-WebSocket-Accept is not the answer to our key";
	if (answer.headers.contains("sec-websocket-extensions"))
		return "the server uses a WebSocket extension that was not asked for";
	if (answer.headers.contains("sec-websocket-protocol"))
		return "the server uses a WebSocket subprotocol that was not asked for";
	return std::nullopt;
}

Answer malformed(Answer answer, std::string error)
{
	answer.result = Answer::Result::Malformed;
	answer.error = std::move(error);
	return answer;
}

}

std::string acceptKey(std::string_view key)
{
	std::string text{key};
	text += GUID;
	std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
	SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
	return base64(digest);
}

std::string makeKey(const RandomSource& random)
{
	std::array<std::uint8_t, KEY_BYTES> bytes{};
	random(bytes);
	return base64(bytes);
}

bool isKey(std::string_view key)
{
	// 16 bytes are 21 characters and one that holds the last two bits, then the padding.
	if (key.size() != 24 || !key.ends_with("=="))
		return false;
	const auto isBase64 = [](char character)
	{
		return (character >= '0' && character <= '9') ||
			   (http1::lower(character) >= 'a' && http1::lower(character) <= 'z') || character == '+' ||
			   character == '/';
	};
	return std::all_of(key.begin(), key.end() - 2, isBase64);
}

std::string requestText(const ClientRequest& request)
{
	const auto refuse = [](std::string_view what, std::string_view value, bool spaceAllowed)
	{
		if (hasControlCharacter(value) ||
			(!spaceAllowed && value.find_first_of(" \t") != std::string_view::npos))
			throw std::invalid_argument(fmt::format("{} holds a character that may not be sent", what));
	};
	if (!request.target.starts_with('/'))
		throw std::invalid_argument("the path of a WebSocket address must begin with '/'");
	refuse("the path of the WebSocket address", request.target, false);
	refuse("the host of the WebSocket address", request.host, false);
	auto text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
							"Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: {}\r\n",
		request.target, request.host, request.key, VERSION);
	for (const auto& [name, value] : request.headers)
	{
		if (!isToken(name))
			throw std::invalid_argument("a header's name holds a character that may not be sent");
		refuse("the header " + name, value, true);
		text += fmt::format("{}: {}\r\n", name, value);
	}
	return text + "\r\n";
}

Answer parseAnswer(std::string_view received, std::string_view key)
{
	auto head = http1::parseResponseHead(received);
	Answer answer;
	if (head.result == http1::ResponseHead::Result::NeedMore)
		return answer;
	if (head.result == http1::ResponseHead::Result::Malformed)
		return malformed(std::move(answer), std::move(head.error));
	answer.status = head.status;
	answer.reason = std::move(head.reason);
	answer.headers = std::move(head.headers);
	answer.headLength = head.length;
	if (answer.status != 101)
	{
		answer.result = Answer::Result::Refused;
		return answer;
	}
	if (head.minorVersion != 1)
		return malformed(std::move(answer), "the server does not speak HTTP/1.1");
	if (auto fault = faultOf(answer, key))
		return malformed(std::move(answer), std::move(*fault));
	answer.result = Answer::Result::Accepted;
	return answer;
}

UpgradeCheck checkUpgrade(
	std::string_view method, std::string_view version, const std::map<std::string, std::string>& headers)
{
	if (method != "GET")
		return {.status = 405, .message = "a WebSocket begins with GET", .accept = {}};
	if (version != "HTTP/1.1")
		return {.status = 400, .message = "a WebSocket begins with HTTP/1.1", .accept = {}};
	if (!hasToken(find(headers, "upgrade"), "websocket") || !hasToken(find(headers, "connection"), "upgrade"))
		return {.status = 426, .message = "this address speaks WebSocket", .accept = {}};
	if (find(headers, "sec-websocket-version") != VERSION)
		return {.status = 426, .message = "WebSocket version 13 is spoken here", .accept = {}};
	const auto key = find(headers, "sec-websocket-key");
	if (!isKey(key))
		return {
			.status = 400, .message = "Sec-WebSocket-Key is missing or not 16 bytes in base64", .accept = {}};
	return {.status = 101, .message = {}, .accept = acceptKey(key)};
}

std::string acceptText(
	std::string_view accept, const std::vector<std::pair<std::string, std::string>>& headers)
{
	auto text = fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
							"Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
		accept);
	for (const auto& [name, value] : headers)
		text += fmt::format("{}: {}\r\n", name, value);
	return text + "\r\n";
}

}
