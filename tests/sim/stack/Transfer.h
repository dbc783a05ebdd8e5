#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "node/api/Channel.h"

namespace gimlet::sim
{

/// Fills a channel with numbered bytes as long as there is something to send.
class Sender final : public ChannelObserver
{
public:
	Sender(std::uint64_t total, std::size_t messageSize) : _total(total), _message(messageSize) {}

	void begin(Channel& channel)
	{
		channel.setLowWater(1U << 20U);
		fill(channel);
	}

	void opened(Channel& channel) override
	{
		fill(channel);
	}
	void messageBegin(Channel&, MessageKind) override {}
	void messagePart(Channel&, ByteView) override {}
	void messageEnd(Channel&) override {}
	void drained(Channel& channel) override
	{
		fill(channel);
	}
	void closed(Channel&, const std::string& why) override
	{
		reason = why;
	}

	std::uint64_t sent = 0;
	std::string reason;

private:
	void fill(Channel& channel)
	{
		while (sent < _total)
		{
			_message.resize(std::min<std::uint64_t>(_message.size(), _total - sent));
			// The position tells where bytes are missing or twice.
			for (std::size_t at = 0; at + 8 <= _message.size(); at += 1024)
				std::memcpy(_message.data() + at, &sent, sizeof sent);
			if (channel.send(MessageKind::Binary, _message) != ChannelSend::Accepted)
				return;
			sent += _message.size();
		}
	}

	std::uint64_t _total;
	Buffer _message;
};

/// Counts, and checks the positions.
class Receiver final : public ChannelObserver
{
public:
	void messageBegin(Channel&, MessageKind) override
	{
		_at = 0;
	}
	void messagePart(Channel&, ByteView bytes) override
	{
		std::uint64_t position = 0;
		if (_at == 0 && bytes.size() >= sizeof position)
		{
			std::memcpy(&position, bytes.data(), sizeof position);
			inOrder = inOrder && position == received;
		}
		_at += bytes.size();
	}
	void messageEnd(Channel&) override
	{
		received += _at;
	}
	void messageAborted(Channel&) override
	{
		inOrder = false;
	}
	void closed(Channel&, const std::string&) override {}

	std::uint64_t received = 0;
	bool inOrder = true;

private:
	std::uint64_t _at = 0;
};

}
