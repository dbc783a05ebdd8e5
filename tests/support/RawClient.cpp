#include "tests/support/RawClient.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "node/protocol/http1/ResponseHead.h"
#include "node/protocol/websocket/Handshake.h"

namespace gimlet::test
{

namespace
{

constexpr int PATIENCE_SECONDS = 20;

[[noreturn]] void fail(const std::string& what)
{
	throw std::runtime_error(what + ": " + std::strerror(errno));
}

}

RawClient::RawClient(const Endpoint& server, const Options& options) :
	host(server.toString()), _socket(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0))
{
	if (!_socket)
		fail("socket");
	const auto set = [this](int level, int option, auto value)
	{ ::setsockopt(descriptor(), level, option, &value, sizeof value); };
	if (options.receiveBuffer)
		set(SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
	set(SOL_SOCKET, SO_RCVTIMEO, timeval{PATIENCE_SECONDS, 0});
	set(SOL_SOCKET, SO_SNDTIMEO, timeval{PATIENCE_SECONDS, 0});
	set(IPPROTO_TCP, TCP_NODELAY, 1);
	sockaddr_storage address{};
	const auto length = server.toSockaddr(address);
	if (::connect(descriptor(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
		fail("connect to " + server.toString());
	if (options.tls)
		startTls(options.maxVersion);
}

void RawClient::startTls(int maxVersion)
{
	_context.reset(SSL_CTX_new(TLS_client_method()));
	if (maxVersion)
		SSL_CTX_set_max_proto_version(_context.get(), maxVersion);
	_ssl.reset(SSL_new(_context.get()));
	SSL_set_fd(_ssl.get(), descriptor());
	if (SSL_connect(_ssl.get()) != 1)
		throw std::runtime_error("TLS handshake failed");
}

void RawClient::send(std::string_view bytes)
{
	while (!bytes.empty())
	{
		const auto sent = _ssl ? SSL_write(_ssl.get(), bytes.data(), static_cast<int>(bytes.size()))
							   : ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
		if (sent <= 0)
			fail("send");
		bytes.remove_prefix(static_cast<std::size_t>(sent));
	}
}

std::size_t RawClient::sendUntilStuck(std::string_view bytes)
{
	std::size_t total = 0;
	pollfd state{descriptor(), POLLOUT, 0};
	while (total < bytes.size() && ::poll(&state, 1, 300) > 0)
	{
		const auto sent =
			::send(descriptor(), bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent <= 0)
			break;
		total += static_cast<std::size_t>(sent);
	}
	return total;
}

ssize_t RawClient::readOnce(char* into, std::size_t size)
{
	if (!_ssl)
		return ::recv(descriptor(), into, size, 0);
	const int result = SSL_read(_ssl.get(), into, static_cast<int>(size));
	return result <= 0 && SSL_get_error(_ssl.get(), result) == SSL_ERROR_ZERO_RETURN ? 0 : result;
}

std::string RawClient::receiveSome()
{
	if (!_received.empty())
		return std::exchange(_received, {});
	std::array<char, 65'536> buffer{};
	const auto length = readOnce(buffer.data(), buffer.size());
	if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		fail("nothing came");
	return length <= 0 ? std::string{} : std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string RawClient::receiveAll()
{
	std::string result;
	while (true)
	{
		const auto part = receiveSome();
		if (part.empty())
			return result;
		result += part;
	}
}

bool RawClient::isSilent(std::chrono::milliseconds duration)
{
	pollfd state{descriptor(), POLLIN, 0};
	return _received.empty() && ::poll(&state, 1, static_cast<int>(duration.count())) == 0;
}

void RawClient::finishSending()
{
	::shutdown(descriptor(), SHUT_WR);
}

void RawClient::reset()
{
	const linger now{1, 0};
	::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
	_socket.close();
}

RawClient::Response RawClient::receiveResponse(bool hasBody)
{
	const auto more = [this]
	{
		auto part = receiveSome();
		if (part.empty())
			throw std::runtime_error("the connection ended inside a response");
		return part;
	};
	std::string text = more();
	auto head = http1::parseResponseHead(text);
	while (head.result == http1::ResponseHead::Result::NeedMore)
	{
		text += more();
		head = http1::parseResponseHead(text);
	}
	if (head.result != http1::ResponseHead::Result::Complete)
		throw std::runtime_error("not a response: " + head.error + "\n" + text);
	Response response{head.status, head.headers, text.substr(head.length)};
	const auto length = hasBody && head.headers.contains("content-length")
							? std::stoul(head.headers.at("content-length"))
							: 0;
	while (response.body.size() < length)
		response.body += more();
	_received = response.body.substr(length);
	response.body.resize(length);
	return response;
}

RawClient::Response RawClient::get(
	const std::string& target, const std::string& headers, const std::string& method)
{
	send(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n");
	return receiveResponse(method != "HEAD");
}

RawWebSocket::RawWebSocket(const Endpoint& server, const std::string& target, const std::string& headers,
	const RawClient::Options& options) :
	_client(server, options)
{
	const auto key = websocket::makeKey();
	auto request =
		websocket::requestText({.host = server.toString(), .target = target, .key = key, .headers = {}});
	request.insert(request.size() - 2, headers);
	_client.send(request);
	std::string text;
	auto answer = websocket::parseAnswer(text, key);
	while (answer.result == websocket::Answer::Result::NeedMore)
	{
		const auto part = _client.receiveSome();
		if (part.empty())
			throw std::runtime_error("the connection ended without an answer");
		text += part;
		answer = websocket::parseAnswer(text, key);
	}
	_accepted = answer.result == websocket::Answer::Result::Accepted;
	if (_accepted)
		_session.receive(asBytes(text).subspan(answer.headLength));
	else if (answer.result == websocket::Answer::Result::Malformed)
		throw std::runtime_error(answer.error);
	else
		_refusal = {answer.status, answer.headers, text.substr(answer.headLength)};
}

void RawWebSocket::flush()
{
	const auto bytes = _session.output();
	_client.send(asText(bytes));
	_session.sent(bytes.size());
}

void RawWebSocket::sendText(std::string_view text)
{
	_session.sendText(text);
	flush();
}

void RawWebSocket::sendBinary(ByteView bytes)
{
	_session.sendBinary(bytes);
	flush();
}

void RawWebSocket::ping()
{
	_session.ping();
	flush();
}

void RawWebSocket::close(std::uint16_t code, std::string_view reason)
{
	_session.close(code, reason);
	flush();
}

void RawWebSocket::sendRaw(ByteView bytes)
{
	_client.send(asText(bytes));
}

websocket::Event RawWebSocket::next()
{
	while (true)
	{
		if (auto event = _session.pollEvent())
		{
			if (!_session.output().empty())
				flush();
			return *event;
		}
		const auto part = _client.receiveSome();
		if (part.empty())
			throw std::runtime_error("the connection ended without a close frame");
		_session.receive(asBytes(part));
		if (!_session.output().empty())
			flush();
	}
}

std::string RawWebSocket::nextText()
{
	auto event = next();
	if (event.type != websocket::Event::Type::Text)
		throw std::runtime_error(
			"not a text: " + std::to_string(static_cast<int>(event.type)) + " " + event.data);
	return event.data;
}

std::uint16_t RawWebSocket::nextClose()
{
	try
	{
		while (true)
		{
			const auto event = next();
			if (event.type == websocket::Event::Type::Closed)
				return event.code;
		}
	}
	catch (const std::runtime_error&)
	{
		return websocket::CloseCode::ABNORMAL;
	}
}

}
