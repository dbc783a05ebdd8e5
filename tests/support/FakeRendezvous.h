#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"

namespace gimlet::test
{

/// The server's side of one connection, signaling or relay, as bytes: takes the upgrade, keeps what it is
/// told.
class FakeRendezvous
{
public:
	/// What the upgrade is answered; "" for 101.
	std::string refusal;
	/// Whether pings are answered.
	bool alive = true;

	std::string request;
	std::vector<std::string> messages;
	std::vector<std::string> datagrams; ///< binary messages
	std::optional<std::uint16_t> closeCode;

	/// A new connection begins.
	void accept()
	{
		request.clear();
		messages.clear();
		datagrams.clear();
		closeCode.reset();
		_session.reset();
	}

	/// Takes bytes of the client. @return The answer.
	Buffer receive(ByteView bytes)
	{
		if (_session)
			return receiveFrames(bytes);
		request.append(asText(bytes));
		const auto end = request.find("\r\n\r\n");
		if (end == std::string::npos)
			return {};
		const auto frames = request.substr(end + 4);
		request.resize(end + 4);
		if (!refusal.empty())
			return toBuffer(refusal);
		const std::string name = "Sec-WebSocket-Key: ";
		const auto key = request.substr(request.find(name) + name.size(), 24);
		_session.emplace(_pool, 64 * 1024);
		auto answer = toBuffer(websocket::acceptText(websocket::acceptKey(key)));
		const auto more = receiveFrames(asBytes(frames));
		answer.insert(answer.end(), more.begin(), more.end());
		return answer;
	}

	/// A message for the client, as bytes.
	Buffer say(std::string_view text)
	{
		_session->sendText(text);
		return output();
	}

	/// The same with a binary message.
	Buffer sayBytes(std::string_view bytes)
	{
		_session->sendBinary(asBytes(bytes));
		return output();
	}

	Buffer close(std::uint16_t code, std::string_view reason = {})
	{
		_session->close(code, reason);
		return output();
	}

private:
	static Buffer toBuffer(std::string_view text)
	{
		return {text.begin(), text.end()};
	}

	Buffer receiveFrames(ByteView bytes)
	{
		_session->receive(bytes);
		while (const auto event = _session->pollEvent())
		{
			if (event->type == websocket::Event::Type::Text)
				messages.push_back(event->data);
			else if (event->type == websocket::Event::Type::Binary)
				datagrams.push_back(event->data);
			else if (event->type == websocket::Event::Type::Closed)
				closeCode = event->code;
		}
		return alive ? output() : Buffer{};
	}

	Buffer output()
	{
		const auto bytes = _session->output();
		Buffer result(bytes.begin(), bytes.end());
		_session->sent(bytes.size());
		return result;
	}

	websocket::FramePool _pool{websocket::Role::Server};
	std::optional<websocket::Session> _session;
};

}
