#include "node/core/Outbox.h"

#include <algorithm>
#include <iterator>

namespace gimlet::core
{

bool Outbox::hasRoom(const PeerId& peer, std::size_t bytes) const
{
	if (_bytes + bytes > _limits.bytes)
		return false;
	const auto found = _queues.find(peer);
	return found == _queues.end() ? bytes <= _limits.bytesPerPeer
								  : found->second.messages.size() < _limits.messagesPerPeer &&
										found->second.bytes + bytes <= _limits.bytesPerPeer;
}

bool Outbox::add(const PeerId& peer, const ChatMessage& message)
{
	if (!hasRoom(peer, message.content.size()))
		return false;
	auto& queue = _queues[peer];
	queue.messages.push_back(message);
	queue.bytes += message.content.size();
	_bytes += message.content.size();
	return true;
}

const ChatMessage* Outbox::next(const PeerId& peer) const
{
	const auto found = _queues.find(peer);
	if (found == _queues.end() || found->second.handed == found->second.messages.size())
		return nullptr;
	return &found->second.messages[found->second.handed];
}

bool Outbox::handedOver(const PeerId& peer, const std::string& id, bool awaited)
{
	if (!isNext(peer, id))
		return false;
	auto& queue = _queues.at(peer);
	if (awaited)
		++queue.handed;
	else
		remove(queue, queue.handed);
	return true;
}

bool Outbox::acknowledged(const PeerId& peer, const std::string& id)
{
	const auto found = _queues.find(peer);
	if (found == _queues.end())
		return false;
	auto& queue = found->second;
	const auto message = std::find_if(queue.messages.begin(), queue.messages.end(),
		[&id](const auto& candidate) { return candidate.id == id; });
	if (message == queue.messages.end())
		return false;
	const auto index = static_cast<std::size_t>(std::distance(queue.messages.begin(), message));
	remove(queue, index);
	// An acknowledgement may belong to an earlier link, while the message waits again.
	if (index < queue.handed)
		--queue.handed;
	return true;
}

void Outbox::rewind(const PeerId& peer)
{
	const auto found = _queues.find(peer);
	if (found != _queues.end())
		found->second.handed = 0;
}

std::optional<ChatMessage> Outbox::dropNext(const PeerId& peer, const std::string& id)
{
	if (!isNext(peer, id))
		return std::nullopt;
	auto& queue = _queues.at(peer);
	return remove(queue, queue.handed);
}

std::vector<ChatMessage> Outbox::forget(const PeerId& peer)
{
	const auto queue = _queues.extract(peer);
	if (queue.empty())
		return {};
	_bytes -= queue.mapped().bytes;
	return {queue.mapped().messages.begin(), queue.mapped().messages.end()};
}

std::size_t Outbox::size(const PeerId& peer) const
{
	const auto found = _queues.find(peer);
	return found == _queues.end() ? 0 : found->second.messages.size();
}

bool Outbox::isNext(const PeerId& peer, const std::string& id) const
{
	const auto* waiting = next(peer);
	return waiting && waiting->id == id;
}

ChatMessage Outbox::remove(Queue& queue, std::size_t index)
{
	const auto position = queue.messages.begin() + static_cast<std::ptrdiff_t>(index);
	ChatMessage message = std::move(*position);
	queue.messages.erase(position);
	queue.bytes -= message.content.size();
	_bytes -= message.content.size();
	return message;
}

}
