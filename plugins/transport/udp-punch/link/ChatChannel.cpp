#include "plugins/transport/udp-punch/link/ChatChannel.h"

#include <algorithm>
#include <utility>

#include "node/protocol/json/Utf8.h"

namespace gimlet::udp_punch
{

namespace
{

/// A peer that opens more channels for chat is refused them.
constexpr std::size_t MAX_LINES = 4;

/// A sender has at most as many messages on the way as its outbox holds; ours holds 1,024.
constexpr std::size_t MAX_OWED = 4096;

}

ChannelOptions ChatChannel::optionsFor(bool ours)
{
	ChannelOptions options;
	options.label = ours ? chat::LABEL : chat::FOREIGN_LABEL;
	options.protocol = ours ? chat::PROTOCOL : "";
	return options;
}

bool ChatChannel::isChat(const ChannelOptions& options)
{
	return options.protocol == chat::PROTOCOL ||
		   (options.protocol.empty() && options.label == chat::FOREIGN_LABEL);
}

void ChatChannel::add(Channel& channel)
{
	if (_lines.size() >= MAX_LINES)
		return channel.close();
	_lines.push_back(
		{.channel = &channel, .ours = channel.options().protocol == chat::PROTOCOL, .incoming = {}});
}

void ChatChannel::reset()
{
	_lines.clear();
	_onTheWay.clear();
	_owed.clear();
}

ChatChannel::Line* ChatChannel::find(const Channel& channel)
{
	const auto found = std::find_if(
		_lines.begin(), _lines.end(), [&channel](const Line& line) { return line.channel == &channel; });
	return found == _lines.end() ? nullptr : &*found;
}

/// The first open channel, one of our protocol if there is one.
const ChatChannel::Line* ChatChannel::outgoing() const
{
	const Line* best = nullptr;
	for (const auto& line : _lines)
		if (line.open && (!best || (line.ours && !best->ours)))
			best = &line;
	return best;
}

bool ChatChannel::ready() const
{
	return outgoing() != nullptr;
}

bool ChatChannel::acknowledges() const
{
	const auto* line = outgoing();
	return line && line->ours;
}

std::size_t ChatChannel::maxMessage() const
{
	const auto* line = outgoing();
	return line ? std::min(line->channel->maxMessage(), chat::MAX_SENT) : chat::MAX_SENT;
}

SendResult ChatChannel::send(const ChatMessage& message)
{
	const auto* line = outgoing();
	if (!line)
		return SendResult::NotLinked;
	if (_onTheWay.contains(message.id))
		return SendResult::Sent;
	const auto text = line->ours ? chat::encode(message) : message.content;
	if (text.size() > chat::MAX_SENT)
		return SendResult::TooLarge;
	switch (line->channel->send(MessageKind::Text, asBytes(text)))
	{
	case ChannelSend::Accepted:
		break;
	case ChannelSend::Closed:
		return SendResult::NotLinked;
	case ChannelSend::TooLarge:
		return SendResult::TooLarge;
	case ChannelSend::Congested:
		return SendResult::Congested;
	}
	++_counters.sent;
	if (line->ours)
		_onTheWay.insert(message.id);
	return SendResult::Sent;
}

void ChatChannel::sendControl(const std::string& json)
{
	const auto* line = outgoing();
	if (line && line->ours)
		line->channel->send(MessageKind::Text, asBytes(json));
}

void ChatChannel::opened(Channel& channel)
{
	auto* line = find(channel);
	if (!line)
		return;
	const bool before = ready();
	line->open = true;
	if (!before)
		_host.chatReady();
}

void ChatChannel::messageBegin(Channel& channel, MessageKind kind)
{
	if (auto* line = find(channel))
	{
		line->incoming.clear();
		line->skipping = kind != MessageKind::Text;
	}
}

void ChatChannel::messagePart(Channel& channel, ByteView bytes)
{
	auto* line = find(channel);
	if (!line || line->skipping)
		return;
	line->skipping = line->incoming.size() + bytes.size() > chat::MAX_ACCEPTED;
	if (line->skipping)
		line->incoming = {};
	else
		line->incoming.append(asText(bytes));
}

void ChatChannel::messageEnd(Channel& channel)
{
	auto* line = find(channel);
	if (!line)
		return;
	if (std::exchange(line->skipping, false))
		++_counters.malformed;
	else
		received(*line);
}

void ChatChannel::messageAborted(Channel& channel)
{
	if (auto* line = find(channel))
		line->incoming = {};
}

void ChatChannel::received(Line& line)
{
	const auto text = std::exchange(line.incoming, {});
	if (!line.ours)
	{
		if (text.empty() || !json::isUtf8(text))
		{
			++_counters.malformed;
			return;
		}
		++_counters.received;
		return _host.chatReceived({.id = {}, .content = text, .time = WallTime{0}});
	}
	const auto item = chat::decode(text);
	if (!item)
		++_counters.malformed;
	else if (const auto* message = std::get_if<ChatMessage>(&*item))
	{
		++_counters.received;
		const auto id = message->id;
		_host.chatReceived(*message);
		acknowledge(id);
	}
	else if (const auto* acknowledged = std::get_if<chat::Acknowledgement>(&*item))
	{
		_onTheWay.erase(acknowledged->id);
		_host.chatAcknowledged(acknowledged->id);
	}
	else
		_host.chatControl(std::get<chat::Control>(*item));
}

void ChatChannel::acknowledge(const std::string& id)
{
	// One that is not sent is no loss: the message comes again in the next association, and is shown once.
	if (_owed.size() < MAX_OWED)
		_owed.push_back(id);
	sendAcknowledgements();
}

void ChatChannel::sendAcknowledgements()
{
	const auto* line = outgoing();
	while (line && line->ours && !_owed.empty())
	{
		const auto text = chat::encodeAcknowledgement(_owed.front());
		if (line->channel->send(MessageKind::Text, asBytes(text)) != ChannelSend::Accepted)
			return;
		_owed.pop_front();
	}
}

void ChatChannel::drained(Channel&)
{
	sendAcknowledgements();
	_host.chatWritable();
}

void ChatChannel::closed(Channel& channel, const std::string&)
{
	std::erase_if(_lines, [&channel](const Line& line) { return line.channel == &channel; });
}

}
