#include "node/protocol/ui/History.h"

#include <algorithm>

#include "node/protocol/ui/Codec.h"

namespace gimlet::ui
{

MessageReceived History::add(MessageReceived message)
{
	message.seq = ++_lastSeq;
	keep(message);
	return message;
}

MessageSent History::add(MessageSent message)
{
	message.seq = ++_lastSeq;
	if (_limits.messages > 0)
		_own[message.id] = message.seq;
	keep(message);
	return message;
}

void History::keep(Message message)
{
	const auto bytes =
		std::visit([](const auto& content) { return encode(ToPage{content}).size(); }, message);
	_entries.push_back({std::move(message), bytes});
	_bytes += bytes;
	trim();
}

void History::trim()
{
	while (!_entries.empty() && (_entries.size() > _limits.messages || _bytes > _limits.bytes))
		dropOldest();
}

void History::dropOldest()
{
	const auto& oldest = _entries.front();
	if (const auto* message = std::get_if<MessageSent>(&oldest.message))
		if (const auto found = _own.find(message->id); found != _own.end() && found->second == message->seq)
			_own.erase(found);
	_bytes -= oldest.bytes;
	_entries.pop_front();
}

/// The numbers have no gaps, so an entry's place follows from the last one's.
History::Entry* History::ownEntry(const std::string& id)
{
	const auto found = _own.find(id);
	return found == _own.end() ? nullptr : &_entries[_entries.size() - 1 - (_lastSeq - found->second)];
}

void History::deliveryChanged(const std::string& id, const DeliveryState& delivery)
{
	auto* entry = ownEntry(id);
	if (!entry)
		return;
	auto& deliveries = std::get<MessageSent>(entry->message).deliveries;
	const auto known = std::find_if(deliveries.begin(), deliveries.end(),
		[&delivery](const auto& other) { return other.peer == delivery.peer; });
	if (known != deliveries.end())
	{
		*known = delivery;
		return;
	}
	deliveries.push_back(delivery);
	const auto bytes = encode(ToPage{DeliveryUpdate{{}, delivery}}).size();
	entry->bytes += bytes;
	_bytes += bytes;
	trim();
}

const MessageSent* History::sent(const std::string& id)
{
	const auto* entry = ownEntry(id);
	return entry ? &std::get<MessageSent>(entry->message) : nullptr;
}

std::vector<HistoryPart> History::parts(std::size_t bytesEach) const
{
	std::vector<HistoryPart> result;
	std::size_t bytes = bytesEach;
	for (const auto& entry : _entries)
	{
		if (bytes >= bytesEach)
		{
			result.emplace_back();
			bytes = 0;
		}
		result.back().messages.push_back(entry.message);
		bytes += entry.bytes;
	}
	return result;
}

}
