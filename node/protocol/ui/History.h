#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/protocol/ui/Objects.h"

namespace gimlet::ui
{

/// What was said lately, counted and bounded, so that a page that is reloaded can show it again.
///
/// Every message gets the next number, also when nothing is kept. The oldest go when there are more than fit.
class History
{
public:
	struct Limits
	{
		std::size_t messages = 200;
		/// Of all texts together, as JSON.
		std::size_t bytes = 512 * 1024;
	};

	explicit History(Limits limits) : _limits(limits) {}

	/// Numbers a message and keeps it. @return The message with its number.
	MessageReceived add(MessageReceived message);
	MessageSent add(MessageSent message);

	/// Notes what became of a message of ours. Unknown ids are ignored.
	void deliveryChanged(const std::string& id, const DeliveryState& delivery);

	/// The message of ours with this id, or null.
	const MessageSent* sent(const std::string& id);

	/// Everything, oldest first, in objects of about that many bytes of JSON each; none if there is nothing.
	std::vector<HistoryPart> parts(std::size_t bytesEach = 32 * 1024) const;

	std::size_t size() const
	{
		return _entries.size();
	}

private:
	struct Entry
	{
		Message message;
		std::size_t bytes = 0;
	};

	void keep(Message message);
	void trim();
	void dropOldest();
	Entry* ownEntry(const std::string& id);

	Limits _limits;
	std::deque<Entry> _entries;
	/// Numbers of our own messages by id.
	std::unordered_map<std::string, std::uint64_t> _own;
	std::uint64_t _lastSeq = 0;
	std::size_t _bytes = 0;
};

}
